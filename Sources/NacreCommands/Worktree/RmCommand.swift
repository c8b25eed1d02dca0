internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct RmCommand: Command {
    static let name = "rm"
    static let summary = "remove files from the working tree and from the index"
    static let usage = ["[<options>] [--] <file>..."]
    static let options: [OptionSpec] = [
        .flag("dry-run", "n", "dry run"),
        .flag("quiet", "q", "do not list removed files"),
        .flag("cached", "only remove from the index"),
        .flag("force", "f", "override the up-to-date check"),
        .shortFlag("r", "allow recursive removal"),
        .flag("sparse", "allow updating entries outside of the sparse-checkout cone"),
        .flag("ignore-unmatch", "exit with a zero status even if nothing matched"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let operands = try context.operands(arguments, arguments.operands)
        guard !operands.isEmpty else { throw CommandError.fatal("No pathspec was given. Which files should I remove?") }
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        let session = try IndexSession(repository)
        worktree.refresh(&session.index, try worktree.compare(session.index, matching: pathspec))
        var outside: [[UInt8]] = []
        let paths = try matches(pathspec, session.index, arguments, &outside)
        context.adviseOnUnwanted(outside)
        guard !paths.isEmpty else { return outside.isEmpty ? .success : .failure }
        if !arguments.isOn("force"), try !isSafe(paths, session.index, worktree, arguments, context) { return .failure }
        if !arguments.isOn("quiet") {
            for path in paths {
                context.output.line(Array("rm '".utf8) + path.bytes + [UInt8(ascii: "'")])
            }
        }
        let code: ExitCode = outside.isEmpty ? .success : .failure
        if arguments.isOn("dry-run") { return code }
        var request = CheckoutRequest()
        if !arguments.isOn("cached") {
            request.removals = paths
            request.keptDirectory = try context.prefix()
            let outcome = try worktree.checkOut(request)
            guard outcome.failures.count < max(paths.count, 1) else {
                throw CommandError.fatal("git rm: '\(outcome.failures[0].path)': \(outcome.failures[0].message)")
            }
        }
        session.index.apply(adding: [], removing: paths)
        try session.commit(worktree)
        return code
    }

    /// - Parameter outside: the operands that match only entries whose files are not wanted in the work tree.
    private static func matches(
        _ pathspec: Pathspec, _ index: Index, _ arguments: Arguments, _ outside: inout [[UInt8]]
    ) throws -> [GitPath] {
        var seen = Array(repeating: Pathspec.Match.none, count: pathspec.items.count)
        var seenOutside = seen
        var paths: [GitPath] = []
        for entry in index.entries {
            if entry.flags.contains(.skipWorktree), !arguments.isOn("sparse") {
                _ = pathspec.match(entry.path, seen: &seenOutside)
                continue
            }
            guard pathspec.match(entry.path, seen: &seen) != .none else { continue }
            if paths.last != entry.path { paths.append(entry.path) }
        }
        var sawAny = false
        for (position, item) in pathspec.items.enumerated() where !item.isExcluding {
            let match = seen[position]
            let shown = item.original.isEmpty ? "." : String(decoding: item.original, as: UTF8.self)
            if match == .none {
                if arguments.isOn("ignore-unmatch") { continue }
                guard seenOutside[position] != .none else {
                    throw CommandError.fatal("pathspec '\(shown)' did not match any files")
                }
                outside.append(item.original)
                continue
            }
            sawAny = true
            if !arguments.isOn("r"), match == .recursively {
                throw CommandError.fatal("not removing '\(shown)' recursively without -r")
            }
        }
        return sawAny ? paths : []
    }

    private static func isSafe(
        _ paths: [GitPath], _ index: Index, _ worktree: Worktree, _ arguments: Arguments, _ context: Context
    ) throws -> Bool {
        let repository = try context.repository()
        var head: [GitPath: TreeFile] = [:]
        if let id = try repository.refs.resolve(.head) {
            let wanted = Set(paths)
            for file in try TreeFiles.list(try repository.objects.peel(id, to: .tree), repository.objects)
            where wanted.contains(file.path) {
                head[file.path] = file
            }
        }
        let changed = Set(
            try worktree.compare(index).changes.filter { $0.kind != .deleted }.map { index.entries[$0.position].path })
        var both: [GitPath] = []
        var staged: [GitPath] = []
        var local: [GitPath] = []
        for path in paths {
            guard let entry = index[path], try worktree.status(path) != nil else { continue }
            let isLocal = changed.contains(path)
            let isStaged = head[path].map { $0.id != entry.id || $0.mode != entry.mode } ?? true
            if entry.flags.contains(.intentToAdd) && arguments.isOn("cached") { continue }
            if isLocal && isStaged {
                if !arguments.isOn("cached") || !entry.flags.contains(.intentToAdd) { both.append(path) }
            } else if !arguments.isOn("cached") {
                if isStaged { staged.append(path) }
                if isLocal { local.append(path) }
            }
        }
        func say(_ paths: [GitPath], _ one: String, _ many: String, _ hint: String) {
            guard !paths.isEmpty else { return }
            var text = "error: \(paths.count == 1 ? one : many)"
            for path in paths { text += "\n    \(path)" }
            if context.advises("rmHints") { text += "\n\(hint)" }
            context.errors.line(text)
        }
        say(
            both, "the following file has staged content different from both the\nfile and the HEAD:",
            "the following files have staged content different from both the\nfile and the HEAD:",
            "(use -f to force removal)")
        say(
            staged, "the following file has changes staged in the index:",
            "the following files have changes staged in the index:",
            "(use --cached to keep the file, or -f to force removal)")
        say(
            local, "the following file has local modifications:", "the following files have local modifications:",
            "(use --cached to keep the file, or -f to force removal)")
        return both.isEmpty && staged.isEmpty && local.isEmpty
    }
}

extension Worktree {
    /// Compares only what a pathspec matches.
    func compare(_ index: Index, matching pathspec: Pathspec) throws -> FileComparison {
        var options = ComparisonOptions()
        options.pathspec = pathspec
        return try compare(index, options)
    }
}
