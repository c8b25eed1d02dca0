public import Bytes
internal import GitObjects

/// Reads the answer to a fetch of versions 0 and 1, packet by packet.
public struct PlainFetchReader: Sendable {
    private enum State: Hashable { case shallow, acknowledgments, pack, finished }

    private var state: State
    private let algorithm: HashAlgorithm
    private let isDone: Bool

    /// Starts. `expectsShallow`: the request cut the history, so that an answer to that comes first. `isDone`: the request
    /// ended with `done`, so that a pack follows.
    public init(algorithm: HashAlgorithm, expectsShallow: Bool, isDone: Bool) {
        self.algorithm = algorithm
        self.isDone = isDone
        state = expectsShallow ? .shallow : .acknowledgments
    }

    /// Whether the answer is complete.
    public var isFinished: Bool { state == .finished }

    /// Takes a packet.
    ///
    /// - Throws: ``ProtocolError`` where it does not belong.
    public mutating func take(_ packet: PktLine) throws(ProtocolError) -> FetchEvent? {
        switch (state, packet) {
        case (.shallow, .flush):
            state = .acknowledgments
            return nil
        case (.shallow, .data):
            let line = packet.line ?? []
            if line.starts(with: Array("shallow ".utf8)) { return .shallow(try id(line.dropFirst(8), line)) }
            guard line.starts(with: Array("unshallow ".utf8)) else {
                throw .unexpectedLine(line, expected: "'shallow' or 'unshallow'")
            }
            return .unshallow(try id(line.dropFirst(10), line))
        case (.acknowledgments, .data): return try takeAcknowledgment(packet.line ?? [])
        case (.pack, .flush):
            state = .finished
            return nil
        case (.pack, .data(let payload)):
            let (band, bytes) = try Sideband.decode(payload)
            switch band {
            case .data: return bytes.isEmpty ? nil : .pack(bytes)
            case .progress: return bytes.isEmpty ? nil : .progress(bytes)
            case .error: throw .remote(ProtocolError.printable(bytes, limit: 4096))
            }
        default: throw .unexpectedPacket(packet.name, expected: "an answer to a fetch")
        }
    }

    private mutating func takeAcknowledgment(_ line: ArraySlice<UInt8>) throws(ProtocolError) -> FetchEvent? {
        if line.elementsEqual("NAK".utf8) {
            // One round ends with it, and so do the acknowledgments before a pack.
            state = isDone ? .pack : .finished
            return nil
        }
        guard line.starts(with: Array("ACK ".utf8)) else { throw .unexpectedLine(line, expected: "'ACK' or 'NAK'") }
        let fields = line.dropFirst(4).split(separator: UInt8(ascii: " "))
        guard let first = fields.first else { throw .unexpectedLine(line, expected: "'ACK' and an object id") }
        let common = try id(first, line)
        guard fields.count > 1 else {
            // An acknowledgment without a word is the last.
            state = isDone ? .pack : .finished
            return .common(common)
        }
        return fields[1].elementsEqual("ready".utf8) ? .ready : .common(common)
    }

    private func id(_ digits: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>) throws(ProtocolError) -> ObjectID {
        guard let id = ObjectID(hex: digits, algorithm: algorithm) else {
            throw .unexpectedLine(line, expected: "an object id")
        }
        return id
    }
}
