/// Charts as SVG.
public enum SVGChart {
    private static let colours = [
        "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#ff9da6", "#9d755d",
    ]

    /// The chart as an SVG element.
    public static func draw(_ chart: Chart, width: Int = 640, height: Int = 360) -> String {
        let (left, right, top, bottom) = (64.0, Double(width) - 16, 32.0, Double(height) - 44)
        var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" "
        text += "height=\"\(height)\" font-family=\"sans-serif\" font-size=\"12\">\n"
        text += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        text +=
            "<text x=\"\(width / 2)\" y=\"18\" text-anchor=\"middle\" font-size=\"14\">\(JUnitReport.escape(chart.title))</text>\n"
        guard let bounds = chart.bounds else { return text + "</svg>\n" }
        func x(_ value: Double) -> Double {
            left + (value - bounds.x.lowerBound) / (bounds.x.upperBound - bounds.x.lowerBound) * (right - left)
        }
        func y(_ value: Double) -> Double {
            bottom - (value - bounds.y.lowerBound) / (bounds.y.upperBound - bounds.y.lowerBound) * (bottom - top)
        }
        for step in 0...4 {
            let share = Double(step) / 4
            let value = bounds.y.lowerBound + (bounds.y.upperBound - bounds.y.lowerBound) * share
            let position = number(y(value))
            text +=
                "<line x1=\"\(number(left))\" x2=\"\(number(right))\" y1=\"\(position)\" y2=\"\(position)\" stroke=\"#ddd\"/>\n"
            text +=
                "<text x=\"\(number(left - 6))\" y=\"\(position)\" text-anchor=\"end\" dominant-baseline=\"middle\">"
            text += "\(NumberText.rounded(value, digits: 4))</text>\n"
            let along = bounds.x.lowerBound + (bounds.x.upperBound - bounds.x.lowerBound) * share
            text += "<text x=\"\(number(x(along)))\" y=\"\(number(bottom + 16))\" text-anchor=\"middle\">"
            text += "\(NumberText.rounded(along, digits: 4))</text>\n"
        }
        text +=
            "<text x=\"\(width / 2)\" y=\"\(height - 8)\" text-anchor=\"middle\">\(JUnitReport.escape(chart.xLabel))</text>\n"
        for (index, line) in chart.lines.enumerated() {
            let colour = colours[index % colours.count]
            let points = line.points.map { "\(number(x($0.x))),\(number(y($0.y)))" }.joined(separator: " ")
            if line.points.count == 1 {
                text +=
                    "<circle r=\"3\" cx=\"\(number(x(line.points[0].x)))\" cy=\"\(number(y(line.points[0].y)))\" fill=\"\(colour)\"/>\n"
            } else {
                text += "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.5\" points=\"\(points)\"/>\n"
            }
            if chart.lines.count > 1 {
                let row = number(top + 14 * Double(index) + 6)
                text +=
                    "<text x=\"\(number(right))\" y=\"\(row)\" text-anchor=\"end\" fill=\"\(colour)\">\(JUnitReport.escape(line.name))</text>\n"
            }
        }
        return text + "</svg>\n"
    }

    private static func number(_ value: Double) -> String {
        NumberText.rounded((value * 100).rounded() / 100, digits: 7)
    }
}
