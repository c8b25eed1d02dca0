/// Packets being put together.
public struct PktLineWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init() {}

    /// The four digits of a packet whose payload has `count` bytes.
    static func header(payload count: Int) -> [UInt8] {
        let length = count + 4
        return (0..<4).map { index in
            let digit = UInt8(length >> (12 - 4 * index) & 15)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    /// One packet; more than ``PktLine/maximumPayload`` bytes become several.
    public mutating func write(_ payload: some Collection<UInt8>) {
        var rest = payload[...]
        repeat {
            let piece = rest.prefix(PktLine.maximumPayload)
            bytes.append(contentsOf: PktLineWriter.header(payload: piece.count))
            bytes.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
    }

    /// One packet of text, as it is: lines are given with their newline.
    public mutating func write(_ text: String) { write(text.utf8) }

    /// A packet or a mark.
    public mutating func write(_ packet: PktLine) {
        switch packet {
        case .data(let payload): write(payload)
        case .flush: writeFlush()
        case .delimiter: writeDelimiter()
        case .responseEnd: bytes.append(contentsOf: "0002".utf8)
        }
    }

    /// `0000`.
    public mutating func writeFlush() { bytes.append(contentsOf: "0000".utf8) }

    /// `0001`.
    public mutating func writeDelimiter() { bytes.append(contentsOf: "0001".utf8) }

    /// Bytes that are no packet: a pack after a push's commands.
    public mutating func writeRaw(_ raw: some Collection<UInt8>) { bytes.append(contentsOf: raw) }

    /// Takes what was written and starts anew.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
