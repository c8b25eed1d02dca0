internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Synchronization
internal import SystemPackage

/// One `grep`: what is looked through, in order, on all cores.
final class GrepRun {
    /// Something to look through.
    struct Source: Sendable {
        enum Content: Sendable {
            /// The file in the work tree at the source's path, which says it shorter.
            case tracked
            case file(FilePath)
            case blob(ObjectID)
        }

        let content: Content
        /// The path by which attributes are found; nil where there is none.
        let path: GitPath?
        /// How it is shown.
        let name: [UInt8]
    }

    private static let batchSize = 512

    private let arguments: Arguments
    private let context: Context
    private var style: GrepStyle
    private var operands: ArraySlice<[UInt8]>
    private var separator: Int?
    private var hasOutput = false
    private var isHit = false
    /// Whether something in the history could not be read: the answer is not whole then.
    private var isIncomplete = false

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        style = try GrepStyle(arguments, context)
        operands = arguments.operands[...]
        // The `--` before the pattern was the parser's; one among the rest still separates.
        if style.tokens.isEmpty, let first = operands.first {
            style.usePattern(first, origin: "command line")
            operands = operands.dropFirst()
            separator = operands.firstIndex { $0.elementsEqual("--".utf8) }
        } else if arguments.separator == nil {
            separator = operands.firstIndex { $0.elementsEqual("--".utf8) }
        } else {
            separator = operands.startIndex - 1
        }
    }

    func run() throws -> ExitCode {
        if style.tokens.isEmpty { throw CommandError.fatal("no pattern given") }
        _ = try makeQuery()
        var usesIndex = arguments.flag("no-index") != true
        if usesIndex, try context.repositoryIfPresent() == nil {
            guard try context.configuration().bool("grep.fallbacktonoindex") ?? false else {
                _ = try context.repository()
                return .fatal
            }
            usesIndex = false
        }
        try checkCombinations(usesIndex)
        let objects = try takeRevisions(usesIndex)
        let limit = try depth()
        if style.maximumCount == 0 { return .failure }
        if !style.isQuiet { try context.startPager("grep") }
        if !usesIndex {
            try search(PlainFileList(context, Array(operands), limit).files(arguments.isOn("exclude-standard")), nil)
        } else if !objects.isEmpty {
            try searchObjects(objects, limit)
        } else {
            try searchIndex(limit)
        }
        if isIncomplete { return .fatal }
        return isHit ? .success : .failure
    }

    private func checkCombinations(_ usesIndex: Bool) throws {
        let given = [
            (!usesIndex, "--no-index"), (arguments.isOn("untracked"), "--untracked"),
            (arguments.isOn("cached"), "--cached"),
        ].filter(\.0).map(\.1)
        if given.count > 1 {
            throw CommandError.fatal("options '\(given[0])' and '\(given[1])' cannot be used together")
        }
        if usesIndex, !arguments.isOn("untracked"), arguments.has("exclude-standard") {
            throw CommandError.fatal("--[no-]exclude-standard cannot be used for tracked contents")
        }
        if let threads = try arguments.integer("threads"), threads < 0 {
            throw CommandError.fatal("invalid number of threads specified (\(threads))")
        }
    }

    private func depth() throws -> Int? {
        guard let last = arguments.occurrences.last(where: { $0.name == "max-depth" || $0.name == "recursive" }) else {
            return nil
        }
        if last.name == "recursive" { return last.isNegated ? 0 : nil }
        guard let number = try arguments.integer("max-depth") else { return nil }
        return number < 0 ? nil : number
    }

    // MARK: Operands

    private typealias Named = (name: String, found: RevisionResolver.Found)

    /// Takes the revisions from the operands; what is left are paths.
    private func takeRevisions(_ usesIndex: Bool) throws -> [Named] {
        var result: [Named] = []
        let takesRevisions = usesIndex && !arguments.isOn("untracked")
        let resolver = usesIndex ? try context.revisionResolver() : nil
        while let operand = operands.first {
            if let separator, operands.startIndex > separator { break }
            if operands.startIndex == separator {
                operands = operands.dropFirst()
                break
            }
            guard takesRevisions, let resolver else {
                if separator != nil { throw CommandError.fatal("--no-index or --untracked cannot be used with revs") }
                break
            }
            let text = String(decoding: operand, as: UTF8.self)
            guard let found = try resolver.find(text) else {
                if separator != nil { throw CommandError.fatal("unable to resolve revision: \(text)") }
                break
            }
            if separator == nil, try exists(operand) {
                throw CommandError.fatal(
                    "ambiguous argument '\(text)': both revision and filename\n"
                        + "Use '--' to separate paths from revisions, like this:\n"
                        + "'git <command> [<revision>...] -- [<file>...]'")
            }
            result.append((text, found))
            operands = operands.dropFirst()
        }
        if separator == nil {
            for (index, operand) in operands.enumerated() {
                try demandPath(operand, mayBeRevision: index == 0 && takesRevisions, resolver)
            }
        }
        return result
    }

    private func exists(_ operand: [UInt8]) throws -> Bool {
        try FileStatus.of(context.workingDirectory.appending(bytes: operand)) != nil
    }

    private func demandPath(_ operand: [UInt8], mayBeRevision: Bool, _ resolver: RevisionResolver?) throws {
        let text = String(decoding: operand, as: UTF8.self)
        if text.hasPrefix("-") { throw CommandError.fatal("option '\(text)' must come before non-option arguments") }
        if text.hasPrefix(":") || Wildmatch.isGlob(operand) { return }
        if try exists(operand) { return }
        if mayBeRevision, let resolver {
            try resolver.diagnose(text)
            throw RevisionError.unknown(text)
        }
        throw CommandError.fatal(
            "\(text): no such path in the working tree.\n"
                + "Use 'git <command> -- <path>...' to specify paths that do not exist locally.")
    }

    // MARK: What is looked through

    private func pathspec(_ worktree: Worktree?) throws -> (Pathspec, prefix: GitPath) {
        guard try context.repository().workTree != nil else {
            return (try Pathspec(Array(operands), prefix: .root, root: []), .root)
        }
        let prefix = try context.prefix()
        if operands.isEmpty { return (prefix.isRoot ? .all : Pathspec(literal: [prefix]), prefix) }
        return (try context.pathspec(operands, attributes: worktree?.attributes), prefix)
    }

    private func name(_ path: GitPath, _ prefix: GitPath, before: [UInt8] = []) throws -> [UInt8] {
        let isMoved = style.isRelative && !prefix.isRoot
        let bytes = isMoved ? try context.relativeToWorkingDirectory(path) : path.bytes
        let name = style.usesNul ? bytes : context.quoted(bytes)
        // Most names are their paths, whose memory they share.
        return before.isEmpty ? name : before + name
    }

    private func searchIndex(_ limit: Int?) throws {
        let isCached = arguments.isOn("cached")
        let repository = isCached ? try context.repository() : try context.repositoryWithWorkTree().repository
        let needsTree = repository.workTree != nil
        let sources: IgnoreRules.Sources? =
            arguments.isOn("untracked") && arguments.flag("exclude-standard") == false ? Context.noIgnores : nil
        let worktree = needsTree ? try context.worktree(ignoring: sources) : nil
        let (pathspec, prefix) = try pathspec(worktree)
        let index = try context.index()
        let filter = DepthFilter(pathspec, prefix, limit)
        var found: [Source] = []
        var last: GitPath?
        for entry in index.entries where entry.mode == .regular || entry.mode == .executable {
            if !isCached, entry.flags.contains(.skipWorktree) { continue }
            guard pathspec.matches(entry.path), filter.accepts(entry.path) else { continue }
            if isCached || entry.flags.contains(.assumeValid) {
                if entry.stage != .merged || entry.flags.contains(.intentToAdd) { continue }
                let name = try name(entry.path, prefix)
                found.append(Source(content: .blob(entry.id), path: entry.path, name: name))
            } else if worktree != nil, entry.path != last {
                let name = try name(entry.path, prefix)
                found.append(Source(content: .tracked, path: entry.path, name: name))
            }
            last = entry.path
        }
        if arguments.isOn("untracked"), let worktree {
            var options = UntrackedScan.Options()
            options.pathspec = pathspec
            options.listsAllFiles = true
            options.disregardsRules = arguments.flag("exclude-standard") == false
            for path in try UntrackedScan.run(worktree, index, options).untracked where filter.accepts(path) {
                let name = try name(path, prefix)
                found.append(Source(content: .tracked, path: path, name: name))
            }
            found.sort { ($0.path ?? .root) < ($1.path ?? .root) }
        }
        try search(found, try RepositoryDiffSource(repository, worktree: worktree))
    }

    private func searchObjects(_ list: [Named], _ limit: Int?) throws {
        if arguments.isOn("cached") { throw CommandError.fatal("both --cached and trees are given") }
        let repository = try context.repository()
        let worktree = repository.workTree == nil ? nil : try context.worktree()
        let (pathspec, prefix) = try pathspec(worktree)
        let filter = DepthFilter(pathspec, prefix, limit)
        var found: [Source] = []
        for item in list {
            let (id, kind) = try repository.objects.peelTags(item.found.id)
            if kind == .blob {
                let name = Array(item.name.utf8)
                found.append(Source(content: .blob(id), path: item.found.path, name: name))
                continue
            }
            let tree = kind == .commit ? try repository.objects.links(id).tree : id
            var options = TreeDiff.Options()
            options.mayMatch = { path, isDirectory in
                isDirectory ? pathspec.mayMatch(inside: GitPath(path)) : pathspec.matches(GitPath(path))
            }
            for entry in try TreeDiff.compare(nil, tree, source: repository.objects, options: options) {
                guard entry.new.mode == .regular || entry.new.mode == .executable, filter.accepts(entry.new.path)
                else { continue }
                let name = try name(entry.new.path, prefix, before: Array((item.name + ":").utf8))
                let path = kind == .commit ? entry.new.path : nil
                found.append(Source(content: .blob(entry.new.id), path: path, name: name))
            }
        }
        try search(found, try RepositoryDiffSource(repository, worktree: worktree))
    }

    // MARK: Looking

    private func makeQuery() throws -> LineQuery {
        do {
            return try LineQuery(
                style.tokens, style.language, ignoresCase: style.ignoresCase, matchesWords: style.matchesWords,
                isCombined: style.needsAll, needsColumns: style.showsColumn)
        } catch {
            throw CommandError.fatal(error.message)
        }
    }

    /// Looks through everything in order; a few hundred at a time are shared out among the cores.
    private func search(_ sources: [Source], _ attributes: RepositoryDiffSource?) throws {
        let wanted = try arguments.integer("threads") ?? context.configuration().int("grep.threads") ?? 0
        let workers = wanted == 0 ? Workers.processorCount : wanted
        let pool = Mutex<[GrepWorker]>([])
        let failed = Mutex(false)
        defer { if failed.withLock({ $0 }) { isIncomplete = true } }
        let style = style
        let errors = context.errors
        let objects = attributes?.repository.objects
        var start = 0
        while start < sources.count {
            let batch = sources[start..<min(sources.count, start + GrepRun.batchSize)]
            let results = Mutex([GrepFileSearch.Result?](repeating: nil, count: batch.count))
            try Workers.forEach(batch.count, workers: workers) { (_, item) throws(CommandError) in
                let source = batch[batch.startIndex + item]
                var worker = pool.withLock { $0.popLast() }
                if worker == nil { worker = GrepWorker(style, attributes, objects) }
                guard let worker else { return }
                do {
                    let result = try worker.search(source)
                    results.withLock { $0[item] = result }
                } catch {
                    errors.line("error: '\(String(decoding: source.name, as: UTF8.self))': \(error)")
                    if case DiffError.unreadableFile = error { failed.withLock { $0 = true } }
                }
                pool.withLock { $0.append(worker) }
            }
            if show(results.withLock { $0 }) { return }
            start += batch.count
        }
    }

    /// Writes out what was found; true where that is enough.
    private func show(_ results: [GrepFileSearch.Result?]) -> Bool {
        for case let result? in results {
            if result.isHit { isHit = true }
            if style.isQuiet {
                if isHit { return true }
                continue
            }
            guard !result.output.isEmpty else { continue }
            let showsLines = !style.namesOnly && !style.namesUnmatched && !style.countsOnly
            if hasOutput, showsLines, !result.isNotice {
                if style.breaksFiles {
                    context.output.write("\n")
                } else if style.hasMarks {
                    let mark = style.colors?.separator ?? ""
                    context.output.write(mark.isEmpty ? "--\n" : mark + "--" + TerminalColor.reset + "\n")
                }
            }
            hasOutput = true
            context.output.write(result.output)
        }
        return false
    }
}

