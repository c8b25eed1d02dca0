internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// Prints commits as `log` and `show` do: the header, the message, and what a caller adds, beside the graph.
final class LogPrinter {
    let pretty: PrettyContext
    private let output: OutputStream
    var style = LogStyle.medium
    var abbreviatesCommit = false
    var showsParents = false
    var decoration = Decorations.Style.none
    var showsNotes = false
    var showsSignature = false
    var showsSource = false
    var tabWidth: Int?
    var graph: HistoryGraph?
    var showsLeftRight = false
    var showsCherryMarks = false
    /// What ends a line between commits: newline, or NUL with `-z`.
    var separator: UInt8 = 10
    /// What stands before every line (`--line-prefix`).
    var prefix: [UInt8] = []
    private var hasShown = false
    private var lacksNewline = false

    init(_ pretty: PrettyContext, _ output: OutputStream) {
        self.pretty = pretty
        self.output = output
    }

    private var colors: DecorationColors? { pretty.usesColor ? pretty.decorationColors : nil }

    static func mark(_ entry: RevisionWalk.Entry, leftRight: Bool, cherry: Bool) -> String {
        if entry.isBoundary { return "-" }
        if entry.isEqualPatch { return "=" }
        if leftRight { return entry.isLeft ? "<" : ">" }
        return cherry ? "+" : ""
    }

    /// Moves the graph to a commit; call it once for each commit, before anything is shown of it.
    func advanceGraph(_ entry: RevisionWalk.Entry) {
        guard graph != nil else { return }
        let mark = Self.mark(entry, leftRight: showsLeftRight, cherry: showsCherryMarks)
        graph?.update(
            entry.id, parents: entry.shownParents, mark: entry.isBoundary ? "o" : mark.isEmpty ? "*" : mark)
    }

    /// Sets off what is no commit from what was shown before.
    func separate() {
        if hasShown { output.write([10]) }
        hasShown = true
    }

    /// Shows a commit's header and message.
    func show(
        _ commit: CommitText, _ entry: RevisionWalk.Entry, reflog: ReflogItem? = nil, from parent: ObjectID? = nil
    ) throws {
        if hasShown && !style.terminates {
            if separator == 10 && !lacksNewline { graphPadding() }
            output.write([separator])
        }
        hasShown = true
        graphCommit()
        var message: [UInt8] = []
        if style.isMail {
            output.write("From \(commit.id) Mon Sep 17 00:00:00 2001\n")
            graphLine()
        } else if !style.isFormat {
            if try header(commit, entry, reflog, from: parent) { return }
        }
        if showsSignature, let check = try pretty.verify(commit.id) {
            for line in check.output.split(separator: 10) {
                output.write(line)
                output.write([10])
                graphLine()
            }
        }
        message = try text(commit, entry, reflog)
        lacksNewline = message.last != 10
        graphText(message)
        if style.terminates && !style.isEmpty {
            if !lacksNewline { graphPadding() }
            output.write([separator])
        }
    }

    /// The line with the id; true where nothing follows it.
    private func header(
        _ commit: CommitText, _ entry: RevisionWalk.Entry, _ reflog: ReflogItem?, from parent: ObjectID?
    ) throws -> Bool {
        var line = colors?.commit ?? ""
        if style != .oneline { line += "commit " }
        if graph == nil { line += Self.markText(entry, showsLeftRight, showsCherryMarks) }
        line += abbreviatesCommit ? pretty.abbreviate(commit.id) : commit.id.hex
        if showsParents {
            for id in entry.parents { line += " " + (abbreviatesCommit ? pretty.abbreviate(id) : id.hex) }
        }
        for id in entry.children { line += " " + (abbreviatesCommit ? pretty.abbreviate(id) : id.hex) }
        if let parent { line += " (from \(abbreviatesCommit ? pretty.abbreviate(parent) : parent.hex))" }
        if colors != nil { line += TerminalColor.reset }
        if showsSource, let source = pretty.sourceOf(commit.id) { line += "\t\(source)" }
        if decoration != .none {
            line += pretty.decorations.text(commit.id, style: decoration, colors: colors)
        }
        output.write(line)
        guard style == .oneline else {
            output.write([10])
            graphLine()
            if let reflog { showReflog(reflog, commit) }
            return false
        }
        output.write([0x20])
        guard let reflog else { return false }
        let selector = PrettyFormat(pretty, commit).selector(reflog, reflog.name)
        output.write("\(selector): ")
        output.line(reflog.entry.message)
        return true
    }

