internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `rev-list`: the ids of commits, and of the objects that they need.
enum RevListCommand: Command {
    static let name = "rev-list"
    static let summary = "list the commits that can be reached"
    static let usage = ["[<options>] <commit>... [--] [<path>...]"]
    static let options =
        RevisionOptions.selection + RevisionOptions.matching + [
            .flag("count", negatable: false, "print how many there are"),
            .flag("objects", negatable: false, "list trees, blobs and tags too"),
            .flag("objects-edge", negatable: false, "--objects, and the excluded commits at the edge"),
            .flag("in-commit-order", negatable: false, "list objects behind the commit that needs them first"),
            .value("filter", "filter", "leave objects out"),
            .value("missing", "action", negatable: false, "what is done about objects that are not here"),
            .optional("disk-usage", "human", negatable: false, "print how many bytes on disk the objects take"),
            .flag("bisect", negatable: false, "print the commit half way"),
            .flag("bisect-all", negatable: false, "as --bisect, all commits from the best one on"),
            .flag("bisect-vars", negatable: false, "as --bisect, in variables for a shell"),
            .flag("no-object-names", negatable: true, "do not print the paths of objects"),
            .flag("quiet", negatable: false, "print nothing"),
            .flag("header", negatable: false, "print commits raw, each ended by a NUL"),
            .flag("timestamp", negatable: false, "print the commit's time"),
            .flag("use-bitmap-index", negatable: false, "use bitmaps where that is faster"),
            .flag("no-commit-header", negatable: true, "leave out the line with the id"),
            .optional("pretty", "format", negatable: false, "how commits are shown"),
            .value("format", "format", negatable: false, "how commits are shown"),
            .flag("oneline", negatable: false, "--pretty=oneline --abbrev-commit"),
            .flag("abbrev-commit", "shorten commit ids"),
            .optional("abbrev", "n", "use at least so many digits"),
            .value("date", "mode", negatable: false, "how dates are shown"),
            .flag("graph", negatable: false, "draw the history"),
        ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let request = try RevisionRequest(context)
        request.takesObjects = true
        try request.parse(arguments)
        if arguments.has("bisect") { try request.addBisection() }
        guard request.hasRevisions else { throw CommandError.usage("rev-list requires a revision") }
        let lister = try RevisionLister(arguments, context, request)
        try lister.run()
        return .success
    }
}

/// Prints what `rev-list` lists.
final class RevisionLister {
    private let arguments: Arguments
    private let context: Context
    private let request: RevisionRequest
    private let repository: Repository
    private var style: LogStyle?
    private var abbreviates = false
    private let pretty: PrettyContext
    private var graph: HistoryGraph?

