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
        .value("prefix", "string", "when creating files, prepend <string>"),
        .flag("temp", "write the content to temporary files"),
        .value("stage", "(1|2|3|all)", "copy out the files from named stage"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let worktree = try context.worktree()
        let session = arguments.isOn("index") ? try IndexSession(repository) : nil
        var index = try session?.index ?? context.index()
        let isEveryStage = arguments.text("stage") == "all"
        let stage: ConflictStage? =
            switch arguments.text("stage") {
            case nil: .merged
            case "all"?: nil
            case "1"?: .base
            case "2"?: .ours
            case "3"?: .theirs
            case _?: throw CommandError.fatal("stage should be between 1 and 3 or all")
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
            request.writes = index.entries.filter { entry in
                (stage.map { $0 == entry.stage } ?? (entry.stage != .merged)) && !entry.flags.contains(.skipWorktree)
            }
        }
        for operand in paths {
            let path = try context.path(operand)
            let found = index.range(of: path).map { index.entries[$0] }.filter { entry in
                stage.map { $0 == entry.stage } ?? (entry.stage != .merged)
            }
            if !found.isEmpty {
                request.writes += found
                continue
            }
            isBad = true
            if !arguments.isOn("quiet") {
                let what =
                    index.contains(path)
                    ? stage == .merged
                        ? "is unmerged" : "does not exist at stage \(stage.map { Int($0.rawValue) } ?? 4)"
                    : "is not in the cache"
                context.errors.line("git checkout-index: \(path) \(what)")
            }
        }
        if isEveryStage || arguments.isOn("temp") || arguments.last("prefix") != nil {
            let copy = CheckoutCopy(context, repository, worktree, arguments)
            let isDone =
                isEveryStage || arguments.isOn("temp")
                ? try copy.writeTemporary(request.writes, byStage: isEveryStage)
                : try copy.writePrefixed(request.writes)
            return isDone && !isBad ? .success : .failure
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
