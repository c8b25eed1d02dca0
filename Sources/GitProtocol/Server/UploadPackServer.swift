internal import Bytes

/// Gives objects to whoever fetches or clones: the other side of `git fetch`, in versions 0, 1 and 2.
///
/// Knows no sockets: it takes requests from a ``ByteSource`` and answers to a ``ByteSink``, and waits where they wait. Over
/// HTTP each request is a call of its own (`isStateless`), over ssh one call serves the connection.
public struct UploadPackServer: Sendable {
    /// What may be left out.
    public struct Options: Sendable {
        /// What the server calls itself: `nacre/1.0`.
        public var agent: String
        /// Whether objects may be left out (`uploadpack.allowFilter`).
        public var allowsFilter = true
        /// Whether refs may be wanted by name (`uploadpack.allowRefInWant`).
        public var allowsRefInWant = true
        /// Whether `object-info` is answered (`transfer.advertiseObjectInfo`).
        public var allowsObjectInfo = true
        /// Whether the whole answer may be in side-band packets (`uploadpack.advertiseSidebandAll`).
        public var allowsSidebandAll = true
        /// Bundles to offer before a clone, as `bundle.<key>=<value>` lines; none are offered where it is empty.
        public var bundles: [String] = []
        /// How many threads look for deltas.
        public var workers = 1
        /// After how long a silence an empty packet is sent (`uploadpack.keepAlive`); nil for never.
        public var keepAlive: Duration? = .seconds(5)
        /// The longest request, in bytes, that is taken.
        public var requestLimit = 256 << 20

        /// All that is not configured away.
        public init(agent: String) { self.agent = agent }
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

    /// What is said first. `service` is put in front where it is sent over HTTP (versions 0 and 1; version 2 needs none).
    ///
    /// - Throws: what reading the refs throws.
    public func advertisement(version: ProtocolVersion, overHTTP: Bool) throws -> [UInt8] {
        if version == .v2 {
            return RefAdvertisement(version: .v2, capabilities: commandCapabilities).encoded()
        }
        let refs = try repository.advertisedRefs(peeled: true)
        let advertisement = RefAdvertisement(
            version: version, capabilities: plainCapabilities(refs), refs: refs,
            shallow: try repository.shallowCommits().sorted())
        return advertisement.encoded(service: overHTTP ? .uploadPack : nil)
    }

    /// What version 2 offers.
    private var commandCapabilities: CapabilityList {
        var fetch = "shallow wait-for-done"
        if options.allowsFilter { fetch += " filter" }
        if options.allowsRefInWant { fetch += " ref-in-want" }
        if options.allowsSidebandAll { fetch += " sideband-all" }
        var words = [
            "agent=\(options.agent)", "ls-refs=unborn", "fetch=\(fetch)", "server-option",
            "object-format=\(repository.algorithm.name)",
        ]
        if options.allowsObjectInfo { words.append("object-info") }
        if !options.bundles.isEmpty { words.append("bundle-uri") }
        return CapabilityList(words)
    }

    /// What versions 0 and 1 offer.
    private func plainCapabilities(_ refs: [AdvertisedRef]) -> CapabilityList {
        var words = [
            "multi_ack", "thin-pack", "side-band", "side-band-64k", "ofs-delta", "shallow", "deepen-since",
            "deepen-not",
            "deepen-relative", "no-progress", "include-tag", "multi_ack_detailed", "no-done", "allow-tip-sha1-in-want",
            "allow-reachable-sha1-in-want",
        ]
        for ref in refs.prefix(1) {
            guard let target = ref.symbolicTarget else { continue }
            words.append("symref=\(ref.text):\(String(decoding: target, as: UTF8.self))")
        }
        if options.allowsFilter { words.append("filter") }
        words += ["object-format=\(repository.algorithm.name)", "agent=\(options.agent)"]
        return CapabilityList(words)
    }

    /// Answers requests until the client has no more, or one request where `isStateless`.
    ///
    /// Where a request is wrong, the client is told so in the protocol's words before the error is thrown.
    ///
    /// - Throws: ``ProtocolError`` for a request that is wrong, what reading the repository throws, and what the source
    ///   and the sink throw.
    public func serve(
        version: ProtocolVersion, isStateless: Bool, from source: @escaping ByteSource, to sink: @escaping ByteSink
    ) throws {
        var taken = 0
        let limit = options.requestLimit
        var input = PktLineInput {
            let bytes = try source()
            taken += bytes.count
            guard taken <= limit || !isStateless else {
                throw ProtocolError.tooLarge("request in bytes", limit: limit)
            }
            return bytes
        }
        let session = UploadPackSession(self, sink)
        do {
            if version == .v2 {
                while let request = try CommandRequest.read(from: &input) {
                    try session.answer(request)
                    if isStateless { return }
                }
            } else {
                try session.servePlain(&input, isStateless: isStateless)
            }
        } catch let error {
            session.report(error)
            throw error
        }
    }
}
