internal import Bytes

/// Files as data scientists have them, made from a seed and edited as they edit them.
public enum SampleFile: String, CaseIterable, Sendable {
    /// Tensors.
    case safetensors, npy, npz, pt, gguf
    /// Tables and records.
    case csv, jsonl, parquet
    /// Bytes without any order.
    case noise

    /// A name with the extension that the format has.
    public var fileName: String { self == .noise ? "noise.bin" : "sample.\(rawValue)" }

    /// The first version: about `size` bytes.
    public func make(size: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        switch self {
        case .safetensors: return SampleFile.safetensors(SampleFile.weights(size / 4, &generator))
        case .npy: return SampleFile.npy(SampleFile.weights(size / 4, &generator))
        case .npz:
            let halves = [SampleFile.weights(size / 8, &generator), SampleFile.weights(size / 8, &generator)]
            return SampleFile.zip([("a.npy", SampleFile.npy(halves[0])), ("b.npy", SampleFile.npy(halves[1]))])
        case .pt:
            let data = SampleFile.weights(size / 4, &generator)
            return SampleFile.zip([("x/data.pkl", SampleFile.pickle(count: data.count / 4)), ("x/data/0", data)])
        case .gguf: return SampleFile.gguf(SampleFile.weights(size / 4, &generator))
        case .csv: return (0..<size / 24).flatMap { SampleFile.row($0, &generator) }
        case .jsonl: return (0..<size / 40).flatMap { SampleFile.record($0, &generator) }
        case .parquet:
            let groups = (0..<4).flatMap { _ in generator.bytes(size / 4) }
            return Array("PAR1".utf8) + groups + Array("footer".utf8) + SampleFile.little(6, 4) + Array("PAR1".utf8)
        case .noise: return generator.bytes(size)
        }
    }

    /// Another version of a file.
    public func edited(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        guard bytes.count > 4096 else { return make(size: 90_000, &generator) }
        switch self {
        case .safetensors, .npy, .npz, .pt, .gguf:
            // A step of training: some of the weights move by a little.
            let start = 2048 + 4 * Int.random(in: 0..<(bytes.count - 2048) / 8, using: &generator)
            for index in stride(from: start, to: min(bytes.count - 1024, start + bytes.count / 3), by: 4) {
                bytes[index] &+= UInt8.random(in: 0...3, using: &generator)
            }
        case .csv, .jsonl:
            var lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) + [10] }
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                let place = Int.random(in: 0..<lines.count, using: &generator)
                let fresh = self == .csv ? SampleFile.row(place, &generator) : SampleFile.record(place, &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: lines.insert(fresh, at: place)
                case 1: lines[place] = fresh
                default: lines.remove(at: place)
                }
            }
            bytes = Array(lines.joined().dropLast())
        case .parquet, .noise:
            let place = Int.random(in: 8..<bytes.count - 3000, using: &generator)
            let count = Int.random(in: 1...2000, using: &generator)
            bytes.replaceSubrange(
                place..<place + Int.random(in: 0...2000, using: &generator), with: generator.bytes(count))
        }
        // Now and then something that no program would do.
        if Int.random(in: 0..<8, using: &generator) == 0 {
            bytes.removeLast(Int.random(in: 1...1500, using: &generator))
        }
        if Int.random(in: 0..<8, using: &generator) == 0 {
            bytes[Int.random(in: 0..<200, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
        }
        return bytes
    }

    // MARK: Parts

    /// `value` in `width` bytes, the lowest first.
    public static func little(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func weights(_ count: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).flatMap { _ in
            little(Int(Float.random(in: -0.05...0.05, using: &generator).bitPattern), 4)
        }
    }

    private static func row(_ number: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        let value = Int.random(in: 0..<100_000, using: &generator)
        return Array("\(number),\(value),\(value % 7 == 0 ? "yes" : "no"),0.\(value * 7919 % 10_000)\n".utf8)
    }

    private static func record(_ number: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        let value = Int.random(in: 0..<100_000, using: &generator)
        return Array("{\"id\": \(number), \"text\": \"t\(value)\", \"n\": \(value % 97)}\n".utf8)
    }

    private static func safetensors(_ data: [UInt8]) -> [UInt8] {
        let half = data.count / 8 * 4
        let header =
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[\(half / 4)],\"data_offsets\":[0,\(half)]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[\((data.count - half) / 4)],\"data_offsets\":[\(half),\(data.count)]}}"
        return little(header.utf8.count, 8) + Array(header.utf8) + data
    }

    private static func npy(_ data: [UInt8]) -> [UInt8] {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(data.count / 4),), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2) + Array(header.utf8) + data
    }

    private static func gguf(_ data: [UInt8]) -> [UInt8] {
        var bytes = Array("GGUF".utf8) + little(3, 4) + little(1, 8) + little(0, 8)
        bytes += little(1, 8) + Array("w".utf8) + little(1, 4) + little(data.count / 4, 8) + little(0, 4) + little(0, 8)
        return bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32) + data
    }

    /// `{'w': tensor}` as torch pickles it.
    private static func pickle(count: Int) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { [0x58] + little(text.utf8.count, 4) + Array(text.utf8) }
        func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
        let number = [0x4a] + little(count, 4)
        let storage = [0x28] + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + number
        var bytes: [UInt8] = [0x80, 2, 0x7d] + text("w") + global("torch._utils", "_rebuild_tensor_v2") + [0x28]
        bytes += storage + [0x74, 0x51, 0x4b, 0] + number + [0x85, 0x4b, 1, 0x85, 0x89]
        return bytes + global("collections", "OrderedDict") + [0x29, 0x52, 0x74, 0x52, 0x73, 0x2e]
    }

    /// An archive of members that are stored as they are.
    public static func zip(_ members: [(name: String, content: [UInt8])]) -> [UInt8] {
        var output: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let offset = output.count
            let check = Int(CRC32.update(0, content))
            let common =
                little(20, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(check, 4)
                + little(content.count, 4) + little(content.count, 4)
            output += [0x50, 0x4b, 3, 4] + common + little(name.utf8.count, 2) + little(0, 2) + Array(name.utf8)
            output += content
            directory += [0x50, 0x4b, 1, 2] + little(20, 2) + common + little(name.utf8.count, 2)
            directory += little(0, 12) + little(offset, 4) + Array(name.utf8)
        }
        let start = output.count
        return output + directory + [0x50, 0x4b, 5, 6] + little(0, 4) + little(members.count, 2)
            + little(members.count, 2) + little(directory.count, 4) + little(start, 4) + little(0, 2)
    }
}