/// What one thread needs to look through files: its own patterns and memory. Used by one thread at a time.
final class GrepWorker: @unchecked Sendable {
    private let style: GrepStyle
    private let query: LineQuery?
    private let attributes: RepositoryDiffSource?
    private let objects: ObjectDatabase?
    private let buffer = FileBuffer()

    init(_ style: GrepStyle, _ attributes: RepositoryDiffSource?, _ objects: ObjectDatabase?) {
        self.style = style
        self.attributes = attributes
        self.objects = objects
        // The same patterns were compiled before.
        query = try? LineQuery(
            style.tokens, style.language, ignoresCase: style.ignoresCase, matchesWords: style.matchesWords,
            isCombined: style.needsAll, needsColumns: style.showsColumn)
    }

    func search(_ source: GrepRun.Source) throws -> GrepFileSearch.Result? {
        if style.convertsText, let path = source.path, let text = try converted(source, path) {
            return text.withUnsafeBytes { search($0, source, isText: true) }
        }
        switch source.content {
        case .tracked:
            guard let path = source.path, let file = attributes?.worktree?.file(path) else { return nil }
            return try buffer.withContent(of: file) { search($0, source, isText: false) } ?? nil
        case .file(let path): return try buffer.withContent(of: path) { search($0, source, isText: false) } ?? nil
        case .blob(let id):
            var content = try objects?.read(id, as: .blob) ?? []
            let side = DiffSide(path: source.path ?? GitPath(source.name), mode: .regular, id: id)
            if let behind = try attributes?.contentBehind(content, side) { content = behind }
            return content.withUnsafeBytes { search($0, source, isText: false) }
        }
    }

