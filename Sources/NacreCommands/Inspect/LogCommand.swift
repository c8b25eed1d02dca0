internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `log`: the history, one commit after the other.
enum LogCommand: Command {
    static let name = "log"
    static let summary = "show the history"
    static let usage = ["[<options>] [<revision-range>] [[--] <path>...]"]
    static let options =
        RevisionOptions.selection + RevisionOptions.matching + RevisionOptions.formatting + [
            .shortValue("L", "range:file", "follow a range of lines, or a function, of a file")
        ] + RevisionOptions.changes
    static let details = [
        "Shows the commits that can be reached from the given ones (HEAD by default), the youngest first."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try context.startPager("log")
        let session = try LogSession(arguments, context)
        if arguments.has("walk-reflogs") {
            try ReflogLog(session).run()
        } else {
            try session.request.addDefault()
            try session.run()
        }
        return .success
    }
}

/// What `log` and its relatives have in common: revisions, style, what is shown with a commit.
final class LogSession {
    let context: Context
    let arguments: Arguments
    let repository: Repository
    let request: RevisionRequest
    let pretty: PrettyContext
    let printer: LogPrinter
    let diff: LogDiff
    /// Commits whose parents are not here.
    private let shallow: Set<ObjectID>

    /// - Parameter defaultFormats: what is shown of the changes where nothing is asked for.
    init(
        _ arguments: Arguments, _ context: Context, walksReflogs: Bool = false,
        defaultFormats: DiffOptions.Formats = [], merges: DiffOptions.Merges = .none, walks: Bool = true
    ) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        shallow = repository.shallowCommits
        request = try RevisionRequest(context)
        pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        printer = LogPrinter(pretty, context.output)
        request.takesObjects = true
        request.walk.isWalking = walks
        if !walksReflogs && !arguments.has("walk-reflogs") { try request.parse(arguments) }
        diff = try LogDiff(
            arguments, context, pathspec: request.walk.paths ?? .all, defaultFormats: defaultFormats, merges: merges)
        if request.walk.omitsEqualPatches || request.walk.marksEqualPatches {
            request.walk.patchIdentity = { [diff] in try diff.patchIdentity($0) }
        }
        // A file that is followed changes its name on the way: the walk cannot look for it.
        if arguments.isOn("follow") { request.walk.paths = nil }
        try configureStyle()
        try configureNames()
        try configureFilters()
        try checkLines()
    }

    /// The lines that are followed (`-L`).
    private var lines: LineHistory?

    // MARK: Set-up

    private func checkLines() throws {
        guard arguments.has("L") else { return }
        if request.walk.paths != nil { throw CommandError.fatal("-L<range>:<file> cannot be used with pathspec") }
        guard diff.options.formats.subtracting([.patch, .none]).isEmpty else {
            throw CommandError.fatal("-L does not yet support diff formats besides -p and -s")
        }
        if arguments.isOn("graph") || request.showsParents || request.walk.findsChildren {
            throw CommandError.fatal("-L cannot be used with --graph, --parents or --children")
        }
        if request.walk.order == .time { request.walk.order = .topological }
    }

    /// Begins to follow lines from the only commit that was named.
    private func followLines() throws {
        guard arguments.has("L") else { return }
        var start: (id: ObjectID, name: String)?
        for item in request.pending where !item.isExcluded {
            guard let id = try request.resolver.peel(item.id, to: .commit) else {
                throw CommandError.fatal("Non commit \(item.name)?")
            }
            if let start {
                throw CommandError.fatal("More than one commit to dig from: \(item.name) and \(start.name)?")
            }
            start = (id, item.name)
        }
        guard let start else { throw CommandError.fatal("No commit specified?") }
        let history = try LineHistory(
            arguments.allBytes("L"), from: start.id, context, diff, firstParent: request.walk.followsFirstParentOnly)
        lines = history
        let (objects, shallow) = (repository.objects, shallow)
        request.walk.follows = { id in
            try history.changes(id, parents: shallow.contains(id) ? [] : try objects.links(id).parents)
        }
    }

    private func configureStyle() throws {
        let config = repository.config
        var style = try config.string("format.pretty").map { try LogStyle(parsing: $0, repository) } ?? .medium
        var isReference = config.string("format.pretty") == "reference"
        var abbreviates = try config.bool("log.abbrevcommit") ?? false
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "pretty", "format":
                style = try LogStyle(option: occurrence.text, repository)
                isReference = occurrence.text == "reference"
            case "oneline":
                style = .oneline
                abbreviates = true
            case "abbrev-commit": abbreviates = !occurrence.isNegated
            case "date", "relative-date":
                let text = occurrence.name == "date" ? occurrence.text ?? "" : "relative"
                guard let mode = DateStyle.Mode(parsing: text) else {
                    throw CommandError.fatal("unknown date format \(text)")
                }
                pretty.dateMode = mode
            default: break
            }
        }
        if !arguments.has("date") && !arguments.has("relative-date") {
            if isReference {
                pretty.dateMode = DateStyle.Mode(.short)
            } else if let text = config.string("log.date"), let mode = DateStyle.Mode(parsing: text) {
                pretty.dateMode = mode
            }
        }
        printer.style = style
        printer.abbreviatesCommit = abbreviates
        printer.separator = diff.options.endsWithNUL ? 0 : 10
        printer.prefix = diff.options.linePrefix
        printer.showsParents = request.showsParents
        printer.showsLeftRight = request.showsLeftRight
        printer.showsCherryMarks = request.showsCherryMarks
        if let text = arguments.text("expand-tabs") {
            guard let width = Int(text), width >= 0 else {
                throw CommandError.fatal("'\(text)': not a non-negative integer")
            }
            printer.tabWidth = width
        } else if let flag = arguments.flag("expand-tabs") {
            printer.tabWidth = flag ? 8 : 0
        }
        pretty.abbreviation = diff.options.abbreviation
        if let text = config.string("core.abbrev"), ["no", "off", "false"].contains(text.lowercased()),
            !arguments.has("abbrev")
        {
            pretty.abbreviation = 0
        }
        pretty.usesColor = try context.usesColor(colorChoice, key: "color.diff")
        if arguments.isOn("graph") { try configureGraph() }
    }

    /// What `--color` and `--no-color` say.
    private var colorChoice: String? {
        guard let last = arguments.occurrences.last(where: { $0.name == "color" }) else { return nil }
        return last.isNegated ? "never" : last.text ?? "always"
    }

    private func configureGraph() throws {
        if request.walk.isReversed {
            throw CommandError.fatal("options '--reverse' and '--graph' cannot be used together")
        }
        if arguments.has("walk-reflogs") {
            throw CommandError.fatal("options '--walk-reflogs' and '--graph' cannot be used together")
        }
        if !request.walk.isWalking {
            throw CommandError.fatal("options '--no-walk' and '--graph' cannot be used together")
        }
        var colors: [String] = []
        if pretty.usesColor {
            colors = HistoryGraph.defaultColors
            if let list = repository.config.string("log.graphcolors") {
                colors = list.split(separator: ",").compactMap { TerminalColor.sequence($0) }
            }
        }
        printer.graph = HistoryGraph(colors: colors)
        if request.walk.order == .time { request.walk.order = .topological }
        request.walk.rewritesParents = true
        request.walk.findsShownParents = true
    }

    private func configureNames() throws {
        let config = repository.config
        let style = arguments.occurrences.last { $0.name == "decorate" }
        let text = style.map { $0.isNegated ? "no" : $0.text ?? "short" } ?? config.string("log.decorate") ?? "auto"
        switch text {
        case "short", "true", "yes", "on", "1": printer.decoration = .short
        case "full": printer.decoration = .full
        case "no", "false", "off", "0": printer.decoration = .none
        case "auto": printer.decoration = context.output.isTerminal || context.pager != nil ? .short : .none
        default: throw CommandError.fatal("invalid --decorate option: \(text)")
        }
        let clears = arguments.has("clear-decorations")
        let include = arguments.allTexts("decorate-refs")
        let exclude = arguments.allTexts("decorate-refs-exclude")
        let configured = clears ? [] : config.strings("log.excludedecoration")
        // Without a choice, only what people name is shown.
        var defaults = include
        if include.isEmpty, exclude.isEmpty, !clears, config.string("log.initialdecorationset") != "all" {
            defaults = ["HEAD", "refs/heads/", "refs/remotes/", "refs/stash", "refs/tags/"]
        }
        let repository = repository
        pretty.makeDecorations = {
            try Decorations(repository, include: defaults, exclude: exclude, configExclude: configured)
        }
        if try arguments.flag("mailmap") ?? config.bool("log.mailmap") ?? true {
            let mailmap = Mailmap(repository)
            pretty.mailmap = mailmap.isEmpty ? nil : mailmap
        }
        printer.showsSource = arguments.has("source")
        try configureNotes()
        printer.showsSignature = try arguments.flag("show-signature") ?? config.bool("log.showsignature") ?? false
        let signing = Signing(context, repository)
        pretty.verify = { try signing.check(commit: $0) }
        pretty.describe = { id, options in try Describer.format(repository, id, options) }
    }

    private func configureNotes() throws {
        var refs: [RefName] = []
        let occurrences = arguments.occurrences.filter { $0.name == "notes" }
        let wantsDefault: Bool
        if case .format(let format, _) = printer.style {
            wantsDefault = String(decoding: format, as: UTF8.self).contains("%N")
        } else {
            wantsDefault = [.medium, .short, .full, .fuller, .raw].contains(printer.style)
        }
        if wantsDefault && occurrences.isEmpty {
            refs = CommitNotes.defaultRefs(repository, environment: context.environment)
        }
        // Those of the default refs come first, wherever they were asked for.
        var defaultCount = 0
        for occurrence in occurrences {
            if occurrence.isNegated {
                refs = []
                defaultCount = 0
            } else if let text = occurrence.text {
                let full =
                    text.hasPrefix("refs/notes/")
                    ? text : text.hasPrefix("notes/") ? "refs/" + text : "refs/notes/" + text
                refs.append(try RefName(full))
            } else if defaultCount == 0 {
                let names = CommitNotes.defaultRefs(repository, environment: context.environment)
                refs.insert(contentsOf: names, at: 0)
                defaultCount = names.count
            }
        }
        let notes = CommitNotes(repository, refs: refs)
        guard !notes.isEmpty else { return }
        pretty.notes = notes
        printer.showsNotes = true
    }

    /// Remembers by which name each commit was reached first.
    private func findSources() throws {
        let repository = repository
        var sources: [ObjectID: String] = [:]
        for item in request.pending where !item.isExcluded {
            if let id = try request.resolver.peel(item.id, to: .commit), sources[id] == nil { sources[id] = item.name }
        }
        pretty.sourceOf = { id in
            guard let source = sources[id] else { return nil }
            for parent in (try? repository.objects.links(id).parents) ?? [] where sources[parent] == nil {
                sources[parent] = source
            }
            return source
        }
    }

    private func configureFilters() throws {
        let matcher = try CommitMatcher(
            arguments, objects: repository.objects, configured: repository.config.string("grep.patterntype"),
            mailmap: pretty.mailmap, notes: pretty.notes)
        guard !matcher.isEmpty else { return }
        request.walk.accepts = { try matcher.accepts($0, content: $1) }
    }

    // MARK: Showing

    func run() throws {
        if printer.showsSource || printer.style.namesSource { try findSources() }
        try followLines()
        request.walk.keepsContent = true
        var walk = try request.makeWalk()
        // What is looked for in the changes, or drawn, goes hand in hand with the walk.
        if lines == nil, !diff.isSelecting, printer.graph == nil {
            var ahead = LogReadAhead(walk, repository.objects)
            while let entry = try ahead.next() { _ = try show(entry) }
            return
        }
        while let entry = try walk.next() {
            printer.advanceGraph(entry)
            if try !show(entry) { walk.uncount() }
        }
    }

    /// Shows a commit with its changes; false where nothing that is looked for is in them.
    func show(_ entry: RevisionWalk.Entry, reflog: ReflogItem? = nil) throws -> Bool {
        let commit = try CommitText(entry, repository.objects)
        if let lines {
            try printer.show(commit, entry, reflog: reflog)
            let isShowing = !diff.options.formats.isEmpty || !arguments.has("no-patch")
            if isShowing { context.output.write(try lines.patch(of: entry.id, prefix: printer.linePrefix())) }
            return true
        }
        let parents = shallow.contains(entry.id) ? [] : try commit.writtenParents(repository.algorithm)
        guard diff.isActive(parentCount: parents.count) else {
            try printer.show(commit, entry, reflog: reflog)
            return true
        }
        if parents.count > 1, diff.options.merges.isCombined {
            try printer.show(commit, entry, reflog: reflog)
            try showCombined(entry.tree, parents)
            return true
        }
        let parts = try diff.parts(entry, parents: parents)
        if parts.isEmpty {
            if diff.isSelecting { return false }
            try printer.show(commit, entry, reflog: reflog)
            return true
        }
        for part in parts {
            try printer.show(commit, entry, reflog: reflog, from: part.isOfMany ? part.parent : nil)
            if diff.options.formats.isEmpty { continue }
            let prefix = printer.linePrefix()
            if printer.style != .oneline && !printer.style.isEmpty {
                let hasBoth = diff.options.formats.contains(.patch) && diff.options.formats.contains(.stat)
                context.output.write(prefix + Array((hasBoth ? "---\n" : "\n").utf8))
            }
            try diff.print(part, prefix: prefix)
        }
        return true
    }
}

