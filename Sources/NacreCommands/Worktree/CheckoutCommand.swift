internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct CheckoutCommand: Command {
    static let name = "checkout"
    static let summary = "switch branches or restore working tree files"
    static let usage = ["[<options>] <branch>", "[<options>] [<branch>] -- <file>..."]
    static let options: [OptionSpec] = [
        .value("large", "when", "write large files now ('eager') or when they are asked for ('lazy')"),
        .shortValue("b", "branch", "create and checkout a new branch"),
        .shortValue("B", "branch", "create/reset and checkout a branch"),
        .shortFlag("l", "create reflog for new branch"),
        .flag("guess", "second guess 'git checkout <no-such-branch>' (default)"),
        .flag("overlay", "use overlay mode (default)"),
        .flag("quiet", "q", "suppress progress reporting"),
        .flag("progress", "force progress reporting"),
        .flag("patch", "p", "select hunks interactively"),
        .flag("merge", "m", "perform a 3-way merge with the new branch"),
        .value("conflict", "style", "conflict style (merge, diff3, or zdiff3)"),
        .flag("detach", "d", "detach HEAD at named commit"),
        .optional("track", "t", "mode", "set branch tracking configuration"),
        .flag("force", "f", "force checkout (throw away local modifications)"),
        .value("orphan", "new-branch", "new unparented branch"),
        .flag("overwrite-ignore", "update ignored files (default)"),
        .flag("ignore-other-worktrees", "do not check if another worktree is holding the given ref"),
        .flag("ours", "2", negatable: false, "checkout our version for unmerged files"),
        .flag("theirs", "3", negatable: false, "checkout their version for unmerged files"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let names = ["b", "B", "orphan"].filter { arguments.last($0) != nil }
        guard names.count <= 1 else {
            throw CommandError.fatal("options '-b', '-B', and '--orphan' cannot be used together")
        }
        let words = try CheckoutWords(arguments, context)
        if arguments.has("large"), !words.paths.isEmpty || arguments.isOn("patch") {
            throw CommandError.fatal("'--large' cannot be used with updating paths")
        }
        if arguments.isOn("patch") { return try choose(words, arguments, context) }
        if !words.paths.isEmpty || arguments.last("pathspec-from-file") != nil {
            return try restore(words, arguments, context)
        }
        if arguments.isOn("ours") || arguments.isOn("theirs") {
            throw CommandError.fatal("'--ours/--theirs' cannot be used with switching branches")
        }
        var operation = try BranchSwitch(context, isLazy: try context.isLazy(arguments))
        operation.isForced = arguments.isOn("force")
        operation.conflictStyle = try context.conflictStyle(arguments)
        operation.isMerging = arguments.isOn("merge") || operation.conflictStyle != nil
        if operation.isMerging, operation.isForced {
            throw CommandError.fatal(
                "'-f' cannot be used with '-m'")
        }
        operation.isQuiet = arguments.isOn("quiet")
        operation.overwritesIgnored = arguments.flag("overwrite-ignore") ?? true
        operation.progress = CheckoutProgress(arguments, context)
        let request = BranchRequest(
            create: arguments.text("b"), reset: arguments.text("B"), orphan: arguments.text("orphan"),
            start: words.revision, detaches: arguments.isOn("detach"),
            track: try UpstreamInheritance.mode(arguments),
            noTrack: arguments.flag("track") == false, createsReflog: arguments.isOn("l"), guesses: words.guesses,
            isSwitch: false, ignoresOtherWorktrees: arguments.isOn("ignore-other-worktrees"))
        guard let target = try request.target(&operation, context) else {
            return try request.showStatus(operation, context)
        }
        return try operation.run(target)
    }

    /// `--patch`.
    private static func choose(_ words: CheckoutWords, _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let tree = try words.revision.map { try context.tree($0, complaint: "invalid reference:") }
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(
            try context.operands(arguments, words.paths), attributes: worktree.attributes)
        let mode = SelectionMode.checkout(tree, isHead: words.revision == "HEAD" || words.revision == "@")
        return try HunkSelector(context, mode, pathspec).run()
    }

    private static func restore(_ words: CheckoutWords, _ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.isOn("detach"), !words.hasSeparator, let path = words.paths.first {
            throw CommandError.fatal(
                "git checkout: --detach does not take a path argument '\(String(decoding: path, as: UTF8.self))'")
        }
        for name in ["b", "B", "orphan", "detach", "track"] where arguments.last(name) != nil {
            let shown = name.count == 1 ? "-\(name)" : "--\(name)"
            throw CommandError.fatal("'\(shown)' cannot be used with updating paths")
        }
        var operation = try PathRestore(context, try context.operands(arguments, words.paths))
        operation.isOverlay = arguments.flag("overlay") ?? true
        operation.progress = CheckoutProgress(arguments, context)
        operation.isForced = arguments.isOn("force")
        operation.conflictStyle = try context.conflictStyle(arguments)
        operation.isMerging = arguments.isOn("merge") || operation.conflictStyle != nil
        if arguments.isOn("ours") { operation.side = .ours }
        if arguments.isOn("theirs") { operation.side = .theirs }
        if let revision = words.revision {
            operation.tree = try context.tree(revision, complaint: "invalid reference:")
        }
        try operation.validate()
        let outcome = try operation.run()
        // Git counts only where it might have guessed wrong: without `--`.
        if !arguments.isOn("quiet"), !words.hasSeparator {
            if outcome.recreated > 0 {
                let plural = outcome.recreated == 1 ? "" : "s"
                context.errors.line("Recreated \(outcome.recreated) merge conflict\(plural)")
            }
            let count = "\(outcome.written) path\(outcome.written == 1 ? "" : "s")"
            let source = operation.tree.map { context.abbreviated($0) } ?? "the index"
            if outcome.recreated == 0 || outcome.written > 0 || words.revision != nil {
                context.errors.line("Updated \(count) from \(source)")
            }
        }
        return outcome.hasErrors ? .failure : .success
    }
}

/// Tells the revision from the paths among the operands, as Git guesses.
struct CheckoutWords {
    var revision: String?
    var paths: [[UInt8]] = []
    var hasSeparator = false
    var guesses = true

    init(_ arguments: Arguments, _ context: Context) throws {
        hasSeparator = arguments.separator != nil
        guesses = try arguments.flag("guess") ?? context.configuration().bool("checkout.guess") ?? true
        let before = Array(arguments.beforeSeparator)
        let after = Array(arguments.afterSeparator)
        if hasSeparator {
            guard before.count <= 1 else {
                throw CommandError.fatal("only one reference expected, \(before.count) given.")
            }
            revision = before.first.map { String(decoding: $0, as: UTF8.self) }
            paths = after
            if let revision, after.isEmpty == false || revision != "-" {
                self.revision = CheckoutWords.previous(revision)
            }
            return
        }
        guard let first = before.first else { return }
        let text = CheckoutWords.previous(String(decoding: first, as: UTF8.self))
        let isRevision = try CheckoutWords.isRevision(text, context)
        if arguments.last("b") != nil || arguments.last("B") != nil || arguments.last("orphan") != nil {
            revision = text
            paths = Array(before.dropFirst())
            return
        }
        let isFile = CheckoutWords.exists(first, context)
        if isRevision {
            if before.count == 1, isFile, !text.hasPrefix("@{-") {
                throw CommandError.fatal(
                    "ambiguous argument '\(text)': both revision and filename\n"
                        + "Use '--' to separate paths from revisions, like this:\n"
                        + "'git <command> [<revision>...] -- [<file>...]'")
            }
            revision = text
            paths = Array(before.dropFirst())
            return
        }
        if before.count == 1, guesses, !isFile, try CheckoutWords.remoteBranch(text, context) != nil {
            revision = text
            return
        }
        paths = before
        guard before.count == 1, !isFile, arguments.last("detach") == nil else { return }
    }

    static func previous(_ text: String) -> String { text == "-" ? "@{-1}" : text }

    static func isRevision(_ text: String, _ context: Context) throws -> Bool {
        ((try? context.resolver().find(text)) ?? nil) != nil
    }

    static func exists(_ operand: [UInt8], _ context: Context) -> Bool {
        guard let path = try? context.path(operand) else { return false }
        return ((try? context.fileStatus(path)) ?? nil) != nil
    }

    /// The only remote-tracking branch of that name.
    static func remoteBranch(_ name: String, _ context: Context) throws -> RefName? {
        let repository = try context.repository()
        guard (try? RefName.branch(name)) != nil else { return nil }
        var found: [RefName] = []
        for remote in repository.config.subsections(of: "remote") {
            let remote = String(decoding: remote, as: UTF8.self)
            guard let source = try? RefName.branch(name), let tracked = repository.tracked(source, of: remote),
                try repository.refs.resolve(tracked) != nil
            else { continue }
            found.append(tracked)
            if remote == repository.config.string("checkout.defaultremote") { return tracked }
        }
        return found.count == 1 ? found[0] : nil
    }
}
