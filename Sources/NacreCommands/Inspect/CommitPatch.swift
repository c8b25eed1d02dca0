internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// A commit as `range-diff` compares it: its message and its patch as one text, without what differs in every rebase.
struct CommitPatch {
    let id: ObjectID
    /// Metadata, message and patch.
    private(set) var text: [UInt8] = []
    /// Where the patch begins in the text.
    private(set) var patchStart = 0
    /// How many lines the patch has.
    private(set) var size = 0
    private var fileName: [UInt8] = []

    /// The patch without metadata and message.
    var patch: [UInt8] { Array(text[patchStart...]) }

    /// Reads what `log -p` prints of a commit, with `>`, `<` and `#` before the lines of its patch.
    init(_ id: ObjectID, message: [UInt8], files: [(entry: DiffEntry, text: [UInt8])]) {
        self.id = id
        for line in message.split(separator: 10, omittingEmptySubsequences: false) { addMessage(line) }
        for file in files { add(file.text, file.entry) }
    }

    private mutating func addMessage(_ line: ArraySlice<UInt8>) {
        if line.starts(with: "Author: ".utf8) {
            text += " ## Metadata ##\n".utf8
            text += line
            text += "\n\n ## Commit message ##\n".utf8
        } else if line.starts(with: "Notes".utf8), line.last == UInt8(ascii: ":") {
            text += "\n\n ## ".utf8
            text += line.dropLast()
            text += " ##\n".utf8
        } else if line.starts(with: "    ".utf8) {
            var line = line
            while let last = line.last, CommitText.isSpace(last) { line.removeLast() }
            text += line
            text.append(10)
        }
    }

    private static let headers = [
        "index ", "--- ", "+++ ", "old mode ", "new mode ", "new file mode ", "deleted file mode ", "similarity index ",
        "dissimilarity index ", "rename from ", "rename to ", "copy from ", "copy to ",
    ]

    private mutating func add(_ patch: [UInt8], _ entry: DiffEntry) {
        var lines = patch.split(separator: 10, omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        while let line = lines.popFirst() {
            if line.isEmpty { continue }
            if line.starts(with: "diff --git".utf8) {
                var header: [ArraySlice<UInt8>] = []
                while let next = lines.first, Self.headers.contains(where: { next.starts(with: $0.utf8) }) {
                    header.append(next)
                    lines.removeFirst()
                }
                addHeader(header, entry)
            } else {
                add(line)
            }
            size += 1
        }
    }

    private mutating func addHeader(_ header: [ArraySlice<UInt8>], _ entry: DiffEntry) {
        func has(_ words: String) -> Bool { header.contains { $0.starts(with: words.utf8) } }
        text.append(10)
        if patchStart == 0 { patchStart = text.count }
        text += " ## ".utf8
        fileName = entry.new.path.bytes
        if has("new file mode ") {
            text += fileName + Array(" (new)".utf8)
        } else if has("deleted file mode ") {
            fileName = entry.old.path.bytes
            text += fileName + Array(" (deleted)".utf8)
        } else if has("rename from ") {
            text += entry.old.path.bytes + Array(" => ".utf8) + fileName
        } else {
            text += fileName
        }
        if has("old mode ") { text += " (mode change \(entry.old.octalMode) => \(entry.new.octalMode))".utf8 }
        text += " ##\n".utf8
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        if line.starts(with: "@@ ".utf8) {
            var rest = line.dropFirst(3)
            while !rest.isEmpty, !rest.starts(with: "@@".utf8) { rest = rest.dropFirst() }
            rest = rest.dropFirst(2)
            text += "@@".utf8
            if !rest.isEmpty { text += [32] + fileName + [UInt8(ascii: ":")] }
            text += rest
        } else {
            switch line.first {
            case UInt8(ascii: ">"): text += [UInt8(ascii: "+")] + line.dropFirst()
            case UInt8(ascii: "<"): text += [UInt8(ascii: "-")] + line.dropFirst()
            case UInt8(ascii: "#"): text += [32] + line.dropFirst()
            default: text += [32] + line
            }
        }
        text.append(10)
    }
}

/// Reads the commits of a range as patches.
struct CommitPatchReader {
    private let context: Context
    private let repository: Repository
    private let paths: [[UInt8]]
    private let notes: CommitNotes?

    init(_ context: Context, paths: [[UInt8]], notes: CommitNotes?) throws {
        self.context = context
        repository = try context.repository()
        self.paths = paths
        self.notes = notes
    }

    /// The commits of a range, merges left out, the oldest first.
    func read(_ range: String) throws -> [CommitPatch] {
        let request = try RevisionRequest(context)
        guard try request.revision(range) else { throw CommandError.error("could not parse log for '\(range)'") }
        request.walk.maximumParents = 1
        request.walk.isReversed = true
        request.walk.order = .commitDate
        let pathspec = try context.diffPathspec(paths)
        if !paths.isEmpty { request.walk.paths = pathspec }
        let diff = try LogDiff(Arguments(), context, pathspec: pathspec, defaultFormats: .patch)
        var options = diff.options
        options.colors = nil
        options.oldPrefix = []
        options.newPrefix = []
        options.indicators = (UInt8(ascii: ">"), UInt8(ascii: "<"), UInt8(ascii: "#"))
        let pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        if try repository.config.bool("log.mailmap") ?? true { pretty.mailmap = Mailmap(repository) }
        let messages = PrettyMessage(pretty, .medium, tabWidth: nil)
        var result: [CommitPatch] = []
        var walk = try request.makeWalk()
        while let entry = try walk.next() {
            let commit = try CommitText(entry, repository.objects)
            var message = messages.text(commit, parents: entry.parents)
            if let notes { message += try notes.text(entry.id, raw: false) }
            var files: [(entry: DiffEntry, text: [UInt8])] = []
            for part in try diff.parts(entry, parents: repository.objects.links(entry.id).parents) {
                for change in part.selection.entries {
                    var text: [UInt8] = []
                    var printer = DiffPrinter(source: diff.source, options: options) { text += copy $0 }
                    try printer.print([change])
                    files.append((change, text))
                }
            }
            result.append(CommitPatch(entry.id, message: message, files: files))
        }
        return result
    }
}
