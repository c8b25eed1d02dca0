internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import LargeFiles
internal import SystemPackage

extension LargeCommand {
    /// What a pre-push hook does: sends the large files of the commits that are about to be pushed. Standard input has a line
    /// for each ref: its local name and id, its remote name and id.
    static func prePush(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        guard operands.count == 2 else { throw CommandError.usage("pre-push needs a remote and its address") }
        let repository = try context.repository()
        let remote = String(decoding: operands[0], as: UTF8.self)
        let input = try Files.readAll(0, path: "standard input", limit: 256 << 20)
        var commits: [ObjectID] = []
        var excluded: [ObjectID] = []
        for line in input.split(separator: 10) {
            let words = line.split(separator: 0x20)
            guard words.count == 4, let local = ObjectID(hex: words[1], algorithm: repository.algorithm),
                let old = ObjectID(hex: words[3], algorithm: repository.algorithm)
            else { throw CommandError.fatal("malformed line of a pre-push hook's input") }
            if !local.isZero { commits.append(local) }
            if !old.isZero { excluded.append(old) }
        }
        for ref in try repository.refs.list(prefix: "refs/remotes/\(remote)/") {
            if let id = ref.id { excluded.append(id) }
        }
        let connection = try largeFileConnection(
            context, address: String(decoding: operands[1], as: UTF8.self), remote: remote, isPush: true)
        try connection.push(commits, excluding: excluded)
        return .success
    }

    /// The connection to a remote's large files.
    static func largeFileConnection(
        _ context: Context, address: String, remote: String?, isPush: Bool, store: LargeFileStore? = nil
    ) throws -> LargeFileConnection {
        let repository = try context.repository()
        return try LargeFileConnection(
            repository, store: store ?? LargeFileStore(commonDirectory: repository.commonDirectory), address: address,
            remote: remote, isPush: isPush, surroundings(context))
    }

    /// Brings content from the default remote while files are checked out.
    static func fetcher(_ context: Context) throws -> LargeFileFilter.Fetch {
        let repository = try context.repository()
        let surroundings = surroundings(context)
        return { pointers in
            do {
                guard let remote = try defaultRemote(repository) else { return [] }
                let connection = try LargeFileConnection(
                    repository, store: LargeFileStore(commonDirectory: repository.commonDirectory),
                    address: remote.address, remote: remote.name, isPush: false, surroundings)
                return try connection.fetch(pointers).map { "warning: content \($0.oid): \($0.reason)" }
            } catch {
                return ["warning: large files cannot be fetched: \(error)"]
            }
        }
    }

    /// Sends the large files of commits to a remote, before refs that name them are sent.
    static func send(
        _ commits: [ObjectID], excluding excluded: [ObjectID], to address: String, remote: String?, _ context: Context
    ) throws {
        try largeFileConnection(context, address: address, remote: remote, isPush: true)
            .push(commits, excluding: excluded)
    }

    /// Fetches the content of every version that the history of any ref names; the work tree stays as it is.
    static func fetchAll(_ operands: [[UInt8]], _ context: Context) throws -> ExitCode {
        guard operands.isEmpty else { throw CommandError.usage("--all takes no paths") }
        let repository = try context.repository()
        guard let remote = try defaultRemote(repository) else {
            throw CommandError.fatal("there is no remote to fetch large files from")
        }
        let connection = try largeFileConnection(
            context, address: remote.address, remote: remote.name, isPush: false)
        let failures = try connection.fetchAll(behind: repository.refs.list().compactMap(\.id))
        for (oid, reason) in failures { context.errors.line("error: content \(oid): \(reason)") }
        return failures.isEmpty ? .success : .failure
    }

    private static func surroundings(_ context: Context) -> LargeFileConnection.Surroundings {
        var surroundings = LargeFileConnection.Surroundings(
            agent: Context.agent, home: context.home, workingDirectory: context.workingDirectory,
            discovery: remoteDiscovery(context))
        surroundings.ssh = context.sshOptions()
        return surroundings
    }

    /// Another repository is found without what the environment says of this one.
    private static func remoteDiscovery(_ context: Context) -> Discovery {
        var discovery = context.discovery
        discovery.gitDirectory = nil
        discovery.commonDirectory = nil
        discovery.objectDirectory = nil
        discovery.indexFile = nil
        discovery.workTree = nil
        return discovery
    }

    /// The remote that content is fetched from: the current branch's, else the only one, else `origin`; nil without any.
    static func defaultRemote(_ repository: Repository) throws -> (name: String, address: String)? {
        let config = repository.config
        var name = "origin"
        if let head = try repository.refs.read(RefName("HEAD")), case .symbolic(let branch) = head,
            let remote = config.string("branch.\(branch.shortened).remote")
        {
            name = remote
        } else {
            let all = config.subsections(of: "remote").map { String(decoding: $0, as: UTF8.self) }
            if all.count == 1 { name = all[0] }
        }
        return config.string("remote.\(name).url").map { (name, $0) }
    }

    /// Removes content that no commit, index or reflog names any more.
    static func collect(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let store = LargeFileStore(commonDirectory: repository.commonDirectory)
        let days = try arguments.integer("prune") ?? 14
        guard days >= 0, days < 100_000 else { throw CommandError.usage("option `prune' expects a number of days") }
        let cutoff = context.now - Int64(days) * 86_400
        let live = try LiveContent.find(repository)
        let isDryRun = arguments.isOn("dry-run")
        let result = try store.chunks.collect(live: live, cutoff: cutoff, isDryRun: isDryRun)
        for (oid, size) in result.dead {
            context.output.line(
                "unreachable: \(oid) (\(text(size))): no ref, reflog, index, unfinished operation or undo names it")
        }
        let verb = isDryRun ? "would remove" : "removed"
        for pack in result.packs {
            let isEmpty = pack.live == 0
            let share = pack.size == 0 ? 100 : (pack.size - pack.live) * 100 / pack.size
            context.output.line(
                "\(isEmpty ? verb : isDryRun ? "would rewrite" : "rewrote") \(pack.name) (\(text(pack.size))): "
                    + (isEmpty ? "nothing needs what it holds" : "nothing needs \(share) % of it"))
        }
        if isDryRun, result.youngPacks > 0 {
            context.output.line(
                "would keep \(result.youngPacks) packs with content that was stored in the last \(days) days")
        }
        context.output.line(
            "\(verb) \(result.removedPacks) packs, \(isDryRun ? "would rewrite" : "rewrote") \(result.rewrittenPacks): "
                + "\(text(result.bytesBefore)) -> \(text(result.bytesAfter))")
        if result.joinedPacks > 0 {
            context.output.line("\(isDryRun ? "would join" : "joined") \(result.joinedPacks) small packs")
        }
        if result.leftovers > 0 { context.output.line("\(verb) \(result.leftovers) unfinished files") }
        return .success
    }
}
