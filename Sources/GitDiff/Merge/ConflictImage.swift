public import Bytes

/// A text with conflicts in the form that does not depend on who merged whom: labels and bases gone, the sides in order.
///
/// The form and its hash are those of Git's `rerere`, so that both share what was recorded.
public struct ConflictImage: Sendable, Hashable {
    /// The text, each conflict in its plain form.
    public let content: [UInt8]
    /// The hash of all conflicts' sides, in hexadecimal digits.
    public let id: String
    /// How many conflicts there are.
    public let count: Int

    /// Reads a text; nil where its markers do not pair.
    public init?(_ text: [UInt8], markerSize: Int = 7, algorithm: HashAlgorithm = .sha1) {
        var reader = Reader(lines: Lines(text), size: max(markerSize, 1))
        guard reader.run() else { return nil }
        content = reader.output
        count = reader.count
        id = Hex.string(Digest.hash(reader.hashed, algorithm))
    }

    private struct Reader {
        let lines: Lines
        let size: Int
        var position = 0
        var output: [UInt8] = []
        var hashed: [UInt8] = []
        var count = 0

        mutating func run() -> Bool {
            while position < lines.count {
                let line = lines[position]
                position += 1
                guard isMarker(line, 0x3c) else {
                    output += line
                    continue
                }
                guard let conflict = conflict(isOutermost: true) else { return false }
                output += conflict
                count += 1
            }
            return true
        }

        private func isMarker(_ line: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
            guard line.count > size, line.prefix(size).allSatisfy({ $0 == byte }) else { return false }
            let next = line[line.startIndex + size]
            // Only a separator may stand without a label.
            return (byte == 0x3c || byte == 0x3e) ? next == 32 || Whitespace.isSpace(next) : Whitespace.isSpace(next)
        }

        /// What follows an opening marker up to its end.
        private mutating func conflict(isOutermost: Bool) -> [UInt8]? {
            enum Part { case first, base, second }
            var part = Part.first
            var one: [UInt8] = []
            var two: [UInt8] = []
            while position < lines.count {
                let line = lines[position]
                position += 1
                if isMarker(line, 0x3c) {
                    guard let inner = conflict(isOutermost: false) else { return nil }
                    switch part {
                    case .first: one += inner
                    case .base: break
                    case .second: two += inner
                    }
                } else if isMarker(line, 0x7c) {
                    guard part == .first else { return nil }
                    part = .base
                } else if isMarker(line, 0x3d) {
                    guard part != .second else { return nil }
                    part = .second
                } else if isMarker(line, 0x3e) {
                    guard part == .second else { return nil }
                    if two.lexicographicallyPrecedes(one) { swap(&one, &two) }
                    if isOutermost { hashed += one + [0] + two + [0] }
                    return marker(0x3c) + one + marker(0x3d) + two + marker(0x3e)
                } else {
                    switch part {
                    case .first: one += line
                    case .base: break
                    case .second: two += line
                    }
                }
            }
            return nil
        }

        private func marker(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: size) + [10] }
    }
}
