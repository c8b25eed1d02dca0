internal import GitObjects

extension Chart {
    /// The charts of several sources side by side: one chart for each series or declared plot, one line for each source.
    ///
    /// - Parameter sources: a name (the revision) with where its files are read from.
    public static func load(
        _ sources: [(name: String, source: any FileSource)], pipeline: Pipeline?, wanted: [String] = []
    ) throws -> [Chart] {
        var order: [String] = []
        var lines: [String: [Line]] = [:]
        func add(_ title: String, _ line: Line) {
            guard wanted.isEmpty || wanted.contains(title) || wanted.contains(where: { title.hasPrefix($0 + ":") })
            else { return }
            if lines[title] == nil { order.append(title) }
            lines[title, default: []].append(line)
        }
        for (name, source) in sources {
            for series in try Series.all(from: source) {
                let points = series.points.map { Point(x: Double($0.step), y: $0.value) }
                add(series.name, Line(name: name, points: points))
            }
            for plot in pipeline?.plots ?? [] {
                for item in plot.sources { try addPlot(plot, item, source, name, add) }
            }
            let named = (pipeline?.outputs ?? []).filter { $0.role == .plot }.map(\.path)
            for path in named where !(pipeline?.plots ?? []).contains(where: { $0.name == path }) {
                let plot = Pipeline.Plot(
                    name: path, sources: [.init(path: path, columns: [])], x: nil, title: nil, xLabel: nil, yLabel: nil)
                try addPlot(plot, plot.sources[0], source, name, add)
            }
        }
        return order.map { title in
            let plot = pipeline?.plots.first { title.hasPrefix($0.name) }
            return Chart(
                title: plot?.title ?? title, xLabel: plot?.xLabel ?? plot?.x ?? "step", yLabel: plot?.yLabel ?? "",
                lines: lines[title] ?? [])
        }
    }

    private static func addPlot(
        _ plot: Pipeline.Plot, _ item: Pipeline.Plot.Source, _ source: any FileSource, _ name: String,
        _ add: (String, Line) -> Void
    ) throws {
        guard let bytes = try source.read(GitPath(item.path)) else { return }
        let rows = try table(bytes, name: item.path)
        guard let first = rows.first else { return }
        let x = plot.x ?? (first["step"] != nil ? "step" : nil)
        let columns = item.columns.isEmpty ? first.keys.filter { $0 != x && first[$0]?.number != nil } : item.columns
        for column in columns {
            let points = rows.enumerated().compactMap { index, row -> Point? in
                guard let y = row[column]?.number else { return nil }
                return Point(x: x.flatMap { row[$0]?.number } ?? Double(index), y: y)
            }
            add(columns.count == 1 ? plot.name : "\(plot.name): \(column)", Line(name: name, points: points))
        }
    }

    /// The rows of a plot file: a JSON or YAML list of mappings (also one below a single key), CSV or TSV.
    static func table(_ bytes: [UInt8], name: String) throws(ValueError) -> [ValueObject] {
        if name.hasSuffix(".csv") || name.hasSuffix(".tsv") {
            let separator = name.hasSuffix(".tsv") ? UInt8(ascii: "\t") : UInt8(ascii: ",")
            let lines = bytes.filter { $0 != 13 }.split(separator: 10)
            guard let header = lines.first else { return [] }
            let columns = header.split(separator: separator, omittingEmptySubsequences: false).map {
                String(decoding: $0.filter { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            }
            return lines.dropFirst().map { line in
                let fields = line.split(separator: separator, omittingEmptySubsequences: false)
                return ValueObject(
                    zip(columns, fields).map { ($0, YAMLScalar.resolve(String(decoding: $1, as: UTF8.self))) })
            }
        }
        guard ValueFile(name: name) != nil else { return [] }
        var value = try ValueFile.read(bytes, name: name)
        if let only = value.object, let inner = only.entries.first(where: { $0.value.array != nil }) {
            value = inner.value
        }
        return value.array?.compactMap(\.object) ?? []
    }
}
