internal import GitDiff
internal import GitObjects
internal import GitWorktree

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

    /// Prints the conflicts of the index against both sides: by name, or as combined patches.
    func print(_ conflicts: [CombinedFile]) throws {
        if options.isQuiet { return }
        let output = context.output
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        if !options.formats.isDisjoint(with: [.raw, .nameOnly, .nameStatus]) {
            printer.printCombinedNames(conflicts)
        } else if options.formats.contains(.patch) {
            try printer.printCombined(conflicts, isDense: options.merges == .dense)
        }
    }

    /// Prints a tree against several at once.
    func printMerge(_ result: ObjectID, parents: [ObjectID], _ pathspec: Pathspec) throws {
        if options.isQuiet { return }
        var treeOptions = TreeDiff.Options()
        treeOptions.includesUnchanged = options.renames.findsCopiesHarder
        treeOptions.limit(to: pathspec)
        let all = try parents.map { parent in
            let entries = try TreeDiff.compare(parent, result, source: source, options: treeOptions)
            return try DiffSelection(entries, source: source, options: options).entries
        }
        let output = context.output
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        try printer.printMerge(
            CombinedFile.common(all), first: all.first ?? [], isDense: options.merges != .combined)
    }

    private func differs(_ entries: [DiffEntry]) throws -> Bool {
        var options = options
        options.formats = .patch
        var printer = DiffPrinter(source: source, options: options) { _ in }
        try printer.print(entries)
        return printer.foundChanges
    }
}

extension TreeDiff.Options {
    /// Compares only what paths match.
    mutating func limit(to pathspec: Pathspec) {
        guard !pathspec.isEmpty else { return }
        mayMatch = { path, isDirectory in
            isDirectory ? pathspec.mayMatch(inside: GitPath(path)) : pathspec.matches(GitPath(path))
        }
    }
}
