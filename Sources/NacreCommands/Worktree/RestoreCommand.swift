internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct RestoreCommand: Command {
    static let name = "restore"
    static let summary = "restore working tree files"
    static let usage = ["[<options>] [--source=<branch>] <file>..."]
    static let options: [OptionSpec] = [
        .value("source", "s", "tree-ish", "which tree-ish to checkout from"),
        .flag("patch", "p", "select hunks interactively"),
        .flag("staged", "S", "restore the index"),
        .flag("worktree", "W", "restore the working tree (default)"),
        .flag("ignore-unmerged", "ignore unmerged entries"),
        .flag("overlay", "use overlay mode"),
        .flag("quiet", "q", "suppress progress reporting"),
        .flag("progress", "force progress reporting"),
        .flag("ours", "2", negatable: false, "checkout our version for unmerged files"),
        .flag("theirs", "3", negatable: false, "checkout their version for unmerged files"),
        .flag("merge", "m", "recreate the conflicted merge in the unmerged paths"),
        .value("conflict", "style", "conflict style (merge, diff3, or zdiff3)"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let operands = try context.operands(arguments, arguments.operands)
        if arguments.isOn("patch") { return try choose(arguments, operands, context) }
        guard !operands.isEmpty else { throw CommandError.fatal("you must specify path(s) to restore") }
        var operation = try PathRestore(context, operands)
        let isStaged = arguments.isOn("staged")
        operation.changesIndex = isStaged
        operation.changesFiles = arguments.flag("worktree") ?? !isStaged
        guard operation.changesFiles || operation.changesIndex else {
            throw CommandError.fatal("neither '--source' nor '--staged' is specified")
        }
        operation.progress = CheckoutProgress(arguments, context)
        operation.isOverlay = arguments.isOn("overlay")
        operation.ignoresUnmerged = arguments.isOn("ignore-unmerged")
        operation.conflictStyle = try context.conflictStyle(arguments)
        operation.isMerging = arguments.isOn("merge") || operation.conflictStyle != nil
        if arguments.isOn("ours") { operation.side = .ours }
        if arguments.isOn("theirs") { operation.side = .theirs }
        if let source = arguments.text("source") {
            operation.tree = try context.tree(CheckoutWords.previous(source))
        } else if isStaged {
            guard let head = try context.repository().refs.resolve(.head) else {
                throw CommandError.fatal("could not resolve HEAD")
            }
            operation.tree = try context.repository().objects.peel(head, to: .tree)
        }
        if operation.side != nil, isStaged {
            throw CommandError.fatal("'--ours' or '--theirs' cannot be used with --staged")
        }
        if operation.isMerging, isStaged {
            throw CommandError.fatal("'--merge' or '--conflict' cannot be used with --staged")
        }
        if operation.isMerging, operation.ignoresUnmerged {
            throw CommandError.fatal("options '--ignore-unmerged' and '-m' cannot be used together")
        }
        try operation.validate()
        let outcome = try operation.run()
        return outcome.hasErrors ? .failure : .success
    }

    /// `--patch`.
    private static func choose(
        _ arguments: Arguments, _ operands: [[UInt8]], _ context: Context
    ) throws -> ExitCode {
        let isStaged = arguments.isOn("staged")
        let changesFiles = arguments.flag("worktree") ?? !isStaged
        let source = arguments.text("source").map { CheckoutWords.previous($0) }
        let name = source ?? (isStaged ? "HEAD" : nil)
        let tree = try name.map { try context.tree($0) }
        let isHead = name == "HEAD" || name == "@"
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        let mode: SelectionMode
        if isStaged && changesFiles {
            mode = .checkout(tree, isHead: isHead)
        } else if isStaged {
            mode = .reset(tree, isHead: isHead)
        } else if let tree {
            mode = .restore(tree, isHead: isHead)
        } else {
            mode = .checkout(nil, isHead: false)
        }
        return try HunkSelector(context, mode, pathspec).run()
    }
}
