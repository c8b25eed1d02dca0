internal import Glibc

/// Gives lines that count as equal the same small number, so that everything after compares numbers.
struct LineClasses {
    /// A number for each old line.
    private(set) var old: [Int32]
    /// A number for each new line.
    private(set) var new: [Int32]
    /// How many numbers were given.
    private(set) var count: Int

    init(_ old: Lines, _ new: Lines, blanks: LineDiffOptions.Blanks) {
        // Two texts in one table: equal lines meet whichever side they come from.
        var builder = Builder(expecting: old.count + new.count)
        self.old = []
        self.new = []
        count = 0
        if blanks == .exact {
            old.bytes.withUnsafeBytes { first in
                new.bytes.withUnsafeBytes { second in
                    self.old = builder.classify(old.starts, first)
                    self.new = builder.classify(new.starts, second)
                }
            }
        } else {
            let first = LineClasses.normalized(old, blanks)
            let second = LineClasses.normalized(new, blanks)
            first.bytes.withUnsafeBytes { a in
                second.bytes.withUnsafeBytes { b in
                    self.old = builder.classify(first.starts, a)
                    self.new = builder.classify(second.starts, b)
                }
            }
        }
        count = builder.count
    }

    /// The lines with everything taken away that does not count.
    private static func normalized(
        _ lines: Lines, _ blanks: LineDiffOptions.Blanks
    ) -> (bytes: [UInt8], starts: [Int32]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.bytes.count)
        var starts: [Int32] = []
        starts.reserveCapacity(lines.count + 1)
        for line in 0..<lines.count {
            starts.append(Int32(bytes.count))
            append(lines[line], blanks, to: &bytes)
        }
        starts.append(Int32(bytes.count))
        return (bytes, starts)
    }

    /// Appends what counts of one line.
    static func append(_ line: ArraySlice<UInt8>, _ blanks: LineDiffOptions.Blanks, to bytes: inout [UInt8]) {
        let start = bytes.count
        switch blanks {
        case .exact: bytes.append(contentsOf: line)
        case .ignoreAll: for byte in line where !Whitespace.isSpace(byte) { bytes.append(byte) }
        case .ignoreChange:
            var isInRun = false
            for byte in line {
                let isSpace = Whitespace.isSpace(byte)
                if !isSpace { bytes.append(byte) } else if !isInRun { bytes.append(32) }
                isInRun = isSpace
            }
            if isInRun { bytes.removeLast() }
        case .ignoreAtEnd:
            bytes.append(contentsOf: line)
            while bytes.count > start, let last = bytes.last, Whitespace.isSpace(last) { bytes.removeLast() }
        case .ignoreCarriageReturn:
            bytes.append(contentsOf: line)
            // A carriage return counts where no newline follows it.
            if bytes.count > start, bytes.last == 10 {
                bytes.removeLast()
                if bytes.count > start, bytes.last == 13 { bytes.removeLast() }
            }
        }
    }

    /// A hash table from the content of a line to its number.
    private struct Builder {
        private struct Slot {
            var hash: UInt64
            var base: UnsafeRawPointer?
            var length: Int32
            var number: Int32
        }

        private var slots: [Slot]
        private let mask: Int
        private(set) var count = 0

        init(expecting lines: Int) {
            var size = 64
            while size < lines * 2 { size *= 2 }
            slots = Array(repeating: Slot(hash: 0, base: nil, length: 0, number: -1), count: size)
            mask = size - 1
        }

        /// The pointers kept in the table are good as long as the buffers of all calls are: the caller nests them.
        mutating func classify(_ starts: [Int32], _ buffer: UnsafeRawBufferPointer) -> [Int32] {
            let lines = starts.count - 1
            var placeholder: UInt8 = 0
            let mask = mask
            var count = count
            defer { self.count = count }
            return withUnsafePointer(to: &placeholder) { empty in
                let base = buffer.baseAddress ?? UnsafeRawPointer(empty)
                return slots.withUnsafeMutableBufferPointer { slots in
                    [Int32](unsafeUninitializedCapacity: lines) { numbers, filled in
                        for line in 0..<lines {
                            let start = Int(starts[line])
                            numbers[line] = Builder.number(
                                base + start, Int(starts[line + 1]) - start, slots, mask, &count)
                        }
                        filled = lines
                    }
                }
            }
        }

        @inline(__always)
        private static func number(
            _ line: UnsafeRawPointer, _ length: Int, _ slots: UnsafeMutableBufferPointer<Slot>, _ mask: Int,
            _ count: inout Int
        ) -> Int32 {
            let hash = Builder.hash(line, length)
            var index = Int(truncatingIfNeeded: hash) & mask
            while let base = slots[index].base {
                if slots[index].hash == hash, slots[index].length == Int32(truncatingIfNeeded: length),
                    memcmp(base, line, length) == 0
                {
                    return slots[index].number
                }
                index = (index + 1) & mask
            }
            let number = Int32(truncatingIfNeeded: count)
            slots[index] = Slot(hash: hash, base: line, length: Int32(truncatingIfNeeded: length), number: number)
            count += 1
            return number
        }

        @inline(__always)
        private static func hash(_ line: UnsafeRawPointer, _ length: Int) -> UInt64 {
            var state: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: length)
            var position = 0
            while position + 8 <= length {
                state = mix(state ^ line.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                position += 8
            }
            var tail: UInt64 = 0
            while position < length {
                tail = tail << 8 | UInt64(line.load(fromByteOffset: position, as: UInt8.self))
                position += 1
            }
            return mix(state ^ tail)
        }

        @inline(__always)
        private static func mix(_ value: UInt64) -> UInt64 {
            let product = value.multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
            return product.high ^ product.low
        }
    }
}
