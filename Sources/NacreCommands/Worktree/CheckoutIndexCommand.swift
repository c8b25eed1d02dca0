internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

struct CheckoutIndexCommand: Command {
    static let name = "checkout-index"
    static let summary = "copy files from the index to the working tree"
    static let usage = ["[<options>] [--] [<file>...]"]
    static let options: [OptionSpec] = [
        .flag("all", "a", "check out all files in the index"),
        .flag("force", "f", "force overwrite of existing files"),
        .flag("quiet", "q", "no warning for existing files and files not in index"),
        .flag("no-create", "n", negatable: false, "don't checkout new files"),
        .flag("index", "u", "update stat information in the index file"),
        .shortFlag("z", "paths are separated with NUL character"),
        .flag("stdin", "read list of paths from the standard input"),
        .value("stage", "(1|2|3)", "copy out the files from named stage"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let worktree = try context.worktree()
        let session = arguments.isOn("index") ? try IndexSession(repository) : nil
        var index = try session?.index ?? context.index()
        let stage: ConflictStage =
            switch arguments.text("stage") {
            case nil: .merged
            case "1"?: .base
            case "2"?: .ours
            case "3"?: .theirs
            case let text?: throw CommandError.fatal("stage should be between 1 and 3, not '\(text)'")
            }
        var isBad = false
        var request = CheckoutRequest()
        request.keepsExisting = !arguments.isOn("force")
        var paths = arguments.operands
        if arguments.isOn("stdin") {
            let isNul = arguments.isOn("z")
            paths += try Files.readAll(0, path: "standard input").split(separator: isNul ? 0 : 10).map { Array($0) }
        }
        if arguments.isOn("all") {
            request.writes = index.entries.filter { $0.stage == stage && !$0.flags.contains(.skipWorktree) }
        }
        for operand in paths {
            let path = try context.path(operand)
            if case .found(let position) = index.position(of: path, stage: stage) {
                request.writes.append(index.entries[position])
                continue
            }
            isBad = true
            if !arguments.isOn("quiet") {
                let what =
                    index.contains(path)
                    ? stage == .merged ? "is unmerged" : "does not exist at stage \(stage.rawValue)"
                    : "is not in the cache"
                context.errors.line("git checkout-index: \(path) \(what)")
            }
        }
        let unchanged = try upToDate(index, worktree)
        if arguments.isOn("no-create") {
            request.writes = try request.writes.filter { try worktree.status($0.path) != nil }
        }
        request.writes.removeAll { $0.stage == .merged && unchanged.contains($0.path) }
        let outcome = try worktree.checkOut(request)
        for path in outcome.existing {
            if !arguments.isOn("quiet") { context.errors.line("\(path) already exists, no checkout") }
            isBad = true
        }
        for failure in outcome.failures {
            context.errors.line(failure.message)
            isBad = true
        }
        if let session {
            worktree.record(outcome, in: &index)
            session.index = index
            try session.commit(worktree)
        }
        return isBad ? .failure : .success
    }

    private static func upToDate(_ index: Index, _ worktree: Worktree) throws -> Set<GitPath> {
        let changed = Set(try worktree.compare(index).changes.map(\.position))
        return Set(
            index.entries.indices.filter { !changed.contains($0) && index.entries[$0].stage == .merged }.map {
                index.entries[$0].path
            })
    }
}