    private func converted(_ source: GrepRun.Source, _ path: GitPath) throws -> [UInt8]? {
        guard let attributes, let objects else { return nil }
        let id: ObjectID = if case .blob(let id) = source.content { id } else { .zero(objects.algorithm) }
        return try attributes.shownText(of: DiffSide(path: path, mode: .regular, id: id))
    }

    private func search(
        _ text: UnsafeRawBufferPointer, _ source: GrepRun.Source, isText: Bool
    ) -> GrepFileSearch.Result? {
        guard let query else { return nil }
        func driver() -> DiffAttributes? { source.path.flatMap { attributes?.attributes(of: $0) } }
        return GrepFileSearch.run(
            text, name: source.name, style, query,
            isBinary: {
                if isText { return false }
                let known = driver().flatMap { $0.isBinary ?? $0.driver?.isBinary }
                return known ?? (ByteSearch.find(0, in: UnsafeRawBufferPointer(rebasing: text.prefix(8000))) != nil)
            },
            naming: { driver()?.driver?.naming ?? .standard })
    }
}

/// Leaves out what is deeper below a pathspec's directory than `--max-depth` allows.
struct DepthFilter {
    private let directories: [[UInt8]]
    private let limit: Int?

    init(_ pathspec: Pathspec, _ prefix: GitPath, _ limit: Int?) {
        self.limit = limit
        directories = pathspec.items.isEmpty ? [[]] : pathspec.items.filter { !$0.isExcluding }.map(\.match)
    }