extension LogSession {
    /// Shows what a merge has that none of its parents has.
    private func showCombined(_ tree: ObjectID, _ parents: [ObjectID]) throws {
        guard !diff.options.formats.isEmpty else { return }
        let prefix = printer.linePrefix()
        if !printer.style.isEmpty { context.output.write(prefix + [printer.separator]) }
        let found = try diff.combined(tree, parents: parents)
        try diff.print(found.files, first: found.first, prefix: prefix)
    }
}

/// `log -g`: the entries of reflogs instead of the history.
struct ReflogLog {
    private let session: LogSession

    init(_ session: LogSession) { self.session = session }

    func run() throws {
        let repository = session.repository
        let arguments = session.arguments
        var names = arguments.beforeSeparator.map { String(decoding: $0, as: UTF8.self) }
        if names.isEmpty { names = ["HEAD"] }
        let maximum = try arguments.integer("max-count")
        var skip = try arguments.integer("skip") ?? 0
        let pattern = try arguments.text("grep-reflog").map {
            try CommitMatcher.compile($0, "basic-regexp", ignoresCase: arguments.has("regexp-ignore-case"))
        }
        var shown = 0
        for name in names {
            let (base, start, isDate) = Self.split(name)
            let full = try fullName(base)
            guard let log = try repository.refs.reflog(full) else { continue }
            var first = log.entries.count - 1
            if isDate,
                let moment = ApproximateDate.parse(
                    start, now: session.context.now, localZone: session.context.localZone)
            {
                first = log.entries.lastIndex { $0.committer.time <= moment } ?? -1
            } else if let count = Int(start) {
                first -= count
            }
            let showsDate = isDate || arguments.has("date")
            for index in stride(from: first, through: 0, by: -1) {
                let entry = log.entries[index]
                guard !entry.new.isZero, repository.objects.contains(entry.new) else { continue }
                if let pattern, !pattern.matches(entry.message[...]) { continue }
                if let accepts = session.request.walk.accepts, try !accepts(entry.new, nil) { continue }
                if skip > 0 {
                    skip -= 1
                    continue
                }
                if let maximum, shown >= maximum { return }
                shown += 1
                let shortName = base.isEmpty ? full.shortened : base
                let item = ReflogItem(
                    name: shortName, fullName: full, position: log.entries.count - 1 - index, entry: entry,
                    showsDate: showsDate)
                let commit = try CommitText(entry.new, repository.objects)
                _ = try session.show(
                    RevisionWalk.Entry(alone: commit.id, parents: commit.parents, tree: commit.tree),
                    reflog: item)
            }
        }
    }

    /// The ref's name, and what stands in `@{…}`.
    private static func split(_ text: String) -> (name: String, start: String, isDate: Bool) {
        guard text.hasSuffix("}"), let at = text.firstRange(of: "@{") else { return (text, "", false) }
        let inner = String(text[at.upperBound...].dropLast())
        if inner.hasPrefix("-") || ["u", "upstream", "push"].contains(inner.lowercased()) { return (text, "", false) }
        return (String(text[..<at.lowerBound]), inner, Int(inner) == nil)
    }

    private func fullName(_ base: String) throws -> RefName {
        let refs = session.repository.refs
        if base.isEmpty { return try refs.resolveFully(.head).name }
        if let name = try session.request.resolver.fullName(base) { return name }
        throw RevisionError.unknown(base)
    }
}
