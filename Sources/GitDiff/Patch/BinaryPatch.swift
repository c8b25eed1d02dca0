internal import Bytes

/// A binary file in a patch: deflated, in lines of base 85.
public enum BinaryPatch {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)
    /// The value of each digit, 255 for bytes that are none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (index, digit) in digits.enumerated() { values[Int(digit)] = UInt8(index) }
        return values
    }()
    private static let lineLength = 52
    /// Git's own choice for patches: speed.
    private static let level = 1

    private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        guard var deflater = try? Deflater(level: level) else { return nil }
        var data: [UInt8] = []
        deflater.deflate(bytes.span.bytes, into: &data)
        return data
    }

    /// Writes how `target` is made: as it is, or from `source`, whichever is shorter.
    static func write(_ target: [UInt8], from source: [UInt8], prefix: [UInt8], into output: inout [UInt8]) {
        guard var data = deflated(target) else { return }
        var kind = "literal \(target.count)"
        if let delta = PatchDelta.make(from: source, to: target, limit: data.count), let short = deflated(delta),
            short.count < data.count
        {
            data = short
            kind = "delta \(delta.count)"
        }
        output += prefix
        output += Array("\(kind)\n".utf8)
        var position = 0
        while position < data.count {
            let end = min(position + lineLength, data.count)
            let count = UInt8(end - position)
            output += prefix
            output.append(count <= 26 ? count + UInt8(ascii: "A") - 1 : count - 26 + UInt8(ascii: "a") - 1)
            encode(data[position..<end], into: &output)
            output.append(10)
            position = end
        }
        output += prefix
        output.append(10)
    }

    /// Base 85: four bytes as five digits, the last group filled with zeros.
    static func encode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while !rest.isEmpty {
            var number: UInt32 = 0
            for index in 0..<4 {
                number = number << 8 | (index < rest.count ? UInt32(rest[rest.startIndex + index]) : 0)
            }
            rest = rest.dropFirst(4)
            var group: [5 of UInt8] = [0, 0, 0, 0, 0]
            for index in stride(from: 4, through: 0, by: -1) {
                group[index] = digits[Int(number % 85)]
                number /= 85
            }
            for index in 0..<5 { output.append(group[index]) }
        }
    }

    /// The bytes that one line of base 85 holds; nil where it is malformed.
    public static func decodeLine(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        guard let first = line.first else { return nil }
        let count: Int
        switch first {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): count = Int(first - UInt8(ascii: "A")) + 1
        case UInt8(ascii: "a")...UInt8(ascii: "z"): count = Int(first - UInt8(ascii: "a")) + 27
        default: return nil
        }
        let text = Array(line.dropFirst())
        guard text.count == (count + 3) / 4 * 5 else { return nil }
        var result: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 5) {
            var number: UInt64 = 0
            for digit in text[start..<(start + 5)] {
                let value = values[Int(digit)]
                guard value != 255 else { return nil }
                number = number * 85 + UInt64(value)
            }
            guard number <= UInt64(UInt32.max) else { return nil }
            for shift in [24, 16, 8, 0] as [UInt64] { result.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return Array(result.prefix(count))
    }
}
