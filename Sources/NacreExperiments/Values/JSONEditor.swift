/// Changes one value of a JSON file in place.
public enum JSONEditor {
    /// The file's bytes with the value at `path` replaced; see ``YAMLEditor``.
    public static func setting(
        _ path: ValuePath, to newValue: Value, in bytes: [UInt8], source: String
    ) throws(ValueError) -> [UInt8] {
        let root = try JSONReader.read(bytes, source: source)
        guard let old = root[path] else {
            throw ValueError(source, "it has no parameter '\(path)'; add it to the file first")
        }
        if old == newValue { return bytes }
        guard newValue.number.map({ $0.isFinite }) ?? true else {
            throw ValueError(source, "JSON has no number '\(newValue.text)'")
        }
        let refusal = ValueError(source, "'\(path)' cannot be set in place; edit the file")
        guard let expected = root.setting(path, to: newValue) else { throw refusal }
        let text = Array(JSONWriter.string(newValue, style: .python).utf8)
        // Every place that holds the old value's key is tried; reading back tells the right one.
        for start in candidates(path, in: bytes) {
            guard let end = endOfValue(from: start, in: bytes) else { continue }
            let result = Array(bytes[..<start]) + text + bytes[end...]
            if let readBack = try? JSONReader.read(result, source: source), readBack == expected { return result }
        }
        throw refusal
    }

    /// Where the value may start: after each `"key":`, or after each `[` and `,` for a place in a list.
    private static func candidates(_ path: ValuePath, in bytes: [UInt8]) -> [Int] {
        var result: [Int] = []
        func skippingSpace(_ start: Int) -> Int {
            var offset = start
            while offset < bytes.count, bytes[offset] <= 0x20 { offset += 1 }
            return offset
        }
        switch path.components.last {
        case .key(let key):
            let quoted = Array(JSONWriter.string(.string(key)).utf8)
            var offset = 0
            while offset + quoted.count < bytes.count {
                if bytes[offset] == UInt8(ascii: "\""), bytes[offset...].starts(with: quoted) {
                    let colon = skippingSpace(offset + quoted.count)
                    if colon < bytes.count, bytes[colon] == UInt8(ascii: ":") {
                        result.append(skippingSpace(colon + 1))
                    }
                }
                offset += 1
            }
        case .index, nil:
            for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "[") || byte == UInt8(ascii: ",") {
                result.append(skippingSpace(offset + 1))
            }
        }
        return result
    }

    private static func endOfValue(from start: Int, in bytes: [UInt8]) -> Int? {
        var depth = 0
        var isInText = false
        var offset = start
        while offset < bytes.count {
            let byte = bytes[offset]
            if isInText {
                if byte == UInt8(ascii: "\\") { offset += 1 }
                if byte == UInt8(ascii: "\"") {
                    isInText = false
                    if depth == 0 { return offset + 1 }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInText = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if depth == 0 { return offset }
                    depth -= 1
                    if depth == 0 { return offset + 1 }
                case UInt8(ascii: ","), 0...0x20: if depth == 0 { return offset }
                default: break
                }
            }
            offset += 1
        }
        return depth == 0 && !isInText ? offset : nil
    }
}
