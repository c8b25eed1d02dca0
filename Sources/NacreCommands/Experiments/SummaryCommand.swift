internal import GitDiff
internal import GitObjects
internal import GitStorage
internal import NacreExperiments

struct SummaryCommand: Command {
    static let name = "summary"
    static let summary = "show a reviewer what changed: code, parameters, metrics, environment, sizes"
    static let usage = ["[--markdown | --json] <old> [<new>]"]
    static let options: [OptionSpec] = [
        .flag("markdown", aliases: ["md"], "print Markdown, fit for a pull request"),
        .flag("json", "print JSON"),
    ]
    static let details = ["No large file is fetched: sizes are read from pointers."]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let words = arguments.texts
        guard (1...2).contains(words.count) else { throw CommandError.usage("summary needs one or two revisions") }
        let workspace = try context.workspace()
        let old = try context.experimentRevision(words[0], workspace)
        let new = try context.experimentRevision(words.count > 1 ? words[1] : "HEAD", workspace)
        let review = try Review(from: old, to: new, workspace)
        if arguments.isOn("json") {
            context.output.line(JSONWriter.string(review.value, style: .pretty))
            return .success
        }
        let isMarkdown = arguments.isOn("markdown")
        func heading(_ text: String) { context.output.line(isMarkdown ? "### \(text)\n" : text) }
        func table(_ table: TextTable) {
            let text = isMarkdown ? table.markdown : table.text(width: max(60, context.terminalWidth))
            context.output.line(text)
        }
        let policy = review.policy
        for (title, part, isMetrics) in [("Metrics", review.metrics, true), ("Parameters", review.parameters, false)]
        where !part.isEmpty {
            heading(title)
            var rows = TextTable(titles: ["name", "old", "new", "change", ""], numeric: [1, 2, 3])
            for (file, changes) in part {
                for (key, difference) in changes {
                    let verdict = isMetrics ? policy.isImprovement(difference, of: key, in: file) : nil
                    let change = difference.relativeChange.map { NumberDisplay.percent($0) } ?? ""
                    rows.rows.append([
                        key, NumberDisplay.cell(difference.old, digits: 6),
                        NumberDisplay.cell(difference.new, digits: 6), change,
                        verdict.map { $0 ? "▲ better" : "▼ worse" } ?? "",
                    ])
                }
            }
            table(rows)
        }
        if !review.environment.isEmpty {
            heading("Environment")
            var rows = TextTable(titles: ["name", "old", "new"])
            for (name, difference) in review.environment {
                rows.rows.append([name, difference.old.text, difference.new.text])
            }
            table(rows)
        }
        if !review.sizes.isEmpty {
            heading("Data and models")
            var rows = TextTable(titles: ["path", "old", "new"], numeric: [1, 2])
            for item in review.sizes {
                rows.rows.append([item.path, item.old.map(Review.bytes) ?? "-", item.new.map(Review.bytes) ?? "-"])
            }
            table(rows)
        }
        let statistics = try codeStatistics(old, new, workspace, context)
        if !statistics.isEmpty {
            heading("Code")
            context.output.write(isMarkdown ? "```\n\(statistics)```\n" : statistics)
        }
        return .success
    }

    private static func codeStatistics(
        _ old: ObjectID, _ new: ObjectID, _ workspace: Workspace, _ context: Context
    ) throws -> String {
        let objects = workspace.objects
        var options = DiffOptions()
        options.formats = [.stat]
        options.quotesHighBytes = context.quotesHighBytes
        let entries = try TreeDiff.compare(
            try objects.peel(old, to: .tree), try objects.peel(new, to: .tree), source: objects)
        let sink = TextSink()
        var printer = DiffPrinter(source: objects, options: options) { sink.bytes.append(contentsOf: copy $0) }
        try printer.print(try RenameDetector.detect(entries, source: objects, options: RenameOptions()).entries)
        return String(decoding: sink.bytes, as: UTF8.self)
    }
}

/// Collects what a printer gives.
private final class TextSink {
    var bytes: [UInt8] = []
}
