internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
public import GitStorage
internal import GitTransport
internal import SystemPackage

/// One fetch from one remote.
public struct FetchOperation {
    let repository: Repository
    let remote: Remote
    let options: FetchOptions
    let access: RemoteAccess
    /// Is given what the server says to a person.
    public var progress: (ArraySlice<UInt8>) throws -> Void = { _ in }
    /// Is told how far receiving the pack is.
    public var receiving: (@Sendable (PackIndexer.Progress) -> Void)?

    /// Prepares a fetch; nothing is asked yet.
    public init(_ repository: Repository, from remote: Remote, _ options: FetchOptions, _ access: RemoteAccess) {
        self.repository = repository
        self.remote = remote
        self.options = options
        self.access = access
    }

    /// Fetches: asks for the refs, takes the objects, moves the refs, writes `FETCH_HEAD`.
    ///
    /// - Throws: ``TransportError``, ``ProtocolError``, ``HTTPError`` and errors of the lower layers; no ref was moved
    ///   then. Refs that could not be moved are in the report.
    public func run() throws -> FetchReport {
        let connection = try access.connect(to: remote.urls[0], repository.config, remote: remote)
        defer { connection.close() }
        let client = try FetchClient(connection, agent: access.agent, version: access.version(repository.config))
        guard client.algorithm == repository.algorithm else {
            throw TransportError.objectFormat(ours: repository.algorithm.name, theirs: client.algorithm.name)
        }
        let tags = options.tags ?? remote.tags
        let specs = options.refspecs.isEmpty ? remote.fetchSpecs : options.refspecs
        let refs = try client.refs(
            prefixes: FetchMap.prefixes(
                specs + (options.refspecs.isEmpty ? mergeSpecs : []), tags: tags, includesHead: specs.isEmpty))
        var report = FetchReport(url: FetchOperation.shown(connection.displayURL))
        report.remoteRefs = refs
        var map = try map(refs, tags)
        try checkCurrentBranch(map)
        try bring(client, map.items.map(\.id), refs)
        if map.followsTags && tags == .automatic {
            try followTags(client, refs, &map)
        }
        if options.prunes ?? remote.prunes { try prune(refs, tags, &report) }
        report.unstored = map.items.filter { $0.destination == nil }.map(\.name)
        try store(map, &report)
        return report
    }

    /// The address as Git shows it: without a slash or `.git` at its end.
    static func shown(_ url: String) -> String {
        var text = url
        while text.hasSuffix("/") { text.removeLast() }
        return text.count > 5 && text.hasSuffix(".git") ? String(text.dropLast(4)) : text
    }

    private var mergeSpecs: [Refspec] { options.mergeRefs.compactMap { try? Refspec($0, forPush: false) } }

    private func map(_ refs: [AdvertisedRef], _ tags: Remote.TagMode) throws -> FetchMap {
        var map = FetchMap(refs)
        if !options.refspecs.isEmpty {
            for spec in options.refspecs {
                try map.add(spec, mark: .merge)
                if spec.destination != nil { map.followsTags = true }
            }
            map.exclude(options.refspecs)
            if tags == .all { map.addTags { _ in true } }
            map.addTracking(options.refmap ?? remote.fetchSpecs)
            return map
        }
        for (index, spec) in remote.fetchSpecs.enumerated() {
            try map.add(spec, mark: .notForMerge)
            if spec.destination != nil { map.followsTags = true }
            if index == 0 && options.mergeRefs.isEmpty && !spec.isPattern { map.markFirst() }
        }
        map.mark(merging: options.mergeRefs)
        for name in options.mergeRefs where !map.items.contains(where: { $0.name.string == name && $0.mark == .merge })
        {
            if let spec = try? Refspec(name, forPush: false) { try map.add(spec, mark: .merge, isOptional: true) }
        }
        if remote.fetchSpecs.isEmpty {
            try map.add(Refspec("HEAD", forPush: false), mark: .merge)
        }
        map.exclude(remote.fetchSpecs)
        if tags == .all { map.addTags { _ in true } }
        return map
    }

    /// Refuses to move the branch that the work tree stands on.
    private func checkCurrentBranch(_ map: FetchMap) throws {
        guard !options.updatesHead, !repository.isBare, case .symbolic(let branch)? = try repository.refs.read(.head)
        else { return }
        for item in map.items where item.destination == branch {
            throw RepositoryError(
                .conflict,
                "refusing to fetch into branch '\(branch)' checked out at '\(repository.workTree?.string ?? "")'",
                subject: branch.string)
        }
    }

    func followTags(_ client: FetchClient, _ refs: [AdvertisedRef], _ map: inout FetchMap) throws {
        let fetched = Set(map.items.map(\.id))
        var missing: [ObjectID] = []
        let objects = repository.objects
        let here = Set(try repository.refs.list(prefix: "refs/tags/").map(\.name))
        map.addTags { ref in
            guard let id = ref.id, !here.contains(RefName(unchecked: ref.name)) else { return false }
            let target = ref.peeled ?? id
            guard objects.contains(target) || fetched.contains(target) || (options.isDryRun && fetched.contains(id))
            else {
                return false
            }
            if !objects.contains(id) { missing.append(id) }
            return true
        }
        if !missing.isEmpty { try bring(client, missing, refs) }
    }
}
