internal import Bytes
internal import SystemPackage

/// Compares two safetensors files tensor by tensor.
enum TensorComparison {
    private struct Tensor: Equatable {
        let type: String
        let shape: Value
        let range: Range<Int>
    }

    static func compare(
        _ path: String, _ recorded: FilePath, _ produced: FilePath, _ tolerance: Tolerance?, firstByte: Int
    ) throws -> OutputComparison {
        let old = try MappedFile(recorded)
        // Written by the replay a moment ago in a directory of our own, where nobody truncates it.
        let new = try MappedFile(produced)
        guard let before = tensors(old), let after = tensors(new) else {
            return OutputComparison(path: path, verdict: .different, detail: "first difference at byte \(firstByte)")
        }
        var differing = 0
        var worst = ""
        var isWithin = tolerance != nil
        for name in Set(before.keys).union(after.keys).sorted() {
            guard let a = before[name], let b = after[name] else {
                let what = before[name] == nil ? "is new" : "is missing"
                return OutputComparison(path: path, verdict: .different, detail: "the tensor '\(name)' \(what)")
            }
            guard a.type == b.type, a.shape == b.shape, a.range.count == b.range.count else {
                return OutputComparison(
                    path: path, verdict: .different,
                    detail: "the tensor '\(name)' was \(a.type) \(a.shape.text) and is \(b.type) \(b.shape.text)")
            }
            let left = old.bytes.extracting(a.range)
            let right = new.bytes.extracting(b.range)
            if left.isEqual(to: right) { continue }
            differing += 1
            let difference = elements(left, right, type: a.type, tolerance)
            if !(difference?.isWithin ?? false) { isWithin = false }
            if worst.isEmpty || !(difference?.isWithin ?? false) {
                worst =
                    "the tensor '\(name)'"
                    + (difference.map { " differs by at most \(NumberText.rounded($0.largest, digits: 4))" }
                        ?? " differs")
            }
        }
        if differing == 0 {
            return OutputComparison(path: path, verdict: .withinTolerance, detail: "only the header differs")
        }
        let count = differing == 1 ? "" : " (\(differing) of \(after.count) tensors differ)"
        return OutputComparison(path: path, verdict: isWithin ? .withinTolerance : .different, detail: worst + count)
    }

    private static func tensors(_ file: MappedFile) -> [String: Tensor]? {
        var reader = ByteReader(file.bytes)
        guard let length = try? reader.readUInt64LittleEndian(), length <= 100_000_000,
            length <= UInt64(reader.remaining),
            let header = try? reader.readBytes(Int(length)),
            let object = try? JSONReader.read(header, source: "header").object
        else { return nil }
        let start = reader.offset
        var result: [String: Tensor] = [:]
        for entry in object.entries where entry.key != "__metadata__" {
            guard let type = entry.value.object?["dtype"]?.string, let shape = entry.value.object?["shape"],
                let offsets = entry.value.object?["data_offsets"]?.array, offsets.count == 2,
                case .integer(let first) = offsets[0], case .integer(let last) = offsets[1], first >= 0, last >= first,
                last <= Int64(reader.remaining)
            else { return nil }
            result[entry.key] = Tensor(type: type, shape: shape, range: (start + Int(first))..<(start + Int(last)))
        }
        return result
    }

    /// The largest difference of two elements, and whether all are within the tolerance; nil for types that are not
    /// compared as numbers.
    private static func elements(
        _ left: RawSpan, _ right: RawSpan, type: String, _ tolerance: Tolerance?
    ) -> (largest: Double, isWithin: Bool)? {
        let width: Int
        switch type {
        case "F64": width = 8
        case "F32": width = 4
        case "F16", "BF16": width = 2
        default: return nil
        }
        func number(_ span: RawSpan, _ offset: Int) -> Double {
            switch type {
            case "F64":
                return unsafe Double(
                    bitPattern: span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
            case "F32":
                let bits = unsafe span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
                return Double(Float(bitPattern: bits))
            default:
                let bits = unsafe span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
                return type == "BF16" ? Double(Float(bitPattern: UInt32(bits) << 16)) : half(bits)
            }
        }
        var largest = 0.0
        var isWithin = tolerance != nil
        var offset = 0
        while offset + width <= left.byteCount {
            let a = number(left, offset)
            let b = number(right, offset)
            if a != b {
                let distance = abs(a - b)
                if distance > largest || distance.isNaN { largest = distance }
                if let tolerance, !tolerance.accepts(b, reference: a) { isWithin = false }
            }
            offset += width
        }
        return (largest, isWithin)
    }

    /// IEEE binary16, widened by hand: x86 has no such type in Swift.
    private static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Double(bits & 0x3ff)
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