    init(_ arguments: Arguments, _ context: Context, _ request: RevisionRequest) throws {
        self.arguments = arguments
        self.context = context
        self.request = request
        repository = request.repository
        pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        let matcher = try CommitMatcher(
            arguments, objects: repository.objects, configured: repository.config.string("grep.patterntype"),
            mailmap: nil,
            notes: nil)
        if request.walk.omitsEqualPatches || request.walk.marksEqualPatches {
            let diff = try LogDiff(arguments, context, pathspec: request.walk.paths ?? .all, defaultFormats: [])
            request.walk.patchIdentity = { try diff.patchIdentity($0) }
        }
        if !matcher.isEmpty { request.walk.accepts = { try matcher.accepts($0, content: $1) } }
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "pretty", "format": style = try LogStyle(option: occurrence.text, repository)
            case "oneline": (style, abbreviates) = (.oneline, true)
            case "abbrev-commit": abbreviates = !occurrence.isNegated
            case "abbrev":
                pretty.abbreviation =
                    occurrence.isNegated ? 0 : occurrence.text.flatMap { Int($0) }.map { max(4, $0) }
            case "header": style = .raw
            case "date":
                guard let mode = DateStyle.Mode(parsing: occurrence.text ?? "") else {
                    throw CommandError.fatal("unknown date format \(occurrence.text ?? "")")
                }
                pretty.dateMode = mode
            case "graph":
                graph = HistoryGraph(colors: [])
                if request.walk.order == .time { request.walk.order = .topological }
                request.walk.rewritesParents = true
                request.walk.findsShownParents = true
            default: break
            }
        }
    }

    func run() throws {
        let showsAll = arguments.has("bisect-all")
        if showsAll || arguments.has("bisect") || arguments.has("bisect-vars") {
            return try RevisionHalving(context, request).run(
                asVariables: arguments.has("bisect-vars"), showsAll: showsAll)
        }
        let choice = try ObjectChoice(arguments)
        request.walk.keepsContent = style != nil
        var walk = try request.makeWalk()
        var tally = RevisionTally()
        let isSilent = arguments.has("count") || arguments.has("quiet") || choice.countsBytes
        var objects =
            choice.isListing
            ? ListedObjects(
                repository, allowsAnyOrder: isSilent, filter: choice.filter, allowsMissing: choice.allowsMissing) : nil
        // What is left out, and the edge, are known once the first commit is.
        var ahead = try walk.next().map { [$0] } ?? []
        if choice.showsEdge || choice.isInCommitOrder { while let entry = try walk.next() { ahead.append(entry) } }
        if choice.showsEdge { try showEdge(ahead, walk) }
        if choice.isInCommitOrder { try prepare(&objects, walk) }
        var next = ahead.makeIterator()
        while let entry = try next.next() ?? walk.next() {
            objects?.add(tree: entry.tree)
            tally.add(entry)
            if choice.countsBytes { tally.bytes += try repository.objects.storage(of: entry.id).size }
            if !isSilent { try show(entry) }
            if choice.isInCommitOrder { try list(&objects, isSilent, choice, &tally) }
        }
        if !choice.isInCommitOrder { try prepare(&objects, walk) }
        try list(&objects, isSilent, choice, &tally)
        if choice.printsMissing { for id in objects?.missing ?? [] { context.output.line("?\(id)") } }
        if choice.countsBytes {
            context.output.line(choice.isForPeople ? CountObjectsCommand.human(Int64(tally.bytes)) : "\(tally.bytes)")
        } else if arguments.has("count") {
            context.output.line(tally.text(request))
        }
    }

    /// Tells the objects what excluded commits have, and adds what was named and is no commit.
    private func prepare(_ objects: inout ListedObjects?, _ walk: RevisionWalk) throws {
        guard objects != nil else { return }
        for edge in walk.excludedEdges() { try objects?.exclude(edge.tree, kind: .tree) }
        for item in request.pending where item.isExcluded && item.kind != .commit {
            try objects?.exclude(item.id, kind: item.kind)
        }
        for item in request.pending where !item.isExcluded && item.kind != .commit {
            objects?.add(pending: item.id, kind: item.kind, path: item.path?.bytes ?? [])
        }
    }

    /// Lists the objects that were added since.
    private func list(
        _ objects: inout ListedObjects?, _ isSilent: Bool, _ choice: ObjectChoice, _ tally: inout RevisionTally
    ) throws {
        let names = !arguments.isOn("no-object-names")
        let output = context.output
        let database = repository.objects
        var (count, bytes) = (0, 0)
        try objects?.run { id, kind, path throws(StorageError) in
            count += 1
            if choice.countsBytes { bytes += try database.storage(of: id).size }
            if isSilent { return }
            var line = id.hexBytes
            if names {
                line.append(0x20)
                line += [UInt8](path.extracting(0..<(path.firstIndex(of: 10) ?? path.byteCount)))
            }
            output.line(line)
        }
        tally.objects += count
        tally.bytes += bytes
    }

    /// The excluded parents of listed commits, each once.
    private func showEdge(_ entries: [RevisionWalk.Entry], _ walk: RevisionWalk) throws {
        guard !arguments.has("quiet"), !arguments.has("count") else { return }
        let excluded = Set(walk.excludedEdges().map(\.commit))
        var shown: Set<ObjectID> = []
        for entry in entries {
            for parent in entry.parents where excluded.contains(parent) && shown.insert(parent).inserted {
                context.output.line("-\(parent)")
            }
        }
    }

    /// Whether commits are raw behind their bare ids.
    private var isHeaderOnly: Bool {
        arguments.has("header") && !["pretty", "format", "oneline"].contains(where: arguments.has)
    }

    private func show(_ entry: RevisionWalk.Entry) throws {
        let output = context.output
        if graph != nil {
            graph?.update(entry.id, parents: entry.shownParents, mark: entry.isBoundary ? "o" : "*")
            while let line = graph?.nextLine() {
                output.write(line.bytes)
                if line.isCommit { break }
                output.write([10])
            }
        }
        var line = ""
        let showsHeader = !arguments.isOn("no-commit-header") || style == nil || style == .oneline
        if showsHeader {
            if arguments.has("timestamp") { line += "\(entry.time) " }
            if let style, style != .oneline, !isHeaderOnly { line += "commit " }
            line += LogPrinter.mark(entry, leftRight: request.showsLeftRight, cherry: request.showsCherryMarks)
            line += abbreviates ? pretty.abbreviate(entry.id) : entry.id.hex
            if request.showsParents { for parent in entry.parents { line += " \(parent)" } }
            for child in entry.children { line += " \(child)" }
            line += style == .oneline ? " " : "\n"
        }
        guard let style else {
            if graph?.isFinished == false {
                output.write(line)
                while let next = graph?.nextLine() {
                    output.write(next.bytes)
                    output.write([10])
                    if graph?.isFinished == true { return }
                }
                return
            }
            output.write(line)
            return
        }
        output.write(line)
        let commit = try CommitText(entry, repository.objects)
        var text: [UInt8]
        if case .format(let format, _) = style {
            var expansion = PrettyFormat(pretty, commit)
            expansion.mark = { $0.isEmpty ? ">" : $0 }(LogPrinter.mark(entry, leftRight: true, cherry: false))
            text = try expansion.expand(format)
            if text.isEmpty { return }
            text.append(10)
        } else {
            text = PrettyMessage(pretty, style, tabWidth: nil).text(commit, parents: entry.parents)
            text.append(arguments.has("header") ? 0 : 10)
        }
        output.write(text)
    }
}
