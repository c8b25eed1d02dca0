internal import GitObjects

/// Experiments as a table: a row each, a column for each parameter and metric that matters.
public struct ExperimentTable: Sendable {
    /// A column.
    public struct Column: Sendable, Hashable {
        /// Where its values come from.
        public enum Kind: Sendable, Hashable {
            /// Name, time or status.
            case attribute
            /// A metric.
            case metric
            /// A parameter.
            case parameter
        }

        /// Where its values come from.
        public let kind: Kind
        /// The key.
        public let key: String

        /// Makes a column.
        public init(_ kind: Kind, _ key: String) {
            self.kind = kind
            self.key = key
        }
    }

    /// The columns.
    public let columns: [Column]
    /// The rows.
    public let experiments: [Experiment]

    /// The values of a row in the order of the columns; nil where the experiment has none.
    public func values(_ experiment: Experiment) -> [Value?] {
        columns.map { column in
            switch column.kind {
            case .metric: experiment.metrics[column.key]
            case .parameter: experiment.parameters[column.key]
            case .attribute:
                switch column.key {
                case "time": .string(Timestamp.text(Double(experiment.time)))
                case "status": .string(experiment.status)
                case "commit": .string(String(experiment.commit.hex.prefix(10)))
                case "command": .string(experiment.command)
                default: .string(experiment.name)
                }
            }
        }
    }

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - wanted: the columns, as `metrics.accuracy`, `params.lr`, `status` or a bare key; nil for the name, every metric, and the
    ///     parameters that are not the same in all rows.
    public init(_ experiments: [Experiment], wanted: [String]? = nil) {
        self.experiments = experiments
        if let wanted {
            columns = [Column(.attribute, "name")] + wanted.compactMap { Self.column($0, in: experiments) }
            return
        }
        var columns = [Column(.attribute, "name")]
        if experiments.contains(where: { !$0.isSuccess }) { columns.append(Column(.attribute, "status")) }
        columns += Self.keys(experiments.map(\.metrics)).map { Column(.metric, $0) }
        for key in Self.keys(experiments.map(\.parameters)) {
            let first = experiments.first?.parameters[key]
            if experiments.count < 2 || experiments.contains(where: { $0.parameters[key] != first }) {
                columns.append(Column(.parameter, key))
            }
        }
        self.columns = columns
    }

    private static func keys(_ objects: [ValueObject]) -> [String] {
        var seen: Set<String> = []
        var keys: [String] = []
        for object in objects {
            for entry in object.entries where !entry.value.isComposite && seen.insert(entry.key).inserted {
                keys.append(entry.key)
            }
        }
        return keys
    }

    static func column(_ name: String, in experiments: [Experiment]) -> Column? {
        if name.hasPrefix("metrics.") { return Column(.metric, String(name.dropFirst(8))) }
        if name.hasPrefix("params.") { return Column(.parameter, String(name.dropFirst(7))) }
        if ["name", "time", "status", "commit", "command"].contains(name) { return Column(.attribute, name) }
        if experiments.contains(where: { $0.metrics[name] != nil }) { return Column(.metric, name) }
        return Column(.parameter, name)
    }

    /// Experiments in the order of a column's values: numbers by size, NaN and missing ones last.
    public static func sorted(_ experiments: [Experiment], by name: String, ascending: Bool) -> [Experiment] {
        guard let column = column(name, in: experiments) else { return experiments }
        let table = ExperimentTable(experiments, columns: [column])
        let keyed = experiments.map { (experiment: $0, value: table.values($0)[0]) }
        return keyed.sorted { left, right in
            switch (left.value.flatMap(\.finiteNumber), right.value.flatMap(\.finiteNumber)) {
            case (let a?, let b?): return ascending ? a < b : a > b
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil):
                guard let a = left.value, let b = right.value, a.number == nil, b.number == nil else {
                    return left.value?.number == nil && left.value != nil && right.value == nil
                }
                return ascending ? a.text < b.text : a.text > b.text
            }
        }.map(\.experiment)
    }

    private init(_ experiments: [Experiment], columns: [Column]) {
        self.experiments = experiments
        self.columns = columns
    }

    /// CSV (RFC 4180), the first line naming the columns.
    public var csv: String {
        func quote(_ text: String) -> String {
            guard text.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return text }
            return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        var lines = [columns.map { quote(Self.title($0)) }.joined(separator: ",")]
        for experiment in experiments {
            lines.append(values(experiment).map { quote($0?.text ?? "") }.joined(separator: ","))
        }
        return lines.map { $0 + "\r\n" }.joined()
    }

    /// The name of a column for programs: `metrics.accuracy`.
    static func title(_ column: Column) -> String {
        switch column.kind {
        case .attribute: column.key
        case .metric: "metrics." + column.key
        case .parameter: "params." + column.key
        }
    }

    /// JSON: a list of objects with `name`, `commit`, `metrics` and `params`.
    public var json: Value {
        .array(
            experiments.map { experiment in
                .object([
                    "name": .string(experiment.name), "commit": .string(experiment.commit.hex),
                    "base": experiment.base.map { .string($0.hex) } ?? .null,
                    "time": .string(Timestamp.text(Double(experiment.time))), "status": .string(experiment.status),
                    "command": .string(experiment.command), "metrics": .object(experiment.metrics),
                    "params": .object(experiment.parameters),
                ])
            })
    }
}
