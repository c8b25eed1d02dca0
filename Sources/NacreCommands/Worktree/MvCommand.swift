internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

struct MvCommand: Command {
    static let name = "mv"
    static let summary = "move or rename a file, a directory, or a symlink"
    static let usage = ["[<options>] <source>... <destination>"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose"),
        .flag("dry-run", "n", "dry run"),
        .flag("force", "f", "force move/rename even if target exists"),
        .shortFlag("k", "skip move/rename errors"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count >= 2 else { throw CommandError(.usage, "") }
        var operation = try MoveOperation(arguments, context)
        return try operation.run()
    }
}

/// One run of `mv`.
private struct MoveOperation {
    struct Move {
        let source: GitPath
        let destination: GitPath
        let isDirectory: Bool
    }

    let arguments: Arguments
    let context: Context
    let repository: Repository
    let worktree: Worktree
    var isVerbose: Bool { arguments.isOn("verbose") || arguments.isOn("dry-run") }

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree()
    }

    mutating func run() throws -> ExitCode {
        let session = try IndexSession(repository)
        let sources = try arguments.operands.dropLast().map { try context.path($0) }
        let last = arguments.operands[arguments.operands.count - 1]
        let target = try context.path(last)
        let targetStatus = target.isRoot ? nil : try worktree.status(target)
        let isDirectory = target.isRoot || targetStatus?.kind == .directory
        if !isDirectory, sources.count > 1 {
            throw CommandError.fatal("destination '\(String(decoding: last, as: UTF8.self))' is not a directory")
        }
        var moves: [Move] = []
        var destinations: Set<GitPath> = []
        for source in sources {
            let destination =
                isDirectory && !(sources.count == 1 && target == source) ? target.appending(source.name) : target
            if let problem = try problem(source, destination, last, targetStatus, session.index, destinations) {
                if arguments.isOn("k") { continue }
                throw CommandError.fatal("\(problem), source=\(source), destination=\(destination)")
            }
            destinations.insert(destination)
            let isTree = try worktree.status(source)?.kind == .directory && session.index[source] == nil
            moves.append(Move(source: source, destination: destination, isDirectory: isTree))
        }
        for move in moves { try perform(move, session) }
        if !arguments.isOn("dry-run") { try session.commit(worktree) }
        return .success
    }

    private func problem(
        _ source: GitPath, _ destination: GitPath, _ last: [UInt8], _ target: FileStatus?, _ index: Index,
        _ destinations: Set<GitPath>
    ) throws -> String? {
        if isVerbose, arguments.isOn("dry-run") {
            context.output.line(bytes: "Checking rename of '\(source)' to '\(destination)'")
        }
        guard let status = try worktree.status(source) else { return "bad source" }
        if destination == source || destination.isInside(source) {
            return "can not move directory into itself"
        }
        let existing = try worktree.status(destination)
        if status.kind == .directory, index[source] == nil {
            if existing != nil {
                return existing?.kind == .directory ? "destination already exists" : "destination exists"
            }
            guard index.containsDirectory(source) else { return "source directory is empty" }
        } else {
            if index[source] == nil {
                return index.contains(source) ? "conflicted" : "not under version control"
            }
            if let existing {
                guard arguments.isOn("force") else { return "destination exists" }
                guard existing.kind != .directory else { return "Cannot overwrite" }
                if isVerbose { context.errors.line(bytes: "warning: overwriting '\(destination)'") }
            }
        }
        if destinations.contains(destination) { return "multiple sources for the same target" }
        if last.last == UInt8(ascii: "/"), target == nil, status.kind != .directory {
            return "destination directory does not exist"
        }
        guard destination.isSafe() else { return "invalid path" }
        if let parent = destination.parent, !parent.isRoot, try worktree.status(parent) == nil {
            // The rename itself would say so.
            throw CommandError.fatal("renaming '\(source)' failed: No such file or directory")
        }
        return nil
    }

    private func perform(_ move: Move, _ session: IndexSession) throws {
        if isVerbose { context.output.line(bytes: "Renaming \(move.source) to \(move.destination)") }
        if isVerbose, move.isDirectory {
            for position in session.index.range(inside: move.source) {
                let path = session.index.entries[position].path
                context.output.line(bytes: "Renaming \(path) to \(renamed(path, move))")
            }
        }
        if arguments.isOn("dry-run") { return }
        try worktree.willChange([move.source, move.destination])
        try Files.rename(worktree.file(move.source), to: worktree.file(move.destination))
        var entries: [IndexEntry] = []
        if move.isDirectory {
            for position in session.index.range(inside: move.source) { entries.append(session.index.entries[position]) }
        } else if let entry = session.index[move.source] {
            entries.append(entry)
        }
        session.index.apply(
            adding: entries.map { entry in
                let path = renamed(entry.path, move)
                // The rename changed the inode's time and nothing else.
                let stat = entry.stat
                var new = IndexEntry(path: path, id: entry.id, mode: entry.mode, stat: stat, flags: entry.flags)
                if let status = (try? worktree.status(path)) ?? nil, isUnchanged(stat, status) {
                    new.stat = StatData(status)
                }
                return new
            }, removing: entries.map(\.path))
    }

    private func isUnchanged(_ stat: StatData, _ status: FileStatus) -> Bool {
        var options = worktree.settings.stat
        options.isTrustingChangeTime = false
        return stat.matches(status, options)
    }

    private func renamed(_ path: GitPath, _ move: Move) -> GitPath {
        GitPath(move.destination.bytes + path.bytes.dropFirst(move.source.bytes.count))
    }
}
