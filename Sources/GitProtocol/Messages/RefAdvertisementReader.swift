internal import Bytes
internal import GitObjects

/// Reads what a server says first, packet by packet.
public struct RefAdvertisementReader: Sendable {
    /// The most refs that are taken.
    public static let refLimit = 10_000_000

    private enum State { case start, serviceFlush, version, capabilities, refs, finished }

    private var state = State.start
    private let service: Service
    private var result = RefAdvertisement(version: .v0, capabilities: CapabilityList())
    private var algorithm = HashAlgorithm.sha1
    private var isFirstRef = true

    /// Starts; `service` is the one that was asked for.
    public init(service: Service) { self.service = service }

    /// The advertisement, once it is complete.
    public var finished: RefAdvertisement? { state == .finished ? result : nil }

    /// Whether the other side has said nothing yet.
    public var isAtStart: Bool { state == .start }

    /// Takes a packet.
    ///
    /// - Throws: ``ProtocolError`` where it does not belong; ``ProtocolError/remote(_:)`` for an `ERR` packet.
    public mutating func take(_ packet: PktLine) throws(ProtocolError) {
        if let line = packet.line, line.starts(with: Array("ERR ".utf8)) {
            throw .remote(ProtocolError.printable(line.dropFirst(4), limit: 4096))
        }
        switch (state, packet) {
        case (.start, .data): try takeFirst(packet.line ?? [])
        case (.serviceFlush, .flush): state = .version
        case (.version, .data): try takeVersion(packet.line ?? [])
        case (.version, .flush), (.refs, .flush), (.capabilities, .flush): state = .finished
        case (.capabilities, .data):
            result.capabilities.append(String(decoding: packet.line ?? [], as: UTF8.self))
        case (.refs, .data): try takeRef(packet.line ?? [])
        default: throw .unexpectedPacket(packet.name, expected: "refs or capabilities")
        }
    }

    private mutating func takeFirst(_ line: ArraySlice<UInt8>) throws(ProtocolError) {
        if line.elementsEqual("# service=\(service.rawValue)".utf8) {
            state = .serviceFlush
        } else {
            try takeVersion(line)
        }
    }

    private mutating func takeVersion(_ line: ArraySlice<UInt8>) throws(ProtocolError) {
        if line.elementsEqual("version 2".utf8) {
            result.version = .v2
            state = .capabilities
        } else if line.elementsEqual("version 1".utf8) {
            result.version = .v1
            state = .refs
        } else {
            state = .refs
            try takeRef(line)
        }
    }

    private mutating func takeRef(_ line: ArraySlice<UInt8>) throws(ProtocolError) {
        var line = line
        if isFirstRef {
            isFirstRef = false
            if let end = line.firstIndex(of: 0) {
                result.capabilities = CapabilityList(parsing: line[(end + 1)...])
                algorithm = try result.algorithm()
                line = line[..<end]
            }
        }
        if line.starts(with: Array("shallow ".utf8)) {
            guard let id = ObjectID(hex: line.dropFirst(8), algorithm: algorithm) else {
                throw .unexpectedLine(line, expected: "'shallow' and an object id")
            }
            result.shallow.append(id)
            return
        }
        let digits = algorithm.hexCount
        guard line.count > digits + 1, line[line.startIndex + digits] == UInt8(ascii: " "),
            let id = ObjectID(hex: line.prefix(digits), algorithm: algorithm)
        else { throw .unexpectedLine(line, expected: "an object id and a ref") }
        guard result.refs.count < RefAdvertisementReader.refLimit else {
            throw .tooLarge("number of refs", limit: RefAdvertisementReader.refLimit)
        }
        add(Array(line.dropFirst(digits + 1)), id)
    }

    private mutating func add(_ name: [UInt8], _ id: ObjectID) {
        if name.elementsEqual("capabilities^{}".utf8) { return }
        if name.elementsEqual(".have".utf8) {
            result.extraHaves.append(id)
            return
        }
        if name.count > 3, name.suffix(3).elementsEqual("^{}".utf8) {
            if let last = result.refs.indices.last, result.refs[last].name.elementsEqual(name.dropLast(3)) {
                result.refs[last].peeled = id
            }
            return
        }
        var ref = AdvertisedRef(name: name, id: id)
        let prefix = String(decoding: name, as: UTF8.self) + ":"
        if let target = result.capabilities.values("symref").first(where: { $0.hasPrefix(prefix) }) {
            ref.symbolicTarget = Array(target.utf8.dropFirst(prefix.utf8.count))
        }
        result.refs.append(ref)
    }
}
