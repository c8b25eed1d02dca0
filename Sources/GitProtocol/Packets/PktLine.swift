/// One packet: four hexadecimal digits of length, which count themselves, and that many bytes; or one of three marks.
///
/// <https://git-scm.com/docs/protocol-common#_pkt_line_format>
public enum PktLine: Sendable, Hashable {
    /// Bytes; text lines usually end with a newline.
    case data([UInt8])
    /// `0000`: the end of a message or list.
    case flush
    /// `0001`: between sections (version 2).
    case delimiter
    /// `0002`: the end of an answer (version 2, over connections that stay open).
    case responseEnd

    /// The longest packet, its four digits included.
    public static let maximumLength = 65_520
    /// The most bytes that one packet carries.
    public static let maximumPayload = maximumLength - 4

    /// The payload without a newline at its end; nil for the three marks.
    public var line: ArraySlice<UInt8>? {
        guard case .data(let bytes) = self else { return nil }
        return bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    }

    /// What the packet is, for messages.
    var name: String {
        switch self {
        case .data(let bytes): "'\(ProtocolError.printable(bytes))'"
        case .flush: "flush packet"
        case .delimiter: "delimiter packet"
        case .responseEnd: "response end packet"
        }
    }
}
