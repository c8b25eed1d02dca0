internal import Bytes
public import GitObjects
public import GitRefs
public import GitStorage
public import SystemPackage

/// Takes objects and moves refs: the other side of `git push`.
///
/// New objects stand in a quarantine directory until they were checked and all that is asked before refs move has said
/// yes; a push that fails leaves nothing behind but, where the process is killed, that directory.
public struct ReceivePackServer: Sendable {
    /// What may be left out.
    public struct Options: Sendable {
        /// What the server calls itself.
        public var agent: String
        /// Who signs the reflog.
        public var committer: Signature
        /// Whether all updates of a push may be asked to be made together.
        public var allowsAtomic = true
        /// Whether push options are taken (`receive.advertisePushOptions`).
        public var allowsPushOptions = true
        /// Makes what checks the content of a push's objects (`receive.fsckObjects`); nil: nothing does.
        public var makeChecker: (@Sendable () -> ObjectChecker)?
        /// Whether refs may only move forward (`receive.denyNonFastForwards`).
        public var deniesNonFastForwards = false
        /// Whether refs may not be deleted (`receive.denyDeletes`).
        public var deniesDeletes = false
        /// Whether the branch of `HEAD` may not be deleted (`receive.denyDeleteCurrent`).
        public var deniesDeletingCurrent = true
        /// The branches that a work tree has checked out, which a push would leave behind (`receive.denyCurrentBranch`).
        public var checkedOutBranches: Set<RefName> = []
        /// The longest pack, in bytes, that is taken; 0 for any (`receive.maxInputSize`).
        public var packLimit = 0
        /// Where signed pushes are taken: makes and checks what clients sign (`receive.certNonceSeed`).
        public var nonce: PushNonce?
        /// Checks the signature of a push certificate.
        public var checkCertificate: @Sendable (PushCertificate) throws -> PushCertificateCheck = { _ in
            PushCertificateCheck(status: "N")
        }
        /// What is asked and told on the way.
        public var hooks = Hooks()

        /// Git's defaults for a bare repository.
        public init(agent: String, committer: Signature) {
            self.agent = agent
            self.committer = committer
        }
    }

    /// What is asked before refs move, and told when they have.
    public struct Hooks: Sendable {
        /// Asked once, when the objects were checked: why the whole push is refused, or nil.
        public var admit: @Sendable (_ push: ReceivedPush) throws -> String? = { _ in nil }
        /// Asked for each update: why it is refused, or nil.
        public var admitUpdate: @Sendable (_ update: RefUpdate, _ push: ReceivedPush) throws -> String? = { _, _ in nil
        }
        /// Told which updates were made.
        public var updated: @Sendable (_ updates: [RefUpdate], _ push: ReceivedPush) -> Void = { _, _ in }

        /// All that is checked anyway is enough.
        public init() {}
    }

    /// The repository.
    public let repository: ServedRepository
    /// The options.
    public let options: Options

    /// Serves a repository.
    public init(_ repository: ServedRepository, options: Options) {
        self.repository = repository
        self.options = options
    }

    /// What is said first.
    ///
    /// - Throws: what reading the refs throws.
    public func advertisement(version: ProtocolVersion, overHTTP: Bool) throws -> [UInt8] {
        var words = ["report-status", "report-status-v2", "delete-refs", "side-band-64k", "quiet"]
        if options.allowsAtomic { words.append("atomic") }
        words.append("ofs-delta")
        if options.allowsPushOptions { words.append("push-options") }
        if let nonce = options.nonce { words.append("push-cert=\(nonce.current)") }
        words += ["object-format=\(repository.algorithm.name)", "agent=\(options.agent)"]
        // A push names refs, and HEAD is none of them.
        let refs = try repository.advertisedRefs(peeled: false).filter { $0.name != RefName.head.bytes }
        let advertisement = RefAdvertisement(
            version: min(version, .v1), capabilities: CapabilityList(words), refs: refs,
            shallow: try repository.shallowCommits().sorted())
        return advertisement.encoded(service: overHTTP ? .receivePack : nil)
    }

    /// Takes one push: reads it to its end, makes its updates, and reports.
    ///
    /// - Throws: ``ProtocolError`` where the request cannot be understood (the client was told), and what the source and
    ///   the sink throw. What goes wrong with the pack or a ref is reported to the client and not thrown.
    /// - Returns: the updates that were made.
    @discardableResult
    public func serve(from source: @escaping ByteSource, to sink: @escaping ByteSink) throws -> [RefUpdate] {
        var input = PktLineInput(source)
        let request: PushRequest
        do {
            guard let read = try PushRequest.read(from: &input, algorithm: repository.algorithm) else { return [] }
            guard read.certificate == nil || options.nonce != nil else {
                throw ProtocolError.unsupported("signed pushes")
            }
            request = read
        } catch let error as ProtocolError {
            var packets = PktLineWriter()
            packets.write("ERR receive-pack: \(error.clientMessage)")
            try sink(packets.bytes)
            throw error
        }
        let session = ReceivePackSession(self, request, sink)
        return try session.run(&input)
    }
}

/// A push whose objects have arrived and whose refs have not moved yet.
public struct ReceivedPush: Sendable {
    /// What is asked for.
    public let updates: [RefUpdate]
    /// The push options.
    public let options: [String]
    /// The new objects and all others.
    public let objects: ObjectDatabase
    /// Where the new objects stand (`GIT_QUARANTINE_PATH`); nil where there are none.
    public let quarantine: FilePath?
    /// The push certificate, where the push is signed.
    public let certificate: SignedPush?
    /// Shows a person text at once, where the client can.
    public let message: @Sendable (_ text: String) -> Void
}

/// A push certificate and what was found of it.
public struct SignedPush: Sendable {
    /// The certificate.
    public let certificate: PushCertificate
    /// The blob that holds it (`GIT_PUSH_CERT`).
    public let id: ObjectID
    /// What its signature is worth.
    public let check: PushCertificateCheck
    /// What its nonce is worth, and how many seconds ago it was made.
    public let nonce: (status: PushNonce.Status, age: Int64)

    /// What hooks are told of it, as Git tells them.
    public var variables: [(name: String, value: String)] {
        var variables = [
            ("GIT_PUSH_CERT", id.hex), ("GIT_PUSH_CERT_SIGNER", check.signer), ("GIT_PUSH_CERT_KEY", check.key),
            ("GIT_PUSH_CERT_STATUS", String(check.status)), ("GIT_PUSH_CERT_NONCE", certificate.nonce ?? ""),
            ("GIT_PUSH_CERT_NONCE_STATUS", nonce.status.rawValue),
        ]
        if nonce.status == .slop { variables.append(("GIT_PUSH_CERT_NONCE_SLOP", "\(nonce.age)")) }
        return variables
    }
}
