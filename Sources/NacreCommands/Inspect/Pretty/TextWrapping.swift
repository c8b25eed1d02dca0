/// Breaks text into lines of some width.
enum TextWrapping {
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)
    }

    /// Wraps paragraphs: lines are joined where the next begins with a letter or digit, and broken at white space before
    /// they pass `width` columns (0: never, lines are only indented).
    ///
    /// - Parameters:
    ///   - first: the indent of the first line; a negative one says how many columns are taken already.
    ///   - rest: the indent of the others.
    static func wrap(_ text: [UInt8], width: Int, first: Int, rest: Int) -> [UInt8] {
        guard width > 0 else { return indent(text, first: first, rest: rest) }
        var result: [UInt8] = []
        var lineStart = 0
        var indent = first
        var column = first < 0 ? -first : first
        var lastSpace: Int? = first < 0 ? 0 : nil
        var position = 0
        while true {
            while position < text.count, let end = TextColumns.escapeEnd(text[...], position) { position = end }
            let byte: UInt8? = position < text.count ? text[position] : nil
            guard byte == nil || isSpace(byte ?? 0) else {
                if let (scalar, length) = TextColumns.scalar(text[...], position) {
                    column += TextColumns.width(scalar)
                    position += length
                } else {
                    column += 1
                    position += 1
                }
                continue
            }
            if column <= width || lastSpace == nil {
                if byte == nil && position == lineStart { return result }
                if lastSpace == nil { result += [UInt8](repeating: 0x20, count: max(indent, 0)) }
                result += text[(lastSpace ?? lineStart)..<position]
                guard let byte else { return result }
                var space = position
                lastSpace = space
                var breaksLine = false
                if byte == 9 {
                    column |= 7
                } else if byte == 10 {
                    space += 1
                    lastSpace = space
                    if space < text.count, text[space] == 10 {
                        result.append(10)
                        breaksLine = true
                    } else if space >= text.count || !isWordByte(text[space]) {
                        breaksLine = true
                    } else {
                        result.append(0x20)
                    }
                }
                if !breaksLine {
                    column += 1
                    position += 1
                    continue
                }
            }
            result.append(10)
            let space = lastSpace ?? position
            position = space < text.count && isSpace(text[space]) ? space + 1 : space
            lineStart = position
            lastSpace = nil
            indent = rest
            column = rest
        }
    }

    private static func indent(_ text: [UInt8], first: Int, rest: Int) -> [UInt8] {
        var result: [UInt8] = []
        var indent = max(first, 0)
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 10).map { $0 + 1 } ?? text.count
            result += [UInt8](repeating: 0x20, count: indent) + text[start..<end]
            start = end
            indent = rest
        }
        return result
    }
}
