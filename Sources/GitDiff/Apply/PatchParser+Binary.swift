internal import Bytes

extension PatchParser {
    /// The most that a forged size may ask for.
    private static let limit = 1 << 31

    /// What follows `GIT binary patch`: the way forward, and the way back where it is given.
    mutating func binary(_ patch: inout FilePatch) throws(PatchError) {
        guard let forward = try binaryHunk() else { throw .unknownBinary(line: line) }
        patch.isBinary = true
        patch.forward = forward
        patch.backward = try binaryHunk()
    }

    private mutating func binaryHunk() throws(PatchError) -> FilePatch.Binary? {
        let isDelta = starts("delta ", at: position)
        guard isDelta || starts("literal ", at: position) else { return nil }
        let headerEnd = lineEnd(position)
        let digits = text(position + (isDelta ? 6 : 8), headerEnd).prefix { $0.isNumber }
        guard let size = Int(digits), size < Self.limit else { return nil }
        advance(to: headerEnd)
        var data: [UInt8] = []
        while true {
            let end = lineEnd(position)
            guard position < input.count else { throw .corruptBinary(line: line, text: "") }
            if end - position == 1 {
                advance(to: end)
                break
            }
            guard input[end - 1] == 10, let bytes = BinaryPatch.decodeLine(input[position..<(end - 1)]) else {
                throw .corruptBinary(line: line, text: text(position, end))
            }
            data += bytes
            advance(to: end)
        }
        guard let content = Self.inflate(data, size) else { throw .corruptBinary(line: line, text: "") }
        return isDelta ? .delta(content) : .literal(content)
    }

    private static func inflate(_ data: [UInt8], _ size: Int) -> [UInt8]? {
        // Deflate makes at most 1,032 bytes of one: a forged size is not allocated.
        guard size <= data.count * 1032 + 64, var inflater = try? Inflater() else { return nil }
        return try? inflater.inflate(data.span.bytes, size: size).bytes
    }
}
