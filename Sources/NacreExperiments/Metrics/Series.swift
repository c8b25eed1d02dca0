internal import GitObjects

/// The values of one metric over the steps of a run.
public struct Series: Sendable, Hashable {
    /// One value.
    public struct Point: Sendable, Hashable {
        /// The step.
        public let step: Int64
        /// The value; NaN and the infinities are kept.
        public let value: Double

        /// Makes a point.
        public init(step: Int64, value: Double) {
            self.step = step
            self.value = value
        }
    }

    /// The metric's name, `train/loss`.
    public let name: String
    /// The values in the order in which they were written.
    public var points: [Point]

    /// Makes a series.
    public init(name: String, points: [Point]) {
        self.name = name
        self.points = points
    }

    /// Reads a series in DVCLive's layout: a header line with `step` and the value's name, tab-separated. A last line
    /// that is being written just now is left out.
    ///
    /// - Throws: ``ValueError`` with the line that has another number of columns or no number.
    public static func read(_ bytes: [UInt8], name: String, source: String) throws(ValueError) -> Series {
        let separator = source.hasSuffix(".csv") ? UInt8(ascii: ",") : UInt8(ascii: "\t")
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: true)
        guard let header = lines.first else { return Series(name: name, points: []) }
        let columns = header.split(separator: separator, omittingEmptySubsequences: false).map(text)
        let stepColumn = columns.firstIndex(of: "step")
        let last = name.split(separator: "/").last.map(String.init) ?? name
        guard let valueColumn = columns.firstIndex(of: last) ?? columns.indices.last(where: { $0 != stepColumn }) else {
            throw ValueError(source, line: 1, "the header names no column of values")
        }
        if bytes.last != 10, lines.count > 1 { lines.removeLast() }
        var points: [Point] = []
        for (index, line) in lines.dropFirst().enumerated() {
            let fields = line.split(separator: separator, omittingEmptySubsequences: false)
            guard fields.count == columns.count else {
                throw ValueError(
                    source, line: index + 2, "\(fields.count) columns where the header has \(columns.count)")
            }
            let field = text(fields[valueColumn])
            guard let value = Double(field) else {
                throw ValueError(source, line: index + 2, "'\(field)' is not a number")
            }
            let step = stepColumn.flatMap { Double(text(fields[$0])) }.flatMap(Int64.init(exactly:))
            points.append(Point(step: step ?? Int64(index), value: value))
        }
        return Series(name: name, points: points)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.drop { $0 == 0x20 }.filter { $0 != 13 && $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    /// The series of a source: DVCLive's `plots/metrics/**.tsv` and TensorBoard's event files.
    public static func all(from source: some FileSource) throws -> [Series] {
        var result: [Series] = []
        for folder in ["dvclive", "."].map({ $0 == "." ? "plots/metrics" : $0 + "/plots/metrics" }) {
            let root = GitPath(folder)
            let files = try source.files(below: root) {
                let name = String(decoding: $0.name, as: UTF8.self)
                return name.hasSuffix(".tsv") || name.hasSuffix(".csv")
            }
            for path in files {
                guard let bytes = try source.read(path) else { continue }
                let name = String(path.description.dropFirst(folder.utf8.count + 1).dropLast(4))
                result.append(try read(bytes, name: name, source: path.description))
            }
        }
        for folder in ["runs", "logs", "tensorboard", "tb_logs"] {
            let files = try source.files(below: GitPath(folder), limit: 200) {
                String(decoding: $0.name, as: UTF8.self).contains("tfevents")
            }
            for path in files {
                guard let bytes = try source.read(path) else { continue }
                result += try TensorBoardReader.read(bytes, source: path.description)
            }
        }
        return result
    }
}
