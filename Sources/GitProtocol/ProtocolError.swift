/// What can be wrong with what the other side said.
public enum ProtocolError: Error, Hashable, CustomStringConvertible {
    /// The four bytes before a packet are not hexadecimal digits.
    case badLengthCharacters([UInt8], offset: Int)
    /// A packet's length is one that the protocol does not have: 3, or more than 65,520.
    case badLength(Int, offset: Int)
    /// The stream ends inside a packet, or before the answer does.
    case hungUp
    /// The stream ends before anything was said.
    case hungUpAtStart
    /// The other side sent an `ERR` packet, or a message on the error band.
    case remote(String)
    /// A packet has a side band other than 1, 2 or 3.
    case badBand(UInt8)
    /// A packet of a side-band stream is empty.
    case emptyBand
    /// A line that does not belong where it stands.
    case unexpected(line: String, expected: String)
    /// A flush, delimiter or end of response where another packet belongs.
    case unexpectedPacket(String, expected: String)
    /// Something that the other side does not offer is needed.
    case unsupported(String)
    /// A message has more lines, names or bytes than are taken.
    case tooLarge(String, limit: Int)
    /// An object filter that is not understood.
    case badFilter(String)
    /// An object is wanted that is not there.
    case notOurs(String)
    /// A ref is asked for that is not there, or not shown.
    case unknownRef(String)
    /// No commit is left of a history that was to be shortened.
    case nothingSelected

    /// The message, as Git words it where Git has one.
    public var description: String {
        switch self {
        case .badLengthCharacters(let bytes, let offset):
            "protocol error: bad line length character: \(ProtocolError.printable(bytes)) at byte \(offset)"
        case .badLength(let length, let offset): "protocol error: bad line length \(length) at byte \(offset)"
        case .hungUp: "the remote end hung up unexpectedly"
        case .hungUpAtStart: "the remote end hung up upon initial contact"
        case .remote(let message): "remote error: \(message)"
        case .badBand(let band): "protocol error: bad band #\(band)"
        case .emptyBand: "protocol error: no band designator"
        case .unexpected(let line, let expected):
            "protocol error: unexpected '\(line)' (expected \(expected))"
        case .unexpectedPacket(let packet, let expected): "protocol error: unexpected \(packet) (expected \(expected))"
        case .unsupported(let what): "the server does not support \(what)"
        case .tooLarge(let what, let limit): "protocol error: \(what) passes the limit of \(limit)"
        case .badFilter(let spec): "invalid filter-spec '\(spec)'"
        case .notOurs(let id): "not our ref \(id)"
        case .unknownRef(let name): "unknown ref \(name)"
        case .nothingSelected: "no commits selected for shallow requests"
        }
    }

    /// The message for the client, to whom `the server` is not somebody else.
    var clientMessage: String {
        if case .unsupported(let what) = self { return "\(what) not supported" }
        return description
    }

    /// Bytes from the other side as text that is safe to show: control characters are replaced.
    public static func printable(_ bytes: some Collection<UInt8>, limit: Int = 200) -> String {
        String(decoding: bytes.prefix(limit).map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }

    /// A line that does not belong where it stands.
    static func unexpectedLine(_ line: some Collection<UInt8>, expected: String) -> ProtocolError {
        .unexpected(line: printable(line), expected: expected)
    }
}
