internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct ResetCommand: Command {
    static let name = "reset"
    static let summary = "reset current HEAD to the specified state"
    static let usage = [
        "[--mixed | --soft | --hard | --merge | --keep] [-q] [<commit>]",
        "[-q] [<tree-ish>] [--] <pathspec>...",
    ]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "be quiet, only report errors"),
        .flag("patch", "p", "select hunks interactively"),
        .flag("refresh", "skip refreshing the index after reset"),
        .flag("mixed", negatable: false, "reset HEAD and index"),
        .flag("soft", negatable: false, "reset only HEAD"),
        .flag("hard", negatable: false, "reset HEAD, index and working tree"),
        .flag("merge", negatable: false, "reset HEAD, index and working tree"),
        .flag("keep", negatable: false, "reset HEAD but keep local changes"),
        .flag("intent-to-add", "N", "record only the fact that removed paths will be added later"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var revision = "HEAD"
        var paths = arguments.operands
        if let separator = arguments.separator {
            if separator > 0 { revision = arguments.texts[0] }
            paths = Array(arguments.afterSeparator)
            guard separator <= 1 else { throw CommandError.fatal("Cannot do reset with paths before --.") }
        } else if let first = arguments.texts.first, try isRevision(first, paths[0], context, isOnly: paths.count == 1)
        {
            revision = first
            paths.removeFirst()
        }
        revision = CheckoutWords.previous(revision)
        let modes = ["mixed", "soft", "hard", "merge", "keep"].filter { arguments.isOn($0) }
        let mode = arguments.occurrences.last { ["mixed", "soft", "hard", "merge", "keep"].contains($0.name) }?.name
        _ = modes
        paths = try context.operands(arguments, paths)
        if arguments.isOn("patch") {
            guard mode == nil else {
                throw CommandError.fatal("options '--patch' and '--{hard,mixed,soft}' cannot be used together")
            }
            return try choose(revision, paths, context)
        }
        if !paths.isEmpty || arguments.last("pathspec-from-file") != nil {
            if let mode {
                guard mode == "mixed" else {
                    throw CommandError.fatal("Cannot do \(mode) reset with paths.")
                }
                context.errors.line("warning: --mixed with paths is deprecated; use 'git reset -- <paths>' instead.")
            }
            return try resetPaths(revision, paths, arguments, context)
        }
        if arguments.isOn("intent-to-add"), mode != nil, mode != "mixed" {
            throw CommandError.fatal("the option '-N' requires '--mixed'")
        }
        return try HeadReset(arguments, context, mode ?? "mixed", revision).run()
    }

    private static func isRevision(_ text: String, _ operand: [UInt8], _ context: Context, isOnly: Bool) throws -> Bool
    {
        let found = ((try? context.resolver().find(CheckoutWords.previous(text))) ?? nil) != nil
        let isFile = CheckoutWords.exists(operand, context)
        if found {
            if isFile {
                throw CommandError.fatal(
                    "ambiguous argument '\(text)': both revision and filename\n"
                        + "Use '--' to separate paths from revisions, like this:\n"
                        + "'git <command> [<revision>...] -- [<file>...]'")
            }
            return true
        }
        if isFile || operand.first == UInt8(ascii: ":") || operand.contains(where: { $0 == UInt8(ascii: "*") }) {
            return false
        }
        if let path = try? context.path(operand),
            try context.index().contains(path) || context.index().containsDirectory(path)
        {
            // Gone from the work tree, but Git asks for the separator.
            throw ambiguous(text)
        }
        throw ambiguous(text)
    }

    private static func ambiguous(_ text: String) -> CommandError {
        .fatal(
            "ambiguous argument '\(text)': unknown revision or path not in the working tree.\n"
                + "Use '--' to separate paths from revisions, like this:\n"
                + "'git <command> [<revision>...] -- [<file>...]'")
    }

    /// `--patch`.
    private static func choose(_ revision: String, _ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let isUnborn = try repository.refs.resolve(.head) == nil
        let tree = try revision == "HEAD" && isUnborn ? nil : context.tree(revision)
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        return try HunkSelector(context, .reset(tree, isHead: revision == "HEAD"), pathspec).run()
    }

    private static func resetPaths(
        _ revision: String, _ operands: [[UInt8]], _ arguments: Arguments, _ context: Context
    ) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let worktree = try context.worktree()
        let tree: ObjectID?
        if revision == "HEAD", try repository.refs.resolve(.head) == nil {
            tree = nil
        } else {
            tree = try context.tree(revision)
        }
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        let session = try IndexSession(repository)
        var files: [TreeFile] = []
        if let tree {
            files = try TreeFiles.list(tree, repository.objects) { pathspec.mayMatch(inside: $0) }
                .filter { pathspec.matches($0.path) }
        }
        try IndexReset.apply(
            files, to: &session.index, matching: pathspec, intentToAdd: arguments.isOn("intent-to-add"))
        try HeadReset.refresh(arguments, context, session, worktree)
        try session.commit(worktree)
        return .success
    }
}

/// Makes index entries equal to a tree's, keeping the status of those that are already.
enum IndexReset {
    static func apply(
        _ files: [TreeFile], to index: inout Index, matching pathspec: Pathspec, intentToAdd: Bool
    ) throws {
        var wanted = Set<GitPath>(minimumCapacity: files.count)
        var additions: [IndexEntry] = []
        for file in files {
            guard file.path.isSafe(mode: file.mode) else { throw WorktreeError.invalidPath(file.path) }
            wanted.insert(file.path)
            if let entry = index[file.path], entry.id == file.id, entry.mode == file.mode,
                !entry.flags.contains(.intentToAdd)
            {
                continue
            }
            let flags = index[file.path]?.flags.intersection([.skipWorktree]) ?? []
            additions.append(IndexEntry(path: file.path, id: file.id, mode: file.mode, flags: flags))
        }
        var removals: [GitPath] = []
        for entry in index.entries where !wanted.contains(entry.path) && pathspec.matches(entry.path) {
            if intentToAdd, entry.stage == .merged {
                additions.append(
                    IndexEntry(
                        path: entry.path, id: .emptyBlob(index.algorithm), mode: entry.mode, flags: [.intentToAdd]))
            } else if removals.last != entry.path {
                removals.append(entry.path)
            }
        }
        index.apply(adding: additions, removing: removals)
    }
}
