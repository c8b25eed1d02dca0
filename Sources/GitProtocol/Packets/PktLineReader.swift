internal import Bytes

/// Cuts a byte stream into packets as it arrives: give it pieces of any size, take packets until it wants more.
///
/// Holds what was given and not yet taken, which is less than one packet (65,520 bytes) and one piece.
public struct PktLineReader: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    /// How many bytes of the stream were taken as packets.
    public private(set) var offset = 0

    /// A reader at the beginning of a stream.
    public init() {}

    /// Adds the next piece of the stream.
    public mutating func append(_ bytes: RawSpan) {
        discardTaken()
        unsafe bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }

    /// Adds the next piece of the stream.
    public mutating func append(_ bytes: [UInt8]) {
        discardTaken()
        if buffer.isEmpty { buffer = bytes } else { buffer.append(contentsOf: bytes) }
    }

    private mutating func discardTaken() {
        guard start > 0 else { return }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
        } else {
            buffer.removeSubrange(..<start)
        }
        start = 0
    }

    /// How many bytes were given and not yet taken.
    public var pendingCount: Int { buffer.count - start }

    /// Whether everything given was taken: a stream may end here, and nowhere else.
    public var isEmpty: Bool { start == buffer.count }

    /// The next packet, or nil where more of the stream is needed.
    ///
    /// - Throws: ``ProtocolError/badLengthCharacters(_:offset:)`` and ``ProtocolError/badLength(_:offset:)``; the reader
    ///   stays where it is.
    public mutating func next() throws(ProtocolError) -> PktLine? {
        guard pendingCount >= 4 else { return nil }
        var length = 0
        for index in start..<start + 4 {
            guard let digit = Hex.value(buffer[index]) else {
                throw .badLengthCharacters(Array(buffer[start..<start + 4]), offset: offset)
            }
            length = length << 4 | Int(digit)
        }
        switch length {
        case 0, 1, 2:
            advance(4)
            return length == 0 ? .flush : length == 1 ? .delimiter : .responseEnd
        case 4...PktLine.maximumLength:
            guard pendingCount >= length else { return nil }
            let payload = Array(buffer[(start + 4)..<(start + length)])
            advance(length)
            return .data(payload)
        default:
            throw .badLength(length, offset: offset)
        }
    }

    private mutating func advance(_ count: Int) {
        start += count
        offset += count
    }

    /// Takes everything that is left as bytes: what follows the packets of a push is a pack without packets around it.
    public mutating func takeRemainder() -> [UInt8] {
        defer {
            offset += pendingCount
            buffer = []
            start = 0
        }
        return start == 0 ? buffer : Array(buffer[start...])
    }
}
