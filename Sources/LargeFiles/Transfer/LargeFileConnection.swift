internal import Bytes
internal import GitConfig
public import GitObjects
public import GitRepository
internal import GitStorage
public import GitTransport
public import SystemPackage

/// Where a remote keeps large files, and how they get there and back: over HTTP, or straight from store to store for a
/// repository on this machine.
public struct LargeFileConnection {
    /// What reaching a remote takes from the surroundings.
    public struct Surroundings: Sendable {
        /// What the program calls itself: `nacre/1.0`.
        public var agent: String
        /// The home directory.
        public var home: FilePath?
        /// What relative addresses are relative to.
        public var workingDirectory: FilePath
        /// How repositories on this machine are opened.
        public var discovery: Discovery
        /// How ssh is run.
        public var ssh = SSHConnection.Options()
        /// Keeps connections.
        public var client: HTTPClient
        /// Asks a person for a name or a password; nil where nobody is there.
        public var ask: (@Sendable (CredentialSource.Question) -> String?)?

        /// Makes a description.
        public init(
            agent: String, home: FilePath?, workingDirectory: FilePath, discovery: Discovery,
            client: HTTPClient = HTTPClient(), ask: (@Sendable (CredentialSource.Question) -> String?)? = nil
        ) {
            self.agent = agent
            self.home = home
            self.workingDirectory = workingDirectory
            self.discovery = discovery
            self.client = client
            self.ask = ask
        }
    }

    private enum Target {
        case http(LargeFileRemote)
        case local(LargeFileStore)
        case unreachable(String)
    }

    /// The server, where content travels over HTTP.
    public var httpRemote: LargeFileRemote? {
        if case .http(let remote) = target { return remote }
        return nil
    }

    private let target: Target
    private let repository: Repository
    private let store: LargeFileStore

    /// Finds where the large files of an address are: `lfs.url` (`lfs.pushurl` for a push), `remote.<name>.lfsurl`, in the
    /// configuration or in `.lfsconfig`; else the address itself, with `.git/info/lfs` for HTTP. Behind ssh the other side
    /// is asked once something has to travel.
    ///
    /// - Parameters:
    ///   - address: the remote's URL or path.
    ///   - remote: its name, where it has one.
    public init(
        _ repository: Repository, store: LargeFileStore, address: String, remote: String?, isPush: Bool,
        _ surroundings: Surroundings
    ) throws {
        self.repository = repository
        self.store = store
        let endpoint = try LargeFileConnection.endpoint(repository, remote: remote, isPush: isPush)
        let url = RemoteURL(endpoint ?? address)
        switch url.scheme {
        case .http, .https:
            let place = endpoint ?? LargeFileRemote.endpoint(forRemote: url.withoutCredentials)
            let remote = LargeFileRemote(
                endpoint: RemoteURL(place).withoutCredentials,
                send: try LargeFileConnection.sender(url, repository.config, surroundings))
            target = .http(try LargeFileConnection.configured(remote, repository.config))
        case .ssh:
            let config = repository.config
            let access = LargeFileAccess(
                url, surroundings.ssh.filled(from: config), operation: isPush ? "upload" : "download"
            ) { try LargeFileConnection.sender($0, config, surroundings) }
            let remote = LargeFileRemote(endpoint: access.name, send: access.send)
            target = .http(try LargeFileConnection.configured(remote, config))
        case .local:
            let path = surroundings.workingDirectory.pushing(FilePath(url.path)).lexicallyNormalized()
            target = LargeFileConnection.local(path, surroundings.discovery)
        case .other:
            target = .unreachable(
                "large files cannot be sent to or fetched from '\(address)': set 'remote.\(remote ?? "<name>").lfsurl'")
        }
    }

    /// Sends requests to a server, as whoever its address or a credential names; an action brings its own credentials, which
    /// are not mixed with ours.
    private static func sender(
        _ url: RemoteURL, _ config: Config, _ surroundings: Surroundings
    ) throws -> LargeFileRemote.Sender {
        let options = try HTTPOptions(
            userAgent: surroundings.agent, config: config, url: url, home: surroundings.home)
        var source = try CredentialSource(config: config, url: url)
        source.ask = surroundings.ask
        let authenticator = HTTPAuthenticator(source)
        let client = surroundings.client
        return { request, sink in
            if request.headers.contains(where: { $0.name.lowercased() == "authorization" }) {
                return try client.send(request, options, into: sink)
            }
            return try authenticator.send(request, url, client, options, into: sink)
        }
    }

    private static func configured(_ remote: LargeFileRemote, _ config: Config) throws -> LargeFileRemote {
        var remote = remote
        if let count = try config.int("lfs.concurrenttransfers"), count > 0 { remote.transfers = count }
        return remote
    }

    private static func local(_ path: FilePath, _ discovery: Discovery) -> Target {
        for candidate in [path, FilePath(path.string + ".git")] {
            if let repository = try? Repository.open(candidate, discovery) {
                return .local(LargeFileStore(commonDirectory: repository.commonDirectory))
            }
        }
        return .unreachable("'\(path)' does not appear to be a git repository")
    }

    private static func endpoint(_ repository: Repository, remote: String?, isPush: Bool) throws -> String? {
        var sources = [repository.config]
        if let top = repository.workTree {
            let file = top.appending(".lfsconfig")
            sources.append(
                try Config(loading: [.file(file, .local)], context: ConfigContext(followsIncludes: false)))
        }
        var keys = isPush ? ["lfs.pushurl", "lfs.url"] : ["lfs.url"]
        if let remote {
            keys += isPush ? ["remote.\(remote).lfspushurl", "remote.\(remote).lfsurl"] : ["remote.\(remote).lfsurl"]
        }
        for source in sources {
            for key in keys { if let value = source.string(key), !value.isEmpty { return value } }
        }
        return nil
    }

