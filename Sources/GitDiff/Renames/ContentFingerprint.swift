/// What a file is made of, for telling how much of one file stands in another: its lines, long ones in pieces of 64 bytes,
/// each as a hash and the number of bytes that have it. Collisions are accepted: the result is an estimate, but one that
/// has to be Git's, because the percentages are shown.
struct ContentFingerprint {
    private static let hashCount: UInt32 = 107_927
    private static let pieceLimit = 64

    /// `hash << 32 | bytes`, in order of the hashes, each hash once.
    private let pieces: [UInt64]
    /// The length of the content.
    let size: Int

    init(_ content: [UInt8], isText: Bool) {
        size = content.count
        var pieces: [UInt64] = []
        pieces.reserveCapacity(content.count / 24 + 4)
        content.withUnsafeBufferPointer { buffer in
            var low: UInt32 = 0
            var high: UInt32 = 0
            var length: UInt32 = 0
            let count = buffer.count
            var position = 0
            while position < count {
                let byte = buffer[position]
                position += 1
                // Line ends of both kinds are to look alike.
                if isText, byte == 13, position < count, buffer[position] == 10 { continue }
                let previous = low
                low = low << 7 ^ high >> 25
                high = high << 7 ^ previous >> 25
                low = low &+ UInt32(byte)
                length += 1
                if length < UInt32(ContentFingerprint.pieceLimit) && byte != 10 { continue }
                let hash = (low &+ high &* 0x61) % ContentFingerprint.hashCount
                pieces.append(UInt64(hash) << 32 | UInt64(length))
                length = 0
                low = 0
                high = 0
            }
        }
        // A last piece that is neither full nor ends with a newline does not count.
        self.pieces = ContentFingerprint.merged(pieces)
    }

    private static func merged(_ pieces: [UInt64]) -> [UInt64] {
        if pieces.count > Int(hashCount) / 8 {
            var lengths = [UInt64](repeating: 0, count: Int(hashCount))
            for piece in pieces { lengths[Int(piece >> 32)] += piece & 0xffff_ffff }
            return lengths.enumerated().compactMap { $1 == 0 ? nil : UInt64($0) << 32 | min($1, 0xffff_ffff) }
        }
        var sorted = pieces
        sorted.sort()
        var result: [UInt64] = []
        result.reserveCapacity(sorted.count)
        for piece in sorted {
            if let last = result.last, last >> 32 == piece >> 32 {
                result[result.count - 1] = last + (piece & 0xffff_ffff)
            } else {
                result.append(piece)
            }
        }
        return result
    }

    /// How many bytes of `new` stand in `old`, and how many do not.
    static func compare(_ old: ContentFingerprint, _ new: ContentFingerprint) -> (copied: Int, added: Int) {
        var copied = 0
        var added = 0
        var j = 0
        let target = new.pieces
        for piece in old.pieces {
            let hash = piece >> 32
            while j < target.count, target[j] >> 32 < hash {
                added += Int(target[j] & 0xffff_ffff)
                j += 1
            }
            guard j < target.count, target[j] >> 32 == hash else { continue }
            let before = Int(piece & 0xffff_ffff)
            let after = Int(target[j] & 0xffff_ffff)
            copied += min(before, after)
            added += max(after - before, 0)
            j += 1
        }
        while j < target.count {
            added += Int(target[j] & 0xffff_ffff)
            j += 1
        }
        return (copied, added)
    }
}
