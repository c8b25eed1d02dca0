/// Charts made of characters, for terminals.
public enum UnicodeChart {
    private static let bars = Array("▁▂▃▄▅▆▇█")

    /// Numbers as a row of small bars, at most `width` wide; NaN and the infinities are gaps.
    public static func sparkline(_ numbers: [Double], width: Int = 24) -> String {
        let finite = numbers.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max(), width > 0 else { return "" }
        var shown = numbers
        if numbers.count > width {
            // Each place shows the last number of its share: a metric's end matters most.
            shown = (1...width).map { numbers[$0 * numbers.count / width - 1] }
        }
        return String(
            shown.map { number -> Character in
                guard number.isFinite else { return " " }
                guard high > low else { return bars[3] }
                return bars[min(7, Int((number - low) / (high - low) * 8))]
            })
    }

    /// A chart of Braille dots with its axes' ends written beside it.
    public static func draw(_ chart: Chart, width: Int = 72, height: Int = 15) -> String {
        var result = chart.title.isEmpty ? "" : chart.title + "\n"
        guard let bounds = chart.bounds else { return result + "(no values)\n" }
        let labels = [
            NumberText.rounded(bounds.y.upperBound, digits: 4), NumberText.rounded(bounds.y.lowerBound, digits: 4),
        ]
        let margin = (labels.map(\.count).max() ?? 0) + 1
        let columns = max(8, width - margin - 1)
        var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: columns), count: height)
        func plot(_ x: Double, _ y: Double) {
            let column = Int(
                (x - bounds.x.lowerBound) / (bounds.x.upperBound - bounds.x.lowerBound) * Double(columns * 2 - 1))
            let row = Int(
                (bounds.y.upperBound - y) / (bounds.y.upperBound - bounds.y.lowerBound) * Double(height * 4 - 1))
            guard (0..<columns * 2).contains(column), (0..<height * 4).contains(row) else { return }
            let dots: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
            cells[row / 4][column / 2] |= dots[row % 4][column % 2]
        }
        for line in chart.lines {
            for (a, b) in zip(line.points, line.points.dropFirst()) {
                let steps = columns * 2
                for step in 0...steps {
                    let share = Double(step) / Double(steps)
                    plot(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
                }
            }
            if line.points.count == 1 { plot(line.points[0].x, line.points[0].y) }
        }
        for (row, line) in cells.enumerated() {
            let label = row == 0 ? labels[0] : row == height - 1 ? labels[1] : ""
            let dots = line.map { $0 == 0 ? " " : String(Unicode.Scalar(0x2800 + $0) ?? " ") }.joined()
            result += String(repeating: " ", count: margin - 1 - label.count) + label + " │" + dots + "\n"
        }
        let left = NumberText.rounded(bounds.x.lowerBound, digits: 4)
        let right = NumberText.rounded(bounds.x.upperBound, digits: 4)
        let gap = max(1, columns - left.count - right.count)
        result += String(repeating: " ", count: margin) + "└" + String(repeating: "─", count: columns) + "\n"
        result += String(repeating: " ", count: margin + 1) + left + String(repeating: " ", count: gap) + right + "\n"
        if chart.lines.count > 1 { result += chart.lines.map { "  " + $0.name + "\n" }.joined() }
        return result
    }
}
