internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

extension LargeCommand {
    /// Decodes and verifies everything that is stored.
    static func check(_ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let store = LargeFileStore(commonDirectory: repository.commonDirectory)
        let report = try store.chunks.check()
        for problem in report.problems { context.output.line(problem) }
        let absent = try absentEntries(store, repository, context)
        for entry in absent {
            let name = String(decoding: entry.path.quoted(), as: UTF8.self)
            context.output.line("content \(entry.pointer.oid) is missing, and needed by \(name) in the index")
        }
        if report.unreadable.isEmpty, !absent.isEmpty { context.output.line(remedy) }
        guard !report.problems.isEmpty else { return absent.isEmpty ? .success : .failure }
        let names = try Names(report.unreadable, repository, context)
        for (chunk, oids) in report.needed.sorted(by: { $0.key.hex < $1.key.hex }) {
            let users = Set(oids.map { names.text($0) }).sorted()
            context.output.line("chunk \(chunk) is needed by \(users.joined(separator: ", "))")
        }
        for oid in report.unreadable.sorted(by: { $0.hex < $1.hex }) {
            context.output.line("unreadable: \(names.text(oid))")
        }
        if !report.unreadable.isEmpty { context.output.line(remedy) }
        return .failure
    }

    private static let remedy = "(use \"nacre large repair\" to bring it back)"

    /// The large files of the index whose content is not here, though nobody left it out on purpose.
    private static func absentEntries(
        _ store: LargeFileStore, _ repository: Repository, _ context: Context
    ) throws -> [Entry] {
        guard repository.workTree != nil else { return [] }
        return try entries([], try LargeFileFilter(repository), context).filter { entry in
            try !entry.index.flags.contains(.skipWorktree) && !store.contains(entry.pointer.oid)
        }
    }

    /// Takes damaged and missing content in again: from the work tree, from git-lfs' store, from the remote.
    static func repair(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let store = LargeFileStore(commonDirectory: repository.commonDirectory)
        var repair = try StoreRepair(store)
        var places: [Hash256: [FilePath]] = [:]
        var wanted = repair.report.unreadable
        let index = repository.workTree == nil ? [] : try entries([], try LargeFileFilter(repository), context)
        for entry in index {
            if let top = repository.workTree {
                places[entry.pointer.oid, default: []].append(top.appending(bytes: entry.path.bytes))
            }
        }
        wanted.formUnion(try absentEntries(store, repository, context).map(\.pointer.oid))
        if arguments.isOn("all") {
            for oid in try LiveContent.find(repository) where try !store.contains(oid) { wanted.insert(oid) }
        }
        guard !wanted.isEmpty || !repair.report.problems.isEmpty else { return .success }
        let names = try Names(wanted, repository, context)
        var lost: [Hash256] = []
        for oid in wanted.sorted(by: { $0.hex < $1.hex }) {
            if try (places[oid] ?? []).contains(where: { try repair.refill(oid, from: $0) }) {
                context.output.line("repaired \(names.text(oid)): from the work tree")
            } else if try repair.refill(oid, from: repair.lfsFile(oid)) {
                context.output.line("repaired \(names.text(oid)): from .git/lfs/objects")
            } else {
                lost.append(oid)
            }
        }
        lost = try refill(lost, &repair, names, repository, context)
        let removed = try repair.removeDamaged()
        if removed > 0 { context.output.line("removed \(removed) damaged records") }
        for oid in lost {
            context.errors.line(
                "error: content \(oid) of \(names.text(oid)) is nowhere: put the file back and run 'nacre add', or fetch it from a "
                    + "remote that has it")
        }
        return lost.isEmpty ? .success : .failure
    }

    /// Brings what is left from the default remote, into a store of its own first: ours believes to have parts of it.
    private static func refill(
        _ oids: [Hash256], _ repair: inout StoreRepair, _ names: Names, _ repository: Repository, _ context: Context
    ) throws -> [Hash256] {
        guard !oids.isEmpty, let remote = try defaultRemote(repository) else { return oids }
        let place = repository.nacreDirectory.appending("tmp_repair_\(UInt64.random(in: 0 ... .max))")
        try Files.makeDirectory(place)
        defer { try? Files.removeTree(place) }
        let store = LargeFileStore(commonDirectory: place)
        let connection = try largeFileConnection(
            context, address: remote.address, remote: remote.name, isPush: false, store: store)
        let pointers = oids.compactMap { oid in names.size(oid).map { Pointer(oid: oid, size: $0) } }
        for failure in try connection.fetch(pointers) {
            context.errors.line("warning: \(remote.name): content \(failure.oid): \(failure.reason)")
        }
        var lost: [Hash256] = []
        for oid in oids {
            let file = place.appending(oid.hex)
            let outcomes = try store.write([.init(oid: oid, path: file, permissions: 0o600, replaced: nil)])
            if case .written? = outcomes.first, try repair.refill(oid, from: file) {
                context.output.line("repaired \(names.text(oid)): from \(remote.name)")
            } else {
                lost.append(oid)
            }
            try Files.remove(file)
        }
        return lost
    }

    /// What people call content: a path, and the commit that has it there.
    private struct Names {
        private let uses: [Hash256: LiveContent.Use]
        private let staged: [Hash256: GitPath]
        private let repository: Repository

        init(_ oids: Set<Hash256>, _ repository: Repository, _ context: Context) throws {
            self.repository = repository
            uses = oids.isEmpty ? [:] : try LiveContent.uses(of: oids, in: repository)
            let entries = oids.isEmpty ? [] : try LargeCommand.entries([], try LargeFileFilter(repository), context)
            staged = Dictionary(entries.map { ($0.pointer.oid, $0.path) }, uniquingKeysWith: { first, _ in first })
        }

        func text(_ oid: Hash256) -> String {
            if let use = uses[oid] {
                let others = ["", " and one older commit"]
                let more =
                    use.olderCommits < others.count
                    ? others[use.olderCommits] : " and \(use.olderCommits) older commits"
                let commit = repository.objects.abbreviate(use.commit)
                if use.isInternal { return "content \(oid.hex.prefix(12)), which only undo needs (\(commit)\(more))" }
                return "\(String(decoding: use.path.quoted(), as: UTF8.self)) (\(commit)\(more))"
            }
            if let path = staged[oid] { return String(decoding: path.quoted(), as: UTF8.self) }
            return "content \(oid.hex.prefix(12)), which nothing names"
        }

        /// The length that a pointer to the content says.
        func size(_ oid: Hash256) -> Int? {
            guard let use = uses[oid], let tree = try? repository.objects.commit(use.commit).tree else { return nil }
            var current = tree
            let components = use.path.components.map { Array($0) }
            for (position, name) in components.enumerated() {
                guard let entry = (try? repository.objects.tree(current))?[name] else { return nil }
                if position == components.count - 1 {
                    return (try? repository.objects.read(entry.id).content).flatMap { Pointer(parsing: $0)?.size }
                }
                current = entry.id
            }
            return nil
        }
    }
}
