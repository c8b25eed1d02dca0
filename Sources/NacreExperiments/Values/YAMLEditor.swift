/// Changes one value of a YAML file in place: only that value's bytes change, comments and layout stay.
public enum YAMLEditor {
    /// The file's bytes with the value at `path` replaced.
    ///
    /// The result is read back and compared, so that a place this cannot edit safely is refused, never damaged.
    ///
    /// - Throws: ``ValueError`` where there is no such value, it spans lines, or it is shared through an anchor.
    public static func setting(
        _ path: ValuePath, to newValue: Value, in bytes: [UInt8], source: String
    ) throws(ValueError) -> [UInt8] {
        let document = try YAMLReader.document(bytes, source: source)
        guard let old = document.value[path] else { throw missing(path, in: document.value, source: source) }
        if old.isSame(as: newValue), old.kindName == newValue.kindName { return bytes }
        guard let position = document.positions[path], let start = offset(of: position, in: bytes) else {
            throw ValueError(source, "'\(path)' comes through an alias or '<<'; write it out where it is used first")
        }
        guard document.positions.count(where: { $0.value == position && $0.key != path }) == 0 else {
            throw ValueError(source, line: position.line, "'\(path)' is shared through an anchor; write it out first")
        }
        let refusal = ValueError(
            source, line: position.line, "'\(path)' spans several lines and cannot be set in place; edit the file")
        let valueStart = skippingProperties(from: start, in: bytes)
        guard let end = end(of: old, from: valueStart, in: bytes) else { throw refusal }
        let text = render(newValue, replacing: bytes[valueStart..<end])
        var result = Array(bytes[..<valueStart])
        // `key:` with nothing behind it: a space must come between.
        if valueStart == end, let last = result.last, last == UInt8(ascii: ":") { result.append(0x20) }
        result += Array(text.utf8) + bytes[end...]
        guard let expected = document.value.setting(path, to: newValue),
            let readBack = try? YAMLReader.read(result, source: source), readBack.isSame(as: expected)
        else { throw refusal }
        return result
    }

    private static func missing(_ path: ValuePath, in value: Value, source: String) -> ValueError {
        let known = value.flattened.map(\.key)
        let last = path.description.split(separator: ".").last.map(String.init) ?? ""
        if let near = known.first(where: { $0 == last || $0.hasSuffix("." + last) }) {
            return ValueError(source, "it has no parameter '\(path)' (did you mean '\(near)'?)")
        }
        return ValueError(source, "it has no parameter '\(path)'; add it to the file first")
    }

    private static func offset(of position: YAMLReader.Position, in bytes: [UInt8]) -> Int? {
        var line = 1
        var offset = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        while line < position.line {
            guard let newline = bytes[offset...].firstIndex(of: 10) else { return nil }
            offset = newline + 1
            line += 1
        }
        // Columns count scalars: continuation bytes do not.
        var column = 1
        while column < position.column {
            guard offset < bytes.count else { return offset == bytes.count ? offset : nil }
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
            column += 1
        }
        return offset
    }

    /// Passes over `&anchor` and `!tag` before a value.
    private static func skippingProperties(from start: Int, in bytes: [UInt8]) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] == UInt8(ascii: "&") || bytes[offset] == UInt8(ascii: "!") {
            while offset < bytes.count, bytes[offset] > 0x20 { offset += 1 }
            while offset < bytes.count, bytes[offset] == 0x20 { offset += 1 }
        }
        return offset
    }

    private static func end(of old: Value, from start: Int, in bytes: [UInt8]) -> Int? {
        guard start < bytes.count else { return old == .null ? start : nil }
        switch bytes[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return endOfQuoted(from: start, in: bytes)
        case UInt8(ascii: "["), UInt8(ascii: "{"): return old.isComposite ? endOfFlow(from: start, in: bytes) : nil
        case UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "*"): return nil
        default: return old.isComposite ? nil : endOfPlain(from: start, in: bytes)
        }
    }

    private static func endOfQuoted(from start: Int, in bytes: [UInt8]) -> Int? {
        let quote = bytes[start]
        var offset = start + 1
        while offset < bytes.count, bytes[offset] != 10 {
            if bytes[offset] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                offset += 2
                continue
            }
            if bytes[offset] == quote {
                if quote == UInt8(ascii: "'"), offset + 1 < bytes.count, bytes[offset + 1] == quote {
                    offset += 2
                    continue
                }
                return offset + 1
            }
            offset += 1
        }
        return nil
    }

    private static func endOfFlow(from start: Int, in bytes: [UInt8]) -> Int? {
        var depth = 0
        var offset = start
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return offset + 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let end = endOfQuoted(from: offset, in: bytes) else { return nil }
                offset = end
                continue
            case UInt8(ascii: "#") where bytes[offset - 1] == 0x20: return nil
            default: break
            }
            offset += 1
        }
        return nil
    }

    /// A plain scalar ends at a comment, the line's end or, inside brackets, at `,`, `]`, `}`; spaces before do not count.
    /// Which of these applies is settled by reading the result back.
    private static func endOfPlain(from start: Int, in bytes: [UInt8]) -> Int? {
        var offset = start
        while offset < bytes.count, bytes[offset] != 10, bytes[offset] != 13 {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "#"), offset == start || bytes[offset - 1] == 0x20 || bytes[offset - 1] == 9 {
                break
            }
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { break }
            offset += 1
        }
        while offset > start, bytes[offset - 1] == 0x20 || bytes[offset - 1] == 9 { offset -= 1 }
        return offset
    }

    private static func render(_ value: Value, replacing old: ArraySlice<UInt8>) -> String {
        switch value {
        case .string(let text):
            if old.first == UInt8(ascii: "'"), !text.utf8.contains(where: { $0 < 0x20 }) {
                return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
            }
            if old.first == UInt8(ascii: "\"") || !YAMLScalar.isPlainSafe(text) { return JSONWriter.string(value) }
            return text
        case .float(let number) where !number.isFinite:
            return number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf"
        case .array, .object: return YAMLWriter.flow(value)
        default: return value.text
        }
    }
}
