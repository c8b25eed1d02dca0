public import Bytes
public import GitObjects
public import GitProtocol
public import SystemPackage

/// Pushes over a connection.
public final class PushClient {
    /// The connection.
    public let connection: any RemoteConnection
    /// What the server said first: its refs and what it can do.
    public let advertisement: RefAdvertisement
    /// How the server names objects.
    public let algorithm: HashAlgorithm
    private let agent: String

    /// What to ask for besides the updates.
    public struct Options {
        /// All updates or none.
        public var isAtomic = false
        /// Push options.
        public var pushOptions: [String] = []
        /// Whether the server is to keep quiet.
        public var isQuiet = false
        /// Whether and how the push is signed.
        public var signing: Signing?
        /// Commits at which the history here is cut.
        public var shallow: [ObjectID] = []

        /// None of it.
        public init() {}
    }

    /// How a push is signed.
    public struct Signing {
        /// The key's name with the time and its zone, as the certificate shows them.
        public var pusher: String
        /// Signs the certificate; gives the armoured signature.
        public var sign: ([UInt8]) throws -> [UInt8]

        /// Signs by a closure.
        public init(pusher: String, sign: @escaping ([UInt8]) throws -> [UInt8]) {
            self.pusher = pusher
            self.sign = sign
        }
    }

    /// Connects.
    ///
    /// - Throws: what the connection throws.
    public init(_ connection: any RemoteConnection, agent: String) throws {
        self.connection = connection
        self.agent = agent
        advertisement = try connection.open(.receivePack, version: .v0)
        algorithm = try advertisement.algorithm()
    }

    /// Whether the server can do something.
    public func supports(_ capability: String) -> Bool { advertisement.capabilities.contains(capability) }

    /// Sends updates, and the pack that they need.
    ///
    /// - Parameters:
    ///   - pack: the pack's file and size; needed unless all updates delete.
    ///   - progress: is given what the server says to a person.
    /// - Returns: what became of the updates; a server that reports nothing is taken at its silence.
    /// - Throws: ``ProtocolError``, also where options are asked for that the server does not have; what the connection
    ///   throws.
    public func push(
        _ updates: [RefUpdate], pack: (path: FilePath, size: Int64)?, _ options: Options,
        progress: (ArraySlice<UInt8>) throws -> Void
    ) throws -> PushReport {
        let request = try request(updates, options)
        let body: RequestBody =
            if let pack, request.hasPack {
                .file(prefix: request.encoded, path: pack.path, size: pack.size)
            } else {
                .bytes(request.encoded)
            }
        let hasSideband = request.capabilities.contains("side-band-64k")
        let reports =
            request.capabilities.contains("report-status")
            || request.capabilities.contains("report-status-v2")
        var report: [UInt8] = []
        try connection.exchange(body) { packet in
            guard hasSideband else {
                var writer = PktLineWriter()
                writer.write(packet)
                report += writer.bytes
                return packet == .flush
            }
            guard case .data(let payload) = packet else { return packet == .flush }
            let (band, bytes) = try Sideband.decode(payload)
            switch band {
            case .data:
                guard report.count + bytes.count <= 256 << 20 else {
                    throw ProtocolError.tooLarge("report in bytes", limit: 256 << 20)
                }
                report += bytes
            case .progress: try progress(bytes)
            case .error: throw ProtocolError.remote(ProtocolError.printable(bytes, limit: 4096))
            }
            return false
        }
        guard reports else { return PushReport(results: updates.map { .init(name: $0.name) }) }
        return try PushReport(parsing: report, algorithm: algorithm)
    }

    private func request(_ updates: [RefUpdate], _ options: Options) throws -> PushRequest {
        var words: [String] = []
        if supports("report-status-v2") {
            words.append("report-status-v2")
        } else if supports("report-status") {
            words.append("report-status")
        }
        if supports("side-band-64k") { words.append("side-band-64k") }
        if options.isQuiet && supports("quiet") { words.append("quiet") }
        if options.isAtomic {
            guard supports("atomic") else { throw ProtocolError.unsupported("--atomic push") }
            words.append("atomic")
        }
        if !options.pushOptions.isEmpty {
            guard supports("push-options") else { throw ProtocolError.unsupported("push options") }
            words.append("push-options")
        }
        if updates.contains(where: \.isDeletion) && !supports("delete-refs") {
            throw ProtocolError.unsupported("deleting refs")
        }
        if supports("object-format") { words.append("object-format=\(algorithm.name)") }
        if supports("agent") { words.append("agent=\(agent)") }
        return PushRequest(
            updates: updates, capabilities: CapabilityList(words), options: options.pushOptions,
            shallow: options.shallow, certificate: try certificate(updates, options))
    }

    private func certificate(_ updates: [RefUpdate], _ options: Options) throws -> PushCertificate? {
        guard let signing = options.signing, let nonce = advertisement.capabilities.value("push-cert") else {
            return nil
        }
        var certificate = PushCertificate(
            pusher: signing.pusher, pushee: connection.displayURL, nonce: nonce, options: options.pushOptions,
            updates: updates)
        certificate.signature = try signing.sign(certificate.payload)
        if certificate.signature.last != UInt8(ascii: "\n") { certificate.signature.append(UInt8(ascii: "\n")) }
        return certificate
    }
}