    func accepts(_ path: GitPath) -> Bool {
        guard let limit else { return true }
        return directories.contains { directory in
            guard path.bytes.starts(with: directory) else { return false }
            var rest = path.bytes[directory.count...]
            if !directory.isEmpty, rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
            return rest.count { $0 == UInt8(ascii: "/") } <= limit
        }
    }
}

/// The files below directories that are no work tree's (`--no-index`).
struct PlainFileList {
    private let context: Context
    private let operands: [[UInt8]]
    private let limit: Int?

    init(_ context: Context, _ operands: [[UInt8]], _ limit: Int?) {
        self.context = context
        self.operands = operands
        self.limit = limit
    }

    func files(_ appliesRules: Bool) throws -> [GrepRun.Source] {
        let root = context.workingDirectory
        let pathspec = try Pathspec(operands, prefix: .root, root: root.bytes)
        let filter = DepthFilter(pathspec, .root, limit)
        var rules: IgnoreRules?
        if appliesRules, let repository = try context.repositoryIfPresent(), repository.workTree == root {
            rules = IgnoreRules(workTree: root, sources: try repository.standardIgnores())
        }
        var result: [GrepRun.Source] = []
        var open: [GitPath] = [.root]
        while let directory = open.popLast() {
            for entry in try Files.list(root.appending(bytes: directory.bytes)) ?? [] {
                let path = directory.appending(entry.name)
                let file = root.appending(bytes: path.bytes)
                let kind = try entry.kind ?? FileStatus.of(file)?.kind
                if rules?.isIgnored(path, isDirectory: kind == .directory) ?? false { continue }
                if kind == .directory {
                    if !entry.name.elementsEqual(".git".utf8), pathspec.mayMatch(inside: path) { open.append(path) }
                } else if kind == .regular, pathspec.matches(path), filter.accepts(path) {
                    result.append(.init(content: .file(file), path: path, name: context.quoted(path.bytes)))
                }
            }
        }
        return result.sorted { ($0.path ?? .root) < ($1.path ?? .root) }
    }
}
