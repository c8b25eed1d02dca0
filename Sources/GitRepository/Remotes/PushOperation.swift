internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
public import GitStorage
public import GitTransport
internal import SystemPackage

/// One push to one address.
public struct PushOperation {
    let repository: Repository
    let remote: Remote
    let url: String
    let options: PushOptions
    let access: RemoteAccess
    /// Is given what the server says to a person.
    public var progress: (ArraySlice<UInt8>) throws -> Void = { _ in }
    /// How the push is signed, where ``PushOptions/signing`` asks for it.
    public var signer: PushClient.Signing?
    /// Is told what the person should know and what does not end the push.
    public var warn: (String) -> Void = { _ in }
    /// Is told how far packing is.
    public var packing: (@Sendable (PackBuilder.Progress) -> Void)?
    /// Is called before anything is sent: `pre-push` hooks and the upload of large files belong here. Throwing ends the
    /// push with nothing changed.
    public var beforeRefUpdate: [(PendingPush) throws -> Void] = []

    /// Prepares a push to one of the remote's addresses; nothing is asked yet.
    public init(
        _ repository: Repository, to remote: Remote, url: String, _ options: PushOptions, _ access: RemoteAccess
    ) {
        self.repository = repository
        self.remote = remote
        self.url = url
        self.options = options
        self.access = access
    }

    /// Pushes: asks for the refs, decides what may be moved, sends it, notes here what was moved there.
    ///
    /// - Throws: ``TransportError``, ``ProtocolError``, ``HTTPError``, what ``beforeRefUpdate`` throws, and errors of the
    ///   lower layers. What became of the refs is in the outcome.
    public func run() throws -> PushOutcome {
        let connection = try access.connect(to: url, repository.config, remote: remote)
        defer { connection.close() }
        let client = try PushClient(connection, agent: access.agent)
        guard client.algorithm == repository.algorithm else {
            throw TransportError.objectFormat(ours: repository.algorithm.name, theirs: client.algorithm.name)
        }
        let signs = client.supports("push-cert")
        if let signing = options.signing, !signs {
            let reason = "the receiving end does not support --signed push"
            guard signing == .ifAsked else { throw RepositoryError(.invalid, reason) }
            warn("not sending a push certificate since " + reason)
        }
        let known = client.advertisement.refs.compactMap(\.id) + client.advertisement.extraHaves
        var outcome = PushOutcome(url: connection.displayURL, refs: try decide(client.advertisement))
        if options.isAtomic, outcome.refs.contains(where: { !$0.isSuccess }) {
            for index in outcome.refs.indices where outcome.refs[index].isSent {
                outcome.refs[index].status = .atomicFailed
                outcome.refs[index].isSent = false
            }
        }
        let pending = outcome.refs.filter(\.isSent)
        let announcement = PendingPush(remote: remote.name, url: url, refs: pending, known: known)
        for step in beforeRefUpdate { try step(announcement) }
        guard !options.isDryRun, !pending.isEmpty else { return outcome }
        try send(pending, client, known, &outcome)
        try noteTracking(outcome)
        return outcome
    }

    private func send(
        _ pending: [PushedRef], _ client: PushClient, _ known: [ObjectID], _ outcome: inout PushOutcome
    ) throws {
        let zero = ObjectID.zero(repository.algorithm)
        let updates = pending.map {
            RefUpdate(name: $0.item.destination.bytes, old: $0.old ?? zero, new: $0.item.id ?? zero)
        }
        var settings = PushClient.Options()
        settings.isAtomic = options.isAtomic
        settings.pushOptions = options.pushOptions
        settings.isQuiet = options.isQuiet
        if options.signing != nil { settings.signing = signer }
        let shallow = try ShallowFile.read(repository.commonDirectory, algorithm: repository.algorithm)
        settings.shallow = shallow.sorted()
        let report: PushReport
        if updates.contains(where: { !$0.isDeletion }) {
            let pack = try PushPack(
                repository.objects, wants: pending.compactMap(\.item.id), haves: known, cut: shallow,
                isThin: options.isThin && !client.supports("no-thin"), usesOffsets: client.supports("ofs-delta"),
                progress: packing)
            report = try client.push(updates, pack: (pack.path, pack.size), settings, progress: progress)
        } else {
            report = try client.push(updates, pack: nil, settings, progress: progress)
        }
        outcome.unpackFailure = report.unpackFailure
        for index in outcome.refs.indices where outcome.refs[index].isSent {
            let name = outcome.refs[index].item.destination.bytes
            guard let result = report.results.first(where: { $0.name == name }) else {
                outcome.refs[index].status = .unreported
                continue
            }
            if let failure = result.failure { outcome.refs[index].status = .remoteRejected(failure) }
        }
    }

    /// Moves the remote-tracking refs of what was moved there, as a fetch would.
    private func noteTracking(_ outcome: PushOutcome) throws {
        for ref in outcome.refs where ref.isSuccess {
            guard let tracking = remote.trackingRef(for: ref.item.destination) else { continue }
            var transaction = repository.refs.beginTransaction()
            if let id = ref.item.id {
                guard try repository.refs.resolve(tracking) != id else { continue }
                transaction.update(tracking, to: id, message: "update by push")
            } else {
                guard try repository.refs.read(tracking) != nil else { continue }
                transaction.delete(tracking, message: "update by push")
            }
            try transaction.commit(committer: access.committer)
        }
    }
}
