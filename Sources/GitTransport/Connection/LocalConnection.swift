public import GitProtocol

/// A repository on this machine, served by this process.
public final class LocalConnection: RemoteConnection {
    /// Whether each request says all again.
    public let isStateless = true
    /// The path as it was given.
    public let displayURL: String
    private let uploadPack: UploadPackServer
    private let receivePack: ReceivePackServer
    private var service = Service.uploadPack
    private var version = ProtocolVersion.v2

    /// Serves a repository; `displayURL` is the path as it was given.
    public init(displayURL: String, uploadPack: UploadPackServer, receivePack: ReceivePackServer) {
        self.displayURL = displayURL
        self.uploadPack = uploadPack
        self.receivePack = receivePack
    }

    /// What the repository says first.
    public func open(_ service: Service, version: ProtocolVersion) throws -> RefAdvertisement {
        self.service = service
        self.version = version
        let bytes =
            switch service {
            case .uploadPack: try uploadPack.advertisement(version: version, overHTTP: false)
            case .receivePack: try receivePack.advertisement(version: version, overHTTP: false)
            }
        return try AdvertisementParser.parse(bytes, service: service)
    }

    /// Answers a request.
    public func exchange(_ body: RequestBody, _ receive: (PktLine) throws -> Bool) throws {
        try withoutActuallyEscaping(receive) { receive in
            let answer = AnswerReader(receive)
            let source = try body.source()
            do {
                switch service {
                case .uploadPack:
                    try uploadPack.serve(version: version, isStateless: true, from: source, to: answer.take)
                case .receivePack:
                    try receivePack.serve(from: source, to: answer.take)
                }
            } catch {
                // What the server said of it comes first: it is what a distant server would have said.
                throw answer.failure ?? error
            }
            try answer.finish()
        }
    }

    /// Nothing is open.
    public func close() {}
}

/// Cuts an answer into packets and notes the first error of whoever takes them.
final class AnswerReader {
    private var reader = PktLineReader()
    private let receive: (PktLine) throws -> Bool
    private(set) var isFinished = false
    private(set) var failure: (any Error)?

    init(_ receive: @escaping (PktLine) throws -> Bool) { self.receive = receive }

    /// Takes bytes; what follows the last packet is left.
    func take(_ bytes: [UInt8]) throws {
        if let failure { throw failure }
        guard !isFinished else { return }
        do {
            reader.append(bytes)
            while !isFinished, let packet = try reader.next() {
                if let line = packet.line, line.starts(with: Array("ERR ".utf8)) {
                    throw ProtocolError.remote(ProtocolError.printable(line.dropFirst(4), limit: 4096))
                }
                isFinished = try receive(packet)
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// The stream is at its end.
    func finish() throws {
        if let failure { throw failure }
        guard isFinished else { throw ProtocolError.hungUp }
    }
}

/// Reads a whole advertisement.
enum AdvertisementParser {
    static func parse(_ bytes: [UInt8], service: Service) throws -> RefAdvertisement {
        var reader = PktLineReader()
        reader.append(bytes)
        var advertisement = RefAdvertisementReader(service: service)
        while let packet = try reader.next() {
            try advertisement.take(packet)
            if let finished = advertisement.finished { return finished }
        }
        throw advertisement.isAtStart ? ProtocolError.hungUpAtStart : ProtocolError.hungUp
    }
}
