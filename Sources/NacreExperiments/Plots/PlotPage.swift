/// A page of charts in one HTML file that needs nothing from elsewhere: each chart is drawn as SVG, and its Vega-Lite
/// specification stands beside it for tools that read those.
public enum PlotPage {
    /// The page.
    public static func html(_ charts: [Chart], title: String) -> String {
        var text =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>\(JUnitReport.escape(title))</title>\n"
        text += "<style>body{font-family:sans-serif;margin:2em}figure{display:inline-block;margin:0 1em 1em 0}"
        text += "svg{border:1px solid #ddd}</style></head><body>\n<h1>\(JUnitReport.escape(title))</h1>\n"
        for chart in charts {
            // `</` inside the script would end it early.
            let specification = JSONWriter.string(vegaLite(chart)).split(
                separator: "</", omittingEmptySubsequences: false
            )
            .joined(separator: "<\\/")
            text += "<figure>\n\(SVGChart.draw(chart))"
            text += "<script type=\"application/vnd.vegalite.v5+json\">\(specification)</script>\n</figure>\n"
        }
        return text + "</body></html>\n"
    }

    /// A chart as a Vega-Lite specification with its data inside.
    public static func vegaLite(_ chart: Chart) -> Value {
        var values: [Value] = []
        for line in chart.lines {
            for point in line.points {
                values.append(.object(["x": .float(point.x), "y": .float(point.y), "rev": .string(line.name)]))
            }
        }
        func axis(_ field: String, _ title: String) -> Value {
            .object([
                "field": .string(field), "type": .string("quantitative"), "title": .string(title),
                "scale": .object(["zero": .bool(false)]),
            ])
        }
        return .object([
            "$schema": .string("https://vega.github.io/schema/vega-lite/v5.json"), "title": .string(chart.title),
            "data": .object(["values": .array(values)]),
            "mark": .object(["type": .string("line"), "point": .bool(true)]),
            "encoding": .object([
                "x": axis("x", chart.xLabel), "y": axis("y", chart.yLabel),
                "color": .object(["field": .string("rev"), "type": .string("nominal")]),
            ]),
        ])
    }
}
