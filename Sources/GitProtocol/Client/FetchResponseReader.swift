public import Bytes
internal import GitObjects

/// Reads the answer to version 2's `fetch`, packet by packet.
public struct FetchResponseReader: Sendable {
    private enum State: Hashable {
        case header, acknowledgments, shallowInfo, wantedRefs, packURIs, pack, finished
    }

    private var state = State.header
    private let algorithm: HashAlgorithm
    private let isSidebandAll: Bool

    /// Starts; `sidebandAll` says whether the request had `sideband-all`.
    public init(algorithm: HashAlgorithm, sidebandAll: Bool) {
        self.algorithm = algorithm
        isSidebandAll = sidebandAll
    }

    /// Whether the answer is complete.
    public var isFinished: Bool { state == .finished }

    /// Whether the pack has begun: what is not finished then was cut.
    public private(set) var hasPack = false

    /// Takes a packet.
    ///
    /// - Throws: ``ProtocolError`` where it does not belong; ``ProtocolError/remote(_:)`` for the server's error.
    public mutating func take(_ packet: PktLine) throws(ProtocolError) -> FetchEvent? {
        switch packet {
        case .flush:
            state = .finished
            return nil
        case .delimiter:
            guard state != .header, state != .pack else {
                throw .unexpectedPacket(packet.name, expected: "a section of the answer")
            }
            state = .header
            return nil
        case .responseEnd: throw .unexpectedPacket(packet.name, expected: "a section of the answer")
        case .data(let payload): return try takeData(payload)
        }
    }

    private mutating func takeData(_ payload: [UInt8]) throws(ProtocolError) -> FetchEvent? {
        if state == .pack || isSidebandAll {
            let (band, bytes) = try Sideband.decode(payload)
            switch band {
            case .progress: return bytes.isEmpty ? nil : .progress(bytes)
            case .error: throw .remote(ProtocolError.printable(FetchResponseReader.trimmed(bytes), limit: 4096))
            case .data:
                if state == .pack { return bytes.isEmpty ? nil : .pack(bytes) }
                return try takeLine(FetchResponseReader.trimmed(bytes))
            }
        }
        return try takeLine(FetchResponseReader.trimmed(payload[...]))
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes
    }

    private mutating func takeLine(_ line: ArraySlice<UInt8>) throws(ProtocolError) -> FetchEvent? {
        if line.starts(with: Array("ERR ".utf8)) {
            throw .remote(ProtocolError.printable(line.dropFirst(4), limit: 4096))
        }
        let text = String(decoding: line, as: UTF8.self)
        switch state {
        case .header:
            try takeHeader(text)
            return nil
        case .acknowledgments:
            if text == "NAK" { return nil }
            if text == "ready" { return .ready }
            return .common(try id(line, after: "ACK "))
        case .shallowInfo:
            if text.hasPrefix("shallow ") { return .shallow(try id(line, after: "shallow ")) }
            return .unshallow(try id(line, after: "unshallow "))
        case .wantedRefs:
            let digits = algorithm.hexCount
            guard line.count > digits + 1, let id = ObjectID(hex: line.prefix(digits), algorithm: algorithm) else {
                throw .unexpectedLine(line, expected: "an object id and a ref")
            }
            return .wantedRef(id, Array(line.dropFirst(digits + 1)))
        case .packURIs: throw .unsupported("answers without packfile-uris, which were not asked for")
        case .pack, .finished: throw .unexpectedLine(line, expected: "nothing")
        }
    }

    private mutating func takeHeader(_ text: String) throws(ProtocolError) {
        switch text {
        case "acknowledgments": state = .acknowledgments
        case "shallow-info": state = .shallowInfo
        case "wanted-refs": state = .wantedRefs
        case "packfile-uris": state = .packURIs
        case "packfile":
            state = .pack
            hasPack = true
        default: throw .unexpectedLine(Array(text.utf8), expected: "a section of the answer")
        }
    }

    private func id(_ line: ArraySlice<UInt8>, after word: String) throws(ProtocolError) -> ObjectID {
        guard line.starts(with: Array(word.utf8)),
            let id = ObjectID(hex: line.dropFirst(word.utf8.count), algorithm: algorithm)
        else { throw .unexpectedLine(line, expected: "'\(word)' and an object id") }
        return id
    }
}
