/// Rows of text in columns, for terminals and Markdown.
public struct TextTable: Sendable {
    /// The titles.
    public let titles: [String]
    /// Which columns hold numbers, and stand at the right.
    public let numeric: Set<Int>
    /// The rows.
    public var rows: [[String]] = []

    /// An empty table.
    public init(titles: [String], numeric: Set<Int> = []) {
        self.titles = titles
        self.numeric = numeric
    }

    /// A pipe table, as GitHub shows it.
    public var markdown: String {
        func line(_ cells: [String]) -> String {
            "| "
                + cells.map { cell in
                    cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
                }
                .joined(separator: " | ") + " |\n"
        }
        var text = line(titles)
        text += "|" + titles.indices.map { numeric.contains($0) ? " ---: |" : " --- |" }.joined() + "\n"
        return text + rows.map(line).joined()
    }

    /// The most that a column of words takes where not everything fits.
    private static let cellLimit = 20

    /// Aligned columns, cut so that no line is wider than `width`: long words are cut first, the first column stays, later
    /// ones go, and a last line says how many are not shown.
    ///
    /// - Parameter style: makes of a cell what is shown (colour); its visible width must stay.
    public func text(width: Int, style: (_ row: Int, _ column: Int, _ text: String) -> String = { $2 }) -> String {
        var widths = titles.map(\.count)
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], cell.count)
            }
        }
        if widths.reduce(2 * (widths.count - 1), +) > width {
            for index in widths.indices.dropFirst() where !numeric.contains(index) {
                widths[index] = max(titles[index].count, min(widths[index], Self.cellLimit))
            }
        }
        var shown = 0
        var used = 0
        for (index, column) in widths.enumerated() {
            let needed = column + (index == 0 ? 0 : 2)
            if index > 0, used + needed > width { break }
            used += needed
            shown += 1
        }
        var text = ""
        for (number, row) in ([titles] + rows).enumerated() {
            var line = ""
            for index in 0..<shown {
                var cell = index < row.count ? row[index] : ""
                if cell.count > widths[index] { cell = cell.prefix(widths[index] - 1) + "…" }
                let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
                let styled = number == 0 ? cell : style(number - 1, index, cell)
                if index > 0 { line += "  " }
                line += numeric.contains(index) ? padding + styled : index == shown - 1 ? styled : styled + padding
            }
            text += line + "\n"
        }
        if shown < titles.count {
            text += "(\(titles.count - shown) more columns: \(titles[shown...].joined(separator: ", ")))\n"
        }
        return text
    }
}