    static func markText(_ entry: RevisionWalk.Entry, _ leftRight: Bool, _ cherry: Bool) -> String {
        let mark = mark(entry, leftRight: leftRight, cherry: cherry)
        return mark.isEmpty ? "" : mark + " "
    }

    private func showReflog(_ reflog: ReflogItem, _ commit: CommitText) {
        let selector = PrettyFormat(pretty, commit).selector(reflog, reflog.name)
        let committer = reflog.entry.committer
        output.write("Reflog: \(selector) (")
        output.write(committer.name + Array(" <".utf8) + committer.email + Array(">)\n".utf8))
        output.write("Reflog message: ")
        output.line(reflog.entry.message)
    }

    /// The message in the style.
    private func text(_ commit: CommitText, _ entry: RevisionWalk.Entry, _ reflog: ReflogItem?) throws -> [UInt8] {
        if case .format(let format, _) = style {
            var expansion = PrettyFormat(pretty, commit)
            expansion.reflog = reflog
            let mark = Self.mark(entry, leftRight: true, cherry: false)
            expansion.mark = mark.isEmpty ? ">" : mark
            expansion.graphWidth = graph?.width ?? 0
            return try expansion.expand(format)
        }
        var message = PrettyMessage(pretty, style, tabWidth: tabWidth).text(commit, parents: entry.parents)
        if showsNotes, let notes = pretty.notes, style != .oneline { message += try notes.text(commit.id, raw: false) }
        if [.medium, .full, .fuller].contains(style) {
            let lines = try pretty.attestations(commit.id)
            if !lines.isEmpty { message += "\nAttestations:\n".utf8 }
            for line in lines { message += "    \(line)\n".utf8 }
        }
        return message
    }

    // MARK: The graph

    private func graphCommit() {
        output.write(prefix)
        guard graph != nil else { return }
        if graph?.isFinished == true {
            graphPadding()
            return
        }
        while let line = graph?.nextLine() {
            output.write(line.bytes)
            if line.isCommit { return }
            output.write([10] + prefix)
            if graph?.isFinished == true { return }
        }
    }

    private func graphLine() {
        output.write(prefix)
        if let line = graph?.nextLine() { output.write(line.bytes) }
    }

    private func graphPadding() {
        output.write(prefix)
        if let line = graph?.paddingLine() { output.write(line) }
    }

    /// The prefix of a further line of the commit, as the lines of a diff have it.
    func linePrefix() -> [UInt8] { prefix + (graph?.paddingLine() ?? []) }

    private func graphText(_ text: [UInt8]) {
        guard graph != nil || !prefix.isEmpty else {
            output.write(text)
            return
        }
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 10).map { $0 + 1 } ?? text.count
            output.write(text[start..<end])
            if end < text.count { graphLine() }
            start = end
        }
        guard graph?.isFinished == false else { return }
        let endsLine = text.last == 10
        if !endsLine { output.write([10]) }
        graphRemainder()
        if endsLine { output.write([10]) }
    }

    /// What is left to be drawn of a commit, without a newline at the end.
    func graphRemainder() {
        output.write(prefix)
        guard graph?.isFinished == false else { return }
        while let line = graph?.nextLine() {
            output.write(line.bytes)
            if graph?.isFinished == true { return }
            output.write([10] + prefix)
        }
    }
}
