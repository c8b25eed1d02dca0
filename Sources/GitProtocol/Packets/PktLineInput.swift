/// The next bytes of a stream, at least one; empty at its end. May wait.
public typealias ByteSource = () throws -> [UInt8]

/// Takes the next bytes of a stream. May wait until the other side took some.
public typealias ByteSink = (_ bytes: [UInt8]) throws -> Void

/// Packets taken from a source of bytes, waiting for it where need be.
public struct PktLineInput {
    private var reader = PktLineReader()
    private let source: ByteSource
    private var hasEnded = false

    /// Reads from a source.
    public init(_ source: @escaping ByteSource) { self.source = source }

    /// The next packet; nil at the stream's end.
    ///
    /// - Throws: ``ProtocolError``: ``ProtocolError/hungUp`` where the stream ends inside a packet; what the source throws.
    public mutating func next() throws -> PktLine? {
        while true {
            if let packet = try reader.next() { return packet }
            if hasEnded {
                guard reader.isEmpty else { throw ProtocolError.hungUp }
                return nil
            }
            let bytes = try source()
            if bytes.isEmpty { hasEnded = true } else { reader.append(bytes) }
        }
    }

    /// The lines up to a flush, which is taken, without their newlines; nil where the stream ends before the first.
    ///
    /// - Throws: ``ProtocolError``, also where there are more than `limit` lines.
    public mutating func lines(limit: Int) throws -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        while true {
            guard let packet = try next() else {
                guard lines.isEmpty else { throw ProtocolError.hungUp }
                return nil
            }
            switch packet {
            case .flush: return lines
            case .data:
                guard lines.count < limit else { throw ProtocolError.tooLarge("number of lines", limit: limit) }
                lines.append(Array(packet.line ?? []))
            case .delimiter, .responseEnd:
                throw ProtocolError.unexpectedPacket(packet.name, expected: "a line or flush packet")
            }
        }
    }

    /// Whether nothing more comes; waits for the next bytes.
    public mutating func isAtEnd() throws -> Bool {
        guard reader.isEmpty, !hasEnded else { return reader.isEmpty }
        let bytes = try source()
        if bytes.isEmpty { hasEnded = true } else { reader.append(bytes) }
        return bytes.isEmpty
    }

    /// Bytes that follow the packets: first what was read already, then the source's.
    public mutating func rawBytes() throws -> [UInt8] {
        if !reader.isEmpty { return reader.takeRemainder() }
        if hasEnded { return [] }
        let bytes = try source()
        hasEnded = bytes.isEmpty
        return bytes
    }
}
