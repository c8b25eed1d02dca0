/// Turns what arrives on the progress band into what a person sees: each line, also those that end with a carriage
/// return, is given `remote: ` in front and, so that a longer line before it leaves nothing behind, cleared at its end.
public struct ProgressText: Sendable {
    private var pending: [UInt8] = []
    /// What clears the rest of a line: an escape sequence on a terminal, blanks elsewhere, as Git does.
    private let suffix: [UInt8]

    /// Makes a translator; `isTerminal` says whether escape sequences are understood.
    public init(isTerminal: Bool) {
        suffix = Array((isTerminal ? "\u{1b}[K" : "        ").utf8)
    }

    /// The text to show for the next bytes of the band; an unfinished line is held back.
    public mutating func append(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                output += line(endingWith: byte)
            } else if pending.count < PktLine.maximumLength {
                pending.append(byte)
            }
        }
        return output
    }

    /// The text to show for a line that was never ended.
    public mutating func finish() -> [UInt8] {
        pending.isEmpty ? [] : line(endingWith: UInt8(ascii: "\n"))
    }

    private mutating func line(endingWith end: UInt8) -> [UInt8] {
        defer { pending.removeAll(keepingCapacity: true) }
        // Git leaves a line of nothing without the suffix.
        return Array("remote: ".utf8) + pending + (pending.isEmpty ? [] : suffix) + [end]
    }
}
