internal import NacreExperiments

/// Tables of changed values: arrow and colour say what is better, where the policy tells.
enum DifferenceDisplay {
    static func text(
        _ differences: [(file: String, changes: [(key: String, difference: ValueDifference)])], _ policy: Policy,
        _ context: Context, isMarkdown: Bool = false
    ) throws -> String {
        var table = TextTable(titles: ["file", "name", "old", "new", "change", "relative", ""], numeric: [2, 3, 4, 5])
        var verdicts: [Bool?] = []
        for (file, changes) in differences {
            for (key, difference) in changes {
                let verdict = policy.isImprovement(difference, of: key, in: file)
                verdicts.append(verdict)
                let arrow = verdict.map { $0 ? "▲ better" : "▼ worse" } ?? ""
                table.rows.append([
                    file, key, NumberDisplay.cell(difference.old, digits: 6),
                    NumberDisplay.cell(difference.new, digits: 6),
                    difference.change.map { NumberDisplay.change($0) } ?? "",
                    difference.relativeChange.map { NumberDisplay.percent($0) } ?? "", arrow,
                ])
            }
        }
        guard !table.rows.isEmpty else { return "" }
        if isMarkdown { return table.markdown }
        let isColored = try context.usesColor(nil, key: "color.metrics")
        return table.text(width: max(context.terminalWidth, 60)) { row, column, text in
            guard column >= 4, let isBetter = verdicts[row] else { return text }
            return context.paint(text, isBetter ? "32" : "31", isColored)
        }
    }
}
