internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import Glibc
internal import LargeFiles
internal import SystemPackage

/// What `.git/config` names as `filter.lfs.process`, so that stock git sees files and stores pointers.
struct FilterProcessCommand: Command {
    static let name = "filter-process"
    static let summary = "turn large files into pointers and back for stock git"
    static let usage = [""]
    static let details = [
        "Speaks Git's long-running filter protocol on standard input and output. `init` and `clone` write it into the "
            + "repository's configuration; nobody calls it by hand."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        // Git reads one answer at a time and may close its end early: a broken pipe is an error, not a death.
        signal(SIGPIPE, SIG_IGN)
        let repository = try context.repository()
        let filter = try LargeFileFilter(repository)
        var index: Index?
        var process = FilterProcess(
            store: filter.store, temporaryDirectory: repository.nacreDirectory.appending("tmp"), input: 0, output: 1
        ) { path in
            if index == nil { index = try? repository.readIndex() }
            return index?[path].flatMap { filter.pointer($0.id)?.oid }
        }
        try process.run()
        return .success
    }
}
