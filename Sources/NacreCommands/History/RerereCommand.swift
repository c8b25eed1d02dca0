internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `rerere`: reuse of recorded resolutions.
enum RerereCommand: Command {
    static let name = "rerere"
    static let summary = "reuse recorded resolution of conflicted merges"
    static let usage = ["[clear | forget <path>... | diff | status | remaining | gc]"]
    static let options: [OptionSpec] = [.flag("rerere-autoupdate", "register clean resolutions in index")]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        guard let verb = arguments.texts.first else {
            try RerereDatabase(context, repository)?.run(autoupdate: arguments.flag("rerere-autoupdate"))
            return .success
        }
        guard let database = try RerereDatabase(context, repository, demandsEnabled: verb != "gc") else {
            return .success
        }
        switch verb {
        case "clear": try database.clear()
        case "gc": try database.collect()
        case "status": for item in try database.list() { context.output.line("\(item.path)") }
        case "remaining": try remaining(database, context)
        case "diff": try diff(database, context)
        case "forget": return try forget(Array(arguments.operands.dropFirst()), database, context)
        default: throw CommandError.usage("unknown subcommand: `\(verb)'")
        }
        return .success
    }

    /// The paths that a person still has to resolve.
    private static func remaining(_ database: RerereDatabase, _ context: Context) throws {
        let index = try context.index()
        let known = Set(database.conflictedFiles(index))
        var paths = Set(index.conflictedPaths).subtracting(known)
        for item in try database.list() where known.contains(item.path) { paths.insert(item.path) }
        for path in paths.sorted() { context.output.line("\(path)") }
    }

    private static func diff(_ database: RerereDatabase, _ context: Context) throws {
        let worktree = try context.worktree()
        for item in try database.list() {
            guard let before = try database.cache.read(item.key, "preimage"),
                let after = try Files.readIfPresent(worktree.file(item.path))
            else { continue }
            context.output.write("--- a/\(item.path)\n+++ b/\(item.path)\n")
            context.output.write(UnifiedText.hunks(before, after))
        }
    }

    private static func forget(
        _ operands: [[UInt8]], _ database: RerereDatabase, _ context: Context
    ) throws -> ExitCode {
        if operands.isEmpty {
            context.errors.line("warning: 'git rerere forget' without paths is deprecated")
        }
        let worktree = try context.worktree()
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        let index = try context.index()
        var sides: [GitPath: [ConflictStage: ObjectID]] = [:]
        for entry in index.entries where entry.stage != .merged && pathspec.matches(entry.path) {
            sides[entry.path, default: [:]][entry.stage] = entry.id
        }
        for undo in index.resolveUndo where pathspec.matches(undo.path) {
            for (number, side) in undo.sides.enumerated() {
                guard let side, let stage = ConflictStage(rawValue: UInt8(number + 1)) else { continue }
                sides[undo.path, default: [:]][stage] = side.id
            }
        }
        for path in sides.keys.sorted() { try database.forget(path, sides[path] ?? [:], worktree) }
        return .success
    }
}
