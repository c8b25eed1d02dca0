internal import Bytes
internal import SystemPackage

/// How an output of a replay compares with the recorded one.
public struct OutputComparison: Sendable, Hashable {
    /// What was found.
    public enum Verdict: String, Sendable, Hashable {
        /// Byte for byte the same.
        case identical
        /// Not the same bytes; every number is within the tolerance that the repository declares.
        case withinTolerance = "within tolerance"
        /// Different.
        case different
        /// The command did not write it.
        case missing
        /// The recorded content is not at hand.
        case unavailable
    }

    /// The path.
    public let path: String
    /// What was found.
    public let verdict: Verdict
    /// Where and how they differ, in words; empty where they are identical.
    public let detail: String

    /// Makes a comparison.
    public init(path: String, verdict: Verdict, detail: String = "") {
        self.path = path
        self.verdict = verdict
        self.detail = detail
    }

    /// Whether it counts as reproduced.
    public var passes: Bool { verdict == .identical || verdict == .withinTolerance }

    /// The comparison as JSON.
    public var value: Value {
        var object: ValueObject = ["path": .string(path), "verdict": .string(verdict.rawValue)]
        if !detail.isEmpty { object["detail"] = .string(detail) }
        return .object(object)
    }

    /// Compares two files.
    ///
    /// - Parameters:
    ///   - recorded: the file as the commit has it.
    ///   - produced: the file as the replay wrote it.
    ///   - tolerance: of a metric's dotted key (nil for numbers of other files).
    static func compare(
        _ path: String, recorded: FilePath, produced: FilePath, tolerance: (String?) -> Tolerance?
    ) throws -> OutputComparison {
        guard let status = try FileStatus.of(produced), status.kind == .regular else {
            return OutputComparison(path: path, verdict: .missing, detail: "the replay did not write it")
        }
        guard let offset = try firstDifference(recorded, produced) else {
            return OutputComparison(path: path, verdict: .identical)
        }
        if ValueFile(name: path) != nil, let old = try? values(recorded, path), let new = try? values(produced, path) {
            return compareValues(path, old, new, tolerance)
        }
        if path.hasSuffix(".tsv") || path.hasSuffix(".csv") {
            return try compareTables(path, recorded, produced, tolerance(nil))
        }
        if path.hasSuffix(".safetensors") {
            return try TensorComparison.compare(path, recorded, produced, tolerance(nil), firstByte: offset)
        }
        return OutputComparison(path: path, verdict: .different, detail: "first difference at byte \(offset)")
    }

    private static func values(_ file: FilePath, _ name: String) throws -> Value {
        try ValueFile.read(try Files.read(file, limit: FileLimit.values), name: name)
    }

    /// The offset of the first byte that differs; nil where the files are the same. Reads both in pieces.
    static func firstDifference(_ left: FilePath, _ right: FilePath) throws -> Int? {
        let a = try FileDescriptor.open(left, .readOnly)
        defer { _ = try? a.close() }
        let b = try FileDescriptor.open(right, .readOnly)
        defer { _ = try? b.close() }
        let size = 1 << 20
        var first = [UInt8](repeating: 0, count: size)
        var second = first
        var offset = 0
        while true {
            let left = try fill(a, &first)
            let right = try fill(b, &second)
            let common = min(left, right)
            if first[..<common] != second[..<common] {
                return offset
                    + (zip(first[..<common], second[..<common]).enumerated().first { $0.1.0 != $0.1.1 }?.0 ?? 0)
            }
            if left != right { return offset + common }
            if left == 0 { return nil }
            offset += left
        }
    }

    private static func fill(_ file: FileDescriptor, _ buffer: inout [UInt8]) throws -> Int {
        var count = 0
        while count < buffer.count {
            let got = try buffer.withUnsafeMutableBytes { bytes in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[count...]))
            }
            if got == 0 { break }
            count += got
        }
        return count
    }

    private static func compareValues(
        _ path: String, _ old: Value, _ new: Value, _ tolerance: (String?) -> Tolerance?
    ) -> OutputComparison {
        let before = ValueObject(old.flattened.map { ($0.key, $0.value) })
        let after = ValueObject(new.flattened.map { ($0.key, $0.value) })
        var worst = ""
        for key in Set(before.keys).union(after.keys).sorted() {
            guard let a = before[key], let b = after[key] else {
                return OutputComparison(
                    path: path, verdict: .different,
                    detail: before[key] == nil ? "'\(key)' is new" : "'\(key)' is missing")
            }
            if a.isSame(as: b) { continue }
            guard let x = a.number, let y = b.number else {
                return OutputComparison(
                    path: path, verdict: .different, detail: "'\(key)' was \(a.text) and is \(b.text)")
            }
            let words = "'\(key)' was \(a.text) and is \(b.text)"
            guard let tolerance = tolerance(key), tolerance.accepts(y, reference: x) else {
                return OutputComparison(path: path, verdict: .different, detail: words)
            }
            if worst.isEmpty { worst = words + ", within \(tolerance)" }
        }
        return OutputComparison(
            path: path, verdict: worst.isEmpty ? .identical : .withinTolerance,
            detail: worst.isEmpty ? "laid out differently" : worst)
    }

    private static func compareTables(
        _ path: String, _ recorded: FilePath, _ produced: FilePath, _ tolerance: Tolerance?
    ) throws -> OutputComparison {
        let old = try Files.read(recorded, limit: FileLimit.values).split(
            separator: 10, omittingEmptySubsequences: false)
        let new = try Files.read(produced, limit: FileLimit.values).split(
            separator: 10, omittingEmptySubsequences: false)
        guard old.count == new.count else {
            return OutputComparison(path: path, verdict: .different, detail: "\(old.count) lines became \(new.count)")
        }
        for (index, (left, right)) in zip(old, new).enumerated() where left != right {
            let a = left.split { $0 == 9 || $0 == UInt8(ascii: ",") }
            let b = right.split { $0 == 9 || $0 == UInt8(ascii: ",") }
            let agrees =
                a.count == b.count
                && zip(a, b).allSatisfy { x, y in
                    if x == y { return true }
                    guard let tolerance, let old = Double(String(decoding: x, as: UTF8.self)),
                        let new = Double(String(decoding: y, as: UTF8.self))
                    else { return false }
                    return tolerance.accepts(new, reference: old)
                }
            guard agrees else {
                let line = String(decoding: right.prefix(60), as: UTF8.self)
                return OutputComparison(
                    path: path, verdict: .different, detail: "first difference in line \(index + 1): \(line)")
            }
        }
        return OutputComparison(path: path, verdict: .withinTolerance, detail: "numbers differ within the tolerance")
    }
}
