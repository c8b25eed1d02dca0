internal import GitObjects

extension ValueTable {
    /// The metric files that count where a pipeline names none.
    public static let metricDefaults = [
        "metrics.json", "metrics.yaml", "metrics.yml", "metrics.toml", "dvclive/metrics.json",
    ]
    /// The parameter files that count where a pipeline names none.
    public static let parameterDefaults = ["params.yaml", "params.json", "params.toml", "dvclive/params.yaml"]

    /// Reads the named files, and of `defaults` those that are there.
    ///
    /// A file that cannot be read is listed with its problem: a table of many revisions must not fail for one of them.
    public static func load(
        _ names: [String], defaults: [String] = [], from source: some FileSource
    ) -> ValueTable {
        var table = ValueTable()
        var seen: Set<String> = []
        for (index, name) in (names + defaults).enumerated() where seen.insert(name).inserted {
            let isDefault = index >= names.count
            do {
                let value = try source.value(GitPath(name))
                if value == nil, isDefault { continue }
                guard let object = value else {
                    table.files.append(
                        File(
                            path: name, value: nil,
                            problem:
                                "cannot find '\(name)', which the pipeline names (run it with 'nacre run', or take the name out)"
                        ))
                    continue
                }
                guard object.object != nil else {
                    let problem = ValueError(name, "it must hold a mapping, and holds \(object.kindName)").description
                    table.files.append(File(path: name, value: nil, problem: problem))
                    continue
                }
                var file = File(path: name, value: value)
                file.warnings = notFinite(object, name, source)
                table.files.append(file)
            } catch {
                table.files.append(File(path: name, value: nil, problem: "\(error)"))
            }
        }
        return table
    }

    /// Says of each number that is not finite where it stands.
    private static func notFinite(_ value: Value, _ name: String, _ source: some FileSource) -> [String] {
        let found = value.flattened.filter { $0.value.number.map { !$0.isFinite } ?? false }
        guard !found.isEmpty, let bytes = try? source.read(GitPath(name)) else { return [] }
        // Their lines, in the order in which they stand in the file.
        var lines: [Int] = []
        for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let words = String(decoding: line, as: UTF8.self).lowercased().split { " \t\r,:[]{}+-=".contains($0) }
            let count = words.count { ["nan", "infinity", ".nan", ".inf", "inf"].contains($0) }
            lines += Array(repeating: index + 1, count: count)
        }
        return found.enumerated().map { index, item in
            let line = lines.count == found.count ? ", line \(lines[index])" : ""
            return
                "'\(name)'\(line): '\(item.key)' is \(item.value.text): no policy accepts it and it is never the best "
                + "(did the training diverge?)"
        }
    }

    /// The metrics of a source: those that its pipeline names, and the files in common places.
    public static func metrics(of source: some FileSource, pipeline: Pipeline?) -> ValueTable {
        var table = load(pipeline?.metricFiles ?? [], defaults: metricDefaults, from: source)
        table.addTensorBoard(from: source)
        return table
    }

    /// The parameters of a source: those that its pipeline names, and the files in common places.
    public static func parameters(of source: some FileSource, pipeline: Pipeline?) -> ValueTable {
        load(pipeline?.parameterFiles ?? [], defaults: parameterDefaults, from: source)
    }

    /// Adds the last value of every scalar of the TensorBoard event files below `runs/`, `logs/` and `tensorboard/`.
    private mutating func addTensorBoard(from source: some FileSource) {
        for folder in ["runs", "logs", "tensorboard", "tb_logs"] {
            let files = try? source.files(below: GitPath(folder), limit: 200) {
                String(decoding: $0.name, as: UTF8.self).contains("tfevents")
            }
            for path in files ?? [] {
                guard let bytes = try? source.read(path) else { continue }
                let name = path.description
                do throws(ValueError) {
                    let series = try TensorBoardReader.read(bytes, source: name)
                    let last = series.compactMap { item in item.points.last.map { (item.name, Value.float($0.value)) } }
                    if !last.isEmpty { self.files.append(File(path: name, value: .object(ValueObject(last)))) }
                } catch {
                    self.files.append(File(path: name, value: nil, problem: "\(error)"))
                }
            }
        }
    }
}
