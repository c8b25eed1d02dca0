/// Changes one value of a TOML file in place: a scalar or an array on one line.
public enum TOMLEditor {
    /// The file's bytes with the value at `path` replaced; see ``YAMLEditor``.
    public static func setting(
        _ path: ValuePath, to newValue: Value, in bytes: [UInt8], source: String
    ) throws(ValueError) -> [UInt8] {
        let root = try TOMLReader.read(bytes, source: source)
        guard let old = root[path] else {
            throw ValueError(source, "it has no parameter '\(path)'; add it to the file first")
        }
        if old.isSame(as: newValue), old.kindName == newValue.kindName { return bytes }
        let refusal = ValueError(source, "'\(path)' cannot be set in place; edit the file")
        guard let expected = root.setting(path, to: newValue), case .key(let key) = path.components.last,
            newValue != .null, newValue.object == nil
        else { throw refusal }
        let text: String
        switch newValue {
        case .array: text = JSONWriter.string(newValue, style: .python)
        case .string: text = JSONWriter.string(newValue)
        default: text = newValue.text
        }
        // Every line that sets a key of that name is tried; reading back tells the right one.
        var lineStart = 0
        while lineStart < bytes.count {
            let lineEnd = bytes[lineStart...].firstIndex(of: 10) ?? bytes.count
            let line = bytes[lineStart..<lineEnd]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")),
                String(decoding: line[..<equals], as: UTF8.self).contains(key)
            {
                var start = equals + 1
                while start < lineEnd, bytes[start] == 0x20 || bytes[start] == 9 { start += 1 }
                let end = endOfValue(from: start, to: lineEnd, in: bytes)
                let result = Array(bytes[..<start]) + Array(text.utf8) + bytes[end...]
                if let readBack = try? TOMLReader.read(result, source: source), readBack.isSame(as: expected) {
                    return result
                }
            }
            lineStart = lineEnd + 1
        }
        throw refusal
    }

    /// Where a value on one line ends: before a comment that stands outside quotes, and before the spaces in front of it.
    private static func endOfValue(from start: Int, to lineEnd: Int, in bytes: [UInt8]) -> Int {
        var quote: UInt8?
        var end = start
        while end < lineEnd {
            let byte = bytes[end]
            if let open = quote {
                if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\"") { end += 1 }
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "#") {
                break
            }
            end += 1
        }
        end = min(end, lineEnd)
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return end
    }
}