    /// Sends the large files that commits bring and others do not. When this returns, the other side has all of them, and
    /// refs may follow. Does nothing, and reaches nobody, where there are none.
    ///
    /// - Parameters:
    ///   - commits: what the refs to be pushed name; tags are followed.
    ///   - excluded: commits that the other side has.
    ///   - progress: told how many bytes more have travelled.
    /// - Returns: how many files were asked about.
    /// - Throws: ``ChunkStoreError/missingContent(_:)`` where content is neither here nor there, and what the transfer throws.
    @discardableResult
    public func push(
        _ commits: [ObjectID], excluding excluded: [ObjectID], ref: String? = nil,
        progress: (@Sendable (Int) -> Void)? = nil
    ) throws -> Int {
        let found = try LargeFileConnection.found(repository, commits, excluding: excluded)
        guard !found.isEmpty else { return 0 }
        let pointers = found.map(\.pointer)
        switch target {
        case .http(var remote):
            try remote.checkLocks(Set(found.map { String(decoding: $0.path.bytes, as: UTF8.self) }), ref: ref)
            remote.progress = progress
            try remote.upload(pointers, from: store, ref: ref)
        case .local(let other):
            if other.chunks.directory != store.chunks.directory { try store.copy(pointers, to: other) }
        case .unreachable(let reason): throw LargeFileRemote.TransferError(reason: reason)
        }
        return pointers.count
    }

    /// Fetches content that is not at hand.
    ///
    /// - Returns: what the other side does not have either, with its reason.
    public func fetch(
        _ pointers: [Pointer], progress: (@Sendable (Int) -> Void)? = nil
    ) throws -> [(oid: Hash256, reason: String)] {
        switch target {
        case .http(var remote):
            remote.progress = progress
            return try remote.download(
                pointers, into: store, temporaryDirectory: repository.nacreDirectory.appending("tmp"))
        case .local(let other):
            var failures: [(oid: Hash256, reason: String)] = []
            for pointer in pointers where try !store.contains(pointer.oid) {
                if try other.contains(pointer.oid) {
                    try other.copy([pointer], to: store)
                } else {
                    failures.append((pointer.oid, "the remote does not have it"))
                }
            }
            return failures
        case .unreachable(let reason): return pointers.map { ($0.oid, reason) }
        }
    }

    /// Fetches the content of every large file in the history of commits that is not at hand.
    ///
    /// - Returns: what the other side does not have either, with its reason.
    public func fetchAll(behind commits: [ObjectID]) throws -> [(oid: Hash256, reason: String)] {
        try fetch(LargeFileConnection.pointers(repository, commits, excluding: []))
    }

    /// The pointers in the trees of commits and their ancestors, but for those of excluded commits.
    static func pointers(
        _ repository: Repository, _ commits: [ObjectID], excluding excluded: [ObjectID]
    ) throws -> [Pointer] {
        try found(repository, commits, excluding: excluded).map(\.pointer)
    }

    private static func found(
        _ repository: Repository, _ commits: [ObjectID], excluding excluded: [ObjectID]
    ) throws -> [PointerScan.Found] {
        var scan = PointerScan(repository.objects)
        var walk = RevisionWalk(repository, options: .init())
        var hasStart = false
        for commit in commits {
            guard let id = try? repository.objects.peel(commit, to: .commit) else { continue }
            try walk.include(id)
            hasStart = true
        }
        guard hasStart else { return [] }
        for commit in excluded where repository.objects.contains(commit) {
            guard let id = try? repository.objects.peel(commit, to: .commit) else { continue }
            try walk.exclude(id)
        }
        var found: [PointerScan.Found] = []
        // What a parent's tree holds is found at the parent, or the other side has it.
        while let entry = try walk.next() {
            let parents = try entry.parents.filter { repository.objects.contains($0) }.map {
                try repository.objects.commit($0).tree
            }
            found += try scan.pointers(inTree: entry.tree, unlike: parents)
        }
        return found
    }
}

extension LargeFileStore {
    /// Copies content to another store on this machine: records as they are, with what they are coded against.
    ///
    /// - Throws: ``ChunkStoreError/missingContent(_:)`` where it is neither here nor there.
    public func copy(_ pointers: [Pointer], to other: LargeFileStore) throws(ChunkStoreError) {
        var manifests: [Manifest] = []
        for pointer in pointers where pointer.size > 0 {
            if try other.contains(pointer.oid) { continue }
            if let manifest = try chunks.manifest(pointer.oid) {
                manifests.append(manifest)
                continue
            }
            let path = lfsPath(pointer.oid)
            guard try onFiles({ () throws(FileError) in try FileStatus.of(path) }) != nil else {
                throw .missingContent(pointer.oid)
            }
            let added = try other.add([.init(path: path, previous: nil)])
            guard added.first?.oid == pointer.oid else { throw .damagedManifest(pointer.oid, offset: 0) }
        }
        let keys = try other.chunks.missing(try chunks.closure(manifests.flatMap { $0.chunks.map(\.hash) }))
        for start in stride(from: 0, to: keys.count, by: 1024) {
            let part = Array(keys[start..<min(start + 1024, keys.count)])
            try other.chunks.receive(packs: [try chunks.pack(of: part)])
        }
        let writer = other.chunks.beginWriting()
        for manifest in manifests {
            guard case .stored = try other.receive(manifest: manifest.encoded, oid: manifest.oid, writer) else {
                throw .damagedManifest(manifest.oid, offset: 0)
            }
        }
        try writer.finish()
    }
}
