internal import Bytes
internal import GitObjects
internal import Glibc

/// Finds the entries in which two tree objects differ, in their raw bytes: equal entries, nearly all of them in real
/// histories, cost two comparisons and no allocation.
struct TreeDifferences {
    /// An entry that only one tree has, or that is not the same in both.
    struct Difference {
        var old: TreeEntry?
        var new: TreeEntry?
    }

    /// One entry in the bytes.
    private struct Raw {
        var start: Int
        var nameStart: Int
        var nameEnd: Int
        var end: Int
        var mode: UInt32
        var isTree: Bool { mode & 0o170000 == 0o040000 }
    }

    private let buffer: UnsafeRawBufferPointer
    private let idLength: Int
    private var position = 0
    private(set) var isMalformed = false

    /// The differences in Git's order, or nil where a tree is malformed.
    static func find(
        _ old: [UInt8], _ new: [UInt8], _ algorithm: HashAlgorithm, includingEqual: Bool = false
    ) -> [Difference]? {
        old.withUnsafeBytes { first in
            new.withUnsafeBytes { second in
                var left = TreeDifferences(buffer: first, idLength: algorithm.byteCount)
                var right = TreeDifferences(buffer: second, idLength: algorithm.byteCount)
                var result: [Difference] = []
                var a = left.next()
                var b = right.next()
                while a != nil || b != nil {
                    let order = TreeDifferences.order(a, first, b, second)
                    if order == 0, let x = a, let y = b {
                        if includingEqual || !TreeDifferences.isEqual(x, first, y, second) {
                            let entry = Difference(old: left.entry(x, algorithm), new: right.entry(y, algorithm))
                            // Modes that differ in odd bits only mean the same.
                            if includingEqual || entry.old?.mode != entry.new?.mode || entry.old?.id != entry.new?.id {
                                result.append(entry)
                            }
                        }
                        a = left.next()
                        b = right.next()
                    } else if order < 0, let x = a {
                        result.append(Difference(old: left.entry(x, algorithm), new: nil))
                        a = left.next()
                    } else if let y = b {
                        result.append(Difference(old: nil, new: right.entry(y, algorithm)))
                        b = right.next()
                    }
                }
                return left.isMalformed || right.isMalformed ? nil : result
            }
        }
    }

    private init(buffer: UnsafeRawBufferPointer, idLength: Int) {
        self.buffer = buffer
        self.idLength = idLength
    }

    private mutating func next() -> Raw? {
        guard position < buffer.count, let base = buffer.baseAddress else { return nil }
        var mode: UInt32 = 0
        var cursor = position
        while cursor < buffer.count, buffer[cursor] != 0x20 {
            let digit = buffer[cursor] &- 0x30
            guard digit < 8, cursor - position < 7 else { return fail() }
            mode = mode << 3 | UInt32(digit)
            cursor += 1
        }
        guard cursor > position, cursor + 1 < buffer.count,
            let found = memchr(base + cursor + 1, 0, buffer.count - cursor - 1)
        else { return fail() }
        let nameEnd = base.distance(to: UnsafeRawPointer(found))
        guard nameEnd > cursor + 1, idLength < buffer.count - nameEnd else { return fail() }
        let raw = Raw(
            start: position, nameStart: cursor + 1, nameEnd: nameEnd, end: nameEnd + 1 + idLength, mode: mode)
        position = raw.end
        return raw
    }

    private mutating func fail() -> Raw? {
        isMalformed = true
        position = buffer.count
        return nil
    }

    private static func isEqual(
        _ a: Raw, _ left: UnsafeRawBufferPointer, _ b: Raw, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        guard a.end - a.start == b.end - b.start, let x = left.baseAddress, let y = right.baseAddress else {
            return false
        }
        return memcmp(x + a.start, y + b.start, a.end - a.start) == 0
    }

    /// Git's order: by name, a directory's as if a slash followed; equal only where both are directories or neither is.
    private static func order(
        _ a: Raw?, _ left: UnsafeRawBufferPointer, _ b: Raw?, _ right: UnsafeRawBufferPointer
    ) -> Int {
        guard let a, let x = left.baseAddress else { return 1 }
        guard let b, let y = right.baseAddress else { return -1 }
        let firstLength = a.nameEnd - a.nameStart
        let secondLength = b.nameEnd - b.nameStart
        let shorter = min(firstLength, secondLength)
        let compared = memcmp(x + a.nameStart, y + b.nameStart, shorter)
        if compared != 0 { return Int(compared) }
        let first = firstLength > shorter ? left[a.nameStart + shorter] : a.isTree ? 0x2f : 0
        let second = secondLength > shorter ? right[b.nameStart + shorter] : b.isTree ? 0x2f : 0
        return Int(first) - Int(second)
    }

    private func entry(_ raw: Raw, _ algorithm: HashAlgorithm) -> TreeEntry? {
        let name = [UInt8](UnsafeRawBufferPointer(rebasing: buffer[raw.nameStart..<raw.nameEnd]))
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[(raw.nameEnd + 1)..<raw.end])
        return ObjectID(bytes: bytes, algorithm: algorithm).map { TreeEntry(rawMode: raw.mode, name: name, id: $0) }
    }
}
