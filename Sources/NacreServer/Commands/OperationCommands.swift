internal import ArgumentParser
internal import Bytes
internal import GitRepository
internal import Glibc
internal import SystemPackage

/// `nacre-server fsck`.
struct FsckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck", abstract: "Read everything and say what is damaged or missing.")
    @OptionGroup var root: RootOption
    @Argument(help: "The repositories; all where none is named.") var names: [RepositoryName] = []

    func run() throws {
        let store = root.repositories
        var isSound = true
        for name in names.isEmpty ? try store.all() : names {
            guard try store.exists(name) else { throw AccountError.notFound("repository '\(name)'") }
            let problems = try Integrity(path: store.path(of: name)).problems()
            for problem in problems { print("\(name): \(problem)") }
            isSound = isSound && problems.isEmpty
        }
        if !isSound { throw ExitCode(1) }
    }
}

/// `nacre-server backup`.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract:
            "Copy everything into a folder, while the server serves; only what is new where the folder has a copy.")
    @OptionGroup var root: RootOption
    @Argument(help: ArgumentHelp("Where to.", valueName: "dir")) var directory: String

    func run() throws {
        let target = RepositoryStore(root: RootOption.absolute(directory))
        try Backup(from: root.repositories, to: target).run(try root.accounts())
    }
}

/// `nacre-server restore`.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a server's folder from a backup.")
    @OptionGroup var root: RootOption
    @Argument(help: ArgumentHelp("The backup.", valueName: "dir")) var directory: String

    func run() throws {
        let target = root.repositories
        guard try Files.list(root.path)?.isEmpty ?? true else { throw BackupError.notEmpty(root.root) }
        let source = RepositoryStore(root: RootOption.absolute(directory))
        guard try FileStatus.of(source.accountsPath) != nil else {
            throw AccountError.notFound("a backup in '\(directory)'")
        }
        let accounts = try AccountStore(path: source.accountsPath, now: { Int64(time(nil)) })
        try Backup(from: source, to: target).run(accounts)
    }
}

/// `nacre-server maintain`.
struct MaintainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintain", abstract: "Pack repositories and clear away what nothing leads to, now.")
    @OptionGroup var root: RootOption
    @Argument(help: "The repositories; all where none is named.") var names: [RepositoryName] = []
    @Option(help: "Keep what nothing leads to for so many days.") var graceDays: Int64 = 14
    @Option(help: "From how many bytes on a packed repository is offered to clones as a bundle.")
    var bundleSize: Int = 32 << 20

    func run() throws {
        let store = root.repositories
        let now = Int64(time(nil))
        try Sweeper(repositories: store, before: now - 86400).run()
        for name in names.isEmpty ? try store.all() : names {
            guard try store.exists(name) else { throw AccountError.notFound("repository '\(name)'") }
            var options = MaintenanceOptions()
            options.pruneBefore = now - graceDays * 86400
            let repository = try Repository.open(store.path(of: name))
            try repository.maintain(options)
            try CloneBundle.update(repository, least: bundleSize)
        }
    }
}
