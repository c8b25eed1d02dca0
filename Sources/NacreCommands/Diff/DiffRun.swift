internal import GitDiff
internal import GitObjects

/// Selects and prints entries for a verb, and tells its exit code.
struct DiffRun {
    let context: Context
    let source: any DiffSource
    let options: DiffOptions

    /// Prints entries as they were found.
    ///
    /// - Returns: 1 where the options ask for it and something differs, 2 for errors that `--check` found.
    func finish(_ entries: [DiffEntry]) throws -> ExitCode {
        let selection = try DiffSelection(entries, source: source, options: options)
        var isDifferent = !selection.entries.isEmpty
        var foundErrors = false
        // White space that does not count can leave nothing of an entry.
        let judgesByContent =
            options.lines.blanks != .exact || options.lines.ignoresBlankLines
            || !options.lines.ignoredLines.isEmpty
        if options.isQuiet {
            if judgesByContent { isDifferent = try differs(selection.entries) }
        } else {
            let output = context.output
            var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
            try printer.print(selection.entries)
            if judgesByContent && options.formats.contains(.patch) { isDifferent = printer.foundChanges }
            foundErrors = printer.foundWhitespaceErrors
        }
        if selection.neededRenameLimit > 0 && !options.isQuiet {
            context.errors.write(
                "warning: exhaustive rename detection was skipped due to too many files.\n"
                    + "warning: you may want to set your diff.renameLimit variable to at least "
                    + "\(selection.neededRenameLimit) and retry the command.\n")
        }
        var code: Int32 = options.setsExitCode && isDifferent ? 1 : 0
        if options.formats.contains(.check) && foundErrors { code |= 2 }
        return ExitCode(code)
    }

    private func differs(_ entries: [DiffEntry]) throws -> Bool {
        var options = options
        options.formats = .patch
        var printer = DiffPrinter(source: source, options: options) { _ in }
        try printer.print(entries)
        return printer.foundChanges
    }
}
