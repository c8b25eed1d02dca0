internal import NacreExperiments

/// Tables of experiments for people.
enum ExperimentDisplay {
    static func text(
        _ table: ExperimentTable, _ workspace: Workspace, _ context: Context, isMarkdown: Bool = false
    ) throws -> String {
        let policy = (try? workspace.pipeline())??.policy ?? Policy()
        let titles = table.columns.map { column in
            switch policy.rule(for: column.key)?.direction {
            case .maximize? where column.kind == .metric: column.key + " ↑"
            case .minimize? where column.kind == .metric: column.key + " ↓"
            default: column.key
            }
        }
        let numeric = table.columns.indices.filter { table.columns[$0].kind != .attribute }
        var result = TextTable(titles: titles, numeric: Set(numeric))
        for experiment in table.experiments {
            result.rows.append(table.values(experiment).map { NumberDisplay.cell($0) })
        }
        if isMarkdown { return result.markdown }
        let isColored = try context.usesColor(nil, key: "color.experiment")
        let best = best(table, policy)
        return result.text(width: context.terminalWidth) { row, column, text in
            if best[column] == row { return context.paint(text, "32", isColored) }
            if column == 0, !table.experiments[row].isSuccess { return context.paint(text, "31", isColored) }
            return text
        }
    }

    /// For each column of a metric with a direction the row of its best value.
    private static func best(_ table: ExperimentTable, _ policy: Policy) -> [Int: Int] {
        var result: [Int: Int] = [:]
        for (index, column) in table.columns.enumerated() where column.kind == .metric {
            guard let direction = policy.rule(for: column.key)?.direction, table.experiments.count > 1 else { continue }
            let numbers = table.experiments.enumerated().compactMap { row, experiment in
                experiment.metrics[column.key]?.finiteNumber.map { (row: row, number: $0) }
            }
            let found =
                direction == .maximize
                ? numbers.max { $0.number < $1.number } : numbers.min { $0.number < $1.number }
            result[index] = found?.row
        }
        return result
    }
}
