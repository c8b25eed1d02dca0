internal import Bytes
internal import NacreExperiments
internal import SystemPackage

struct PlotsCommand: Command {
    static let name = "plots"
    static let summary = "draw series and plots of one or several revisions"
    static let usage = [
        "show [--html=<file> | --svg=<directory> | --json] [--revision=<revision>] [<revision> | <plot>]...",
        "diff [--html=<file> | --svg=<directory> | --json] <revision> [<revision>...]",
    ]
    static let options: [OptionSpec] = [
        .value("html", "file", "write one page that needs nothing from elsewhere"),
        .value("svg", "directory", "write an SVG file for each plot"),
        .flag("json", "print Vega-Lite specifications"),
        .value("revision", "r", "revision", "the files of a revision instead of the work tree"),
        .value("plot", "p", "name", "only this plot"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.texts
        let workspace = try context.workspace()
        context.recoverRuns(workspace)
        let operands = Array(words.dropFirst())
        var sources: [(name: String, source: any FileSource)] = []
        var wanted = arguments.allTexts("plot")
        switch words.first {
        case "show":
            var revisions = arguments.text("revision").map { [$0] } ?? []
            for word in operands {
                if (try? context.experimentRevision(word, workspace)) != nil {
                    revisions.append(word)
                } else {
                    wanted.append(word)
                }
            }
            for name in revisions { sources.append((name, try context.source(name, workspace))) }
            if sources.isEmpty { sources = [("workspace", workspace.files)] }
        case "diff":
            guard !operands.isEmpty else { throw CommandError.usage("diff needs a revision") }
            for name in operands { sources.append((name, try context.source(name, workspace))) }
            if operands.count == 1 { sources.append(("workspace", workspace.files)) }
        case let word?: throw CommandError.usage("unknown subcommand: `\(word)'")
        case nil: throw CommandError.usage("need a subcommand")
        }
        let pipeline = try PipelineReader.read(from: sources[sources.count - 1].source)
        let charts = try Chart.load(sources, pipeline: pipeline, wanted: wanted)
        if charts.isEmpty, let name = wanted.first {
            throw CommandError.error("neither a plot nor a revision is named '\(name)'")
        }
        guard !charts.isEmpty else {
            throw CommandError.error(
                "there is nothing to plot: write dvclive/plots/metrics/*.tsv, or declare plots in nacre.yaml")
        }
        try write(charts, sources.map(\.name), arguments, context)
        return .success
    }

    private static func write(
        _ charts: [Chart], _ names: [String], _ arguments: Arguments, _ context: Context
    ) throws {
        if let file = arguments.bytes("html") {
            let path = context.workingDirectory.pushing(FilePath(bytes: file))
            let page = PlotPage.html(charts, title: "Plots of " + names.joined(separator: ", "))
            try TemporaryFile.replace(path, with: Array(page.utf8), synchronizing: false)
            context.output.line("Wrote \(path)")
        }
        if let directory = arguments.bytes("svg") {
            let path = context.workingDirectory.pushing(FilePath(bytes: directory))
            try Files.makeDirectory(path)
            for chart in charts {
                let name = String(chart.title.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? $0 : "_" })
                try TemporaryFile.replace(
                    path.appending(name + ".svg"), with: Array(SVGChart.draw(chart).utf8), synchronizing: false)
            }
            context.output.line("Wrote \(charts.count) plots to \(path)")
        }
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(.array(charts.map(PlotPage.vegaLite)), style: .pretty))
        } else if !arguments.has("html"), !arguments.has("svg") {
            for chart in charts {
                context.output.line(UnicodeChart.draw(chart, width: min(context.terminalWidth, 100)))
            }
        }
    }
}
