internal import Bytes
internal import GitObjects

/// A loose object being inflated: the header is read at once, the content as it is asked for.
struct LooseStream {
    /// The longest header: "commit", a space, 20 digits, NUL.
    private static let headerLimit = 32

    let kind: ObjectKind
    let size: Int
    /// Content that came with the header.
    private var pending: [UInt8]
    private var consumed: Int
    private var produced: Int
    private var isFinished: Bool

    /// Inflates and reads the header.
    init(_ file: RawSpan, scratch: Scratch) throws(LooseObjectError) {
        scratch.inflater.reset()
        var head = [UInt8](repeating: 0, count: 256)
        let step = try LooseStream.step(file, from: 0, into: &head, at: 0, scratch: scratch)
        guard let end = head[..<step.produced].firstIndex(of: 0), end < Self.headerLimit,
            let space = head[..<end].firstIndex(of: UInt8(ascii: " ")),
            let kind = ObjectKind(name: head[..<space])
        else { throw .badHeader }
        let digits = head[(space + 1)..<end]
        guard !digits.isEmpty, digits.count < 20, digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            throw .badHeader
        }
        var size = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { throw .badHeader }
            let (product, overflow) = size.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw .badHeader }
            size = sum
        }
        self.kind = kind
        self.size = size
        pending = Array(head[(end + 1)..<step.produced])
        consumed = step.consumed
        produced = pending.count
        isFinished = step.isFinished
        guard produced <= size else { throw .wrongSize(announced: size) }
    }

    private static func step(
        _ file: RawSpan, from offset: Int, into output: inout [UInt8], at start: Int, scratch: Scratch
    ) throws(LooseObjectError) -> Inflater.Step {
        do throws(ZlibError) {
            return try unsafe file.withUnsafeBytes { source throws(ZlibError) in
                try output.withMutableBytes { target throws(ZlibError) in
                    try scratch.inflater.step(
                        input: UnsafeRawBufferPointer(rebasing: source[offset...]),
                        output: UnsafeMutableRawBufferPointer(rebasing: target[start...]))
                }
            }
        } catch {
            throw .zlib(error)
        }
    }

    /// All of the content; the caller has held the size against its limits.
    mutating func readAll(_ file: RawSpan, scratch: Scratch) throws(LooseObjectError) -> [UInt8] {
        var content = pending
        // One byte of room more, so that content longer than announced is noticed.
        content.append(contentsOf: repeatElement(0, count: size - content.count + 1))
        try fill(&content, file, scratch: scratch)
        guard produced == size else { throw .wrongSize(announced: size) }
        content.removeLast()
        return content
    }

    private mutating func fill(
        _ content: inout [UInt8], _ file: RawSpan, scratch: Scratch
    ) throws(LooseObjectError) {
        while !isFinished {
            guard produced < content.count else { throw .wrongSize(announced: size) }
            let step = try Self.step(file, from: consumed, into: &content, at: produced, scratch: scratch)
            consumed += step.consumed
            produced += step.produced
            isFinished = step.isFinished
            if !isFinished && step.consumed == 0 && step.produced == 0 { throw .zlib(.truncated(offset: consumed)) }
        }
        guard consumed == file.byteCount else { throw .garbage(offset: consumed) }
    }

    /// The next piece of the content, empty at the end.
    mutating func next(_ file: RawSpan, scratch: Scratch, limit: Int) throws(LooseObjectError) -> [UInt8] {
        if !pending.isEmpty {
            defer { pending = [] }
            return pending
        }
        if isFinished {
            guard produced == size else { throw .wrongSize(announced: size) }
            guard consumed == file.byteCount else { throw .garbage(offset: consumed) }
            return []
        }
        var piece = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit, !isFinished {
            let step = try Self.step(file, from: consumed, into: &piece, at: filled, scratch: scratch)
            consumed += step.consumed
            filled += step.produced
            isFinished = step.isFinished
            if !isFinished && step.consumed == 0 && step.produced == 0 { throw .zlib(.truncated(offset: consumed)) }
        }
        produced += filled
        guard produced <= size else { throw .wrongSize(announced: size) }
        piece.removeLast(limit - filled)
        return piece.isEmpty ? try next(file, scratch: scratch, limit: limit) : piece
    }
}
