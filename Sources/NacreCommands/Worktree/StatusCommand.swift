internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitWorktree

struct StatusCommand: Command {
    static let name = "status"
    static let summary = "show the working tree status"
    static let usage = ["[<options>] [--] [<pathspec>...]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose"),
        .flag("short", "s", "show status concisely"),
        .flag("branch", "b", "show branch information"),
        .flag("show-stash", "show stash information"),
        .flag("ahead-behind", "compute full ahead/behind values"),
        .optional("porcelain", "version", "machine-readable output"),
        .flag("long", "show status in long format (default)"),
        .flag("null", "z", "terminate entries with NUL"),
        .optional(
            "untracked-files", "u", "mode", "show untracked files, optional modes: all, normal, no. (Default: all)"),
        .optional(
            "ignored", "mode", "show ignored files, optional modes: traditional, matching, no. (Default: traditional)"),
        .optional(
            "ignore-submodules", "when",
            "ignore changes to submodules, optional when: all, dirty, untracked. (Default: all)"),
        .optional("column", "style", "list untracked files in columns"),
        .flag("renames", "detect renames"),
        .optional("find-renames", "M", "n", "detect renames, optionally set similarity index"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let style = try StatusStyle(arguments, context)
        let worktree = try context.worktree()
        var options = try StatusReport.Options(arguments, context)
        options.pathspec = try context.pathspec(arguments.operands, attributes: worktree.attributes)
        var index = try context.index()
        let report = try StatusReport(context, index, worktree, options)
        if context.options.takesOptionalLocks, context.environment["GIT_OPTIONAL_LOCKS"] != "0",
            worktree.refresh(&index, report.comparison), var lock = try? IndexLock(repository.indexFile)
        {
            worktree.smudgeRacyEntries(&index)
            // Only a help for the next command: a repository that cannot be written is no error.
            _ = try? lock.write(index)
            _ = try? lock.commitWritten()
        }
        var printer = StatusPrinter(context, report, style)
        if style.verbosity > 0, style.format == .long {
            printer.patch = try context.verbosePatch(
                report.state.head, index, worktree, isTwice: style.verbosity > 1, commentPrefix: style.commentPrefix,
                usesColor: style.usesColor)
        }
        try printer.print()
        context.output.write(printer.text)
        return .success
    }
}

extension StatusReport.Options {
    init(_ arguments: Arguments, _ context: Context) throws {
        let config = try context.configuration()
        untracked = config.string("status.showuntrackedfiles") ?? "normal"
        if let given = arguments.last("untracked-files") { untracked = given.text ?? "all" }
        if arguments.flag("untracked-files") == false { untracked = "no" }
        switch untracked {
        case "no", "normal", "all": break
        case "true", "yes", "on", "1": untracked = "normal"
        case "false", "off", "0": untracked = "no"
        default: throw CommandError.fatal("Invalid untracked files mode '\(untracked)'")
        }
        if let given = arguments.last("ignored") {
            switch given.text ?? "traditional" {
            case "traditional": ignored = .traditional
            case "matching": ignored = .matching
            case "no": ignored = .none
            case let mode: throw CommandError.fatal("Invalid ignored mode '\(mode)'")
            }
            if untracked == "no", ignored != .none {
                throw CommandError.fatal("Unsupported combination of ignored and untracked-files arguments")
            }
        }
        renames = try RenameOptions.forStatus(config, arguments)
        ignoredSubmodules = arguments.last("ignore-submodules")
    }
}

extension RenameOptions {
    /// `status.renames`, `diff.renames` and the options; nil for none.
    static func forStatus(_ config: Config, _ arguments: Arguments? = nil) throws -> RenameOptions? {
        var options = RenameOptions()
        let setting = config.string("status.renames") ?? config.string("diff.renames") ?? "true"
        switch setting.lowercased() {
        case "copies", "copy": options.detection = .copies
        case "false", "no", "off", "0": options.detection = .none
        default: options.detection = .renames
        }
        if let limit = try config.int("status.renamelimit") ?? config.int("diff.renamelimit") { options.limit = limit }
        if let arguments {
            if let flag = arguments.flag("renames") { options.detection = flag ? .renames : .none }
            if let given = arguments.last("find-renames") {
                options.detection = .renames
                if let text = given.text, let score = RenameOptions.score(parsing: text) {
                    options.minimumScore = score
                }
            }
        }
        return options.detection == .none ? nil : options
    }
}
