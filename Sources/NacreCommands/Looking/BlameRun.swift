internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One `blame`: from the words of the command line to the search and its result.
struct BlameRun {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository
    private let request: RevisionRequest
    private let source: RepositoryDiffSource
    private var style: BlameStyle

    init(_ arguments: Arguments, _ context: Context, isAnnotating: Bool) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        request = try RevisionRequest(context)
        let worktree = repository.workTree == nil ? nil : try context.worktree()
        source = try RepositoryDiffSource(repository, worktree: worktree)
        style = try BlameStyle(arguments, context, isAnnotating: isAnnotating)
    }

    func run() throws -> ExitCode {
        let path = try operands()
        let positive = try commits(isExcluded: false)
        let negative = try commits(isExcluded: true)
        var options = try self.options()
        var start = positive.first
        if positive.count > 1 {
            throw CommandError.fatal(
                "More than one commit to dig from \(positive[1].name) and \(positive[0].name)?")
        }
        if arguments.isOn("reverse") {
            start = try reverse(&options, start, negative)
        } else {
            if start != nil, arguments.bytes("contents") != nil {
                throw CommandError.fatal("cannot use --contents with final commit object name")
            }
            if start == nil, repository.isBare { start = try headCommit() }
            if start == nil { try contents(of: path, &options) }
            if !negative.isEmpty {
                options.interesting = try walked(
                    from: start.map { [$0.id] } ?? options.contents.parents, without: negative.map(\.id))
            }
        }
        let blame: Blame
        do {
            blame = try Blame(repository, path: path, in: start?.id, options: options)
        } catch BlameError.noSuchPath {
            throw CommandError.fatal("no such path \(path) in \(start?.name ?? "HEAD")")
        }
        let ranges = try ranges(blame.final, path)
        let printer = BlamePrinter(blame, style, path: path, context)
        if style.isIncremental { blame.found = { printer.showIncremental($0) } }
        try blame.run(ranges)
        guard !style.isIncremental else { return .success }
        try context.startPager("blame")
        printer.showAll()
        return .success
    }

    // MARK: What is asked

    /// Takes the path out of the operands and reads the others as revisions.
    private func operands() throws -> GitPath {
        var revisions = Array(arguments.beforeSeparator)
        let operand: [UInt8]
        if arguments.separator != nil {
            let after = Array(arguments.afterSeparator)
            guard after.count == 1 || (after.count == 2 && revisions.isEmpty) else { throw CommandError.usage("") }
            operand = after[0]
            revisions += after.dropFirst()
        } else {
            guard let last = revisions.last else { throw CommandError.usage("") }
            if revisions.count == 2, try isRevision(last) {
                operand = revisions.removeFirst()
            } else {
                if revisions.count == 1, try repository.workTree == nil && isRevision(last) {
                    throw CommandError.fatal("missing <path> to blame")
                }
                operand = revisions.removeLast()
            }
        }
        for revision in revisions {
            let text = String(decoding: revision, as: UTF8.self)
            guard try request.revision(text) else {
                if arguments.separator == nil { try request.resolver.diagnose(text) }
                throw arguments.separator == nil
                    ? RevisionError.unknown(text) : CommandError.fatal("bad revision '\(text)'")
            }
        }
        if repository.workTree == nil { return GitPath(operand) }
        return try context.path(operand)
    }

    private func isRevision(_ operand: [UInt8]) throws -> Bool {
        guard let found = try request.resolver.find(String(decoding: operand, as: UTF8.self)) else { return false }
        return repository.objects.contains(found.id)
    }

    private typealias Named = (name: String, id: ObjectID)

    private func commits(isExcluded: Bool) throws -> [Named] {
        try request.pending.filter { $0.isExcluded == isExcluded }.map { item in
            guard let id = try request.resolver.peel(item.id, to: .commit) else {
                throw CommandError.fatal("Non commit \(item.name)?")
            }
            return (item.name, id)
        }
    }

    private func headCommit() throws -> Named {
        guard let id = try repository.refs.resolve(.head) else { throw CommandError.fatal("no such ref: HEAD") }
        return ("HEAD", id)
    }

    private func options() throws -> Blame.Options {
        let source = source
        var options = Blame.Options { blob, path, mode in
            try source.readableText(of: DiffSide(path: path, mode: mode, id: blob))
        }
        if arguments.has("w") { options.comparison.blanks = .ignoreAll }
        if arguments.isOn("minimal") { options.comparison.algorithm = .minimal }
        options.comparison.usesIndentHeuristic = arguments.flag("indent-heuristic") ?? true
        options.findsMoves = arguments.has("M")
        func score(_ name: String) -> Int? {
            let values = arguments.occurrences.filter { $0.name == name }.compactMap(\.text)
            return values.last.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
        options.moveScore = score("M") ?? options.moveScore
        options.copyScore = score("C") ?? options.copyScore
        options.copies = Blame.Copies(rawValue: min(arguments.count("C"), 3)) ?? .none
        options.followsRenames = arguments.flag("follow") ?? true
        options.followsFirstParentOnly = arguments.has("first-parent")
        options.showsRoot = style.showsRoot
        if let text = arguments.text("since") {
            options.since = ApproximateDate.limit(text, now: context.now, localZone: context.localZone)
        }
        if let seconds = try arguments.integer("max-age") { options.since = Int64(seconds) }
        options.ignored = try ignored()
        if let file = arguments.bytes("S") { options.grafts = try grafts(file) }
        return options
    }

    private func read(_ file: [UInt8]) throws -> [UInt8] {
        try Files.read(context.workingDirectory.pushing(FilePath(bytes: file)))
    }

    /// The commits that `--ignore-rev`, `--ignore-revs-file` and `blame.ignoreRevsFile` name.
    private func ignored() throws -> Set<ObjectID> {
        var result: Set<ObjectID> = []
        let configured = repository.config.strings("blame.ignorerevsfile").map { file in
            file.hasPrefix("~/") ? (context.home?.string ?? "") + file.dropFirst(1) : file
        }
        for file in configured.map({ Array($0.utf8) }) + arguments.allBytes("ignore-revs-file") {
            if file.isEmpty {
                result = []
                continue
            }
            let name = String(decoding: file, as: UTF8.self)
            guard let content = try? read(file) else {
                throw CommandError.fatal("could not open object name list: \(name)")
            }
            for line in content.split(separator: 10) {
                let text = line.prefix { $0 != UInt8(ascii: "#") }.filter { !CommitText.isSpace($0) }
                if text.isEmpty { continue }
                guard let id = ObjectID(hex: text, algorithm: repository.algorithm) else {
                    throw CommandError.fatal("invalid object name: \(String(decoding: text, as: UTF8.self))")
                }
                if let commit = try? repository.objects.peel(id, to: .commit) { result.insert(commit) }
            }
        }
        for name in arguments.allTexts("ignore-rev") {
            guard let found = try request.resolver.find(name, hint: .committish),
                let commit = try request.resolver.peel(found.id, to: .commit)
            else { throw CommandError.fatal("cannot find revision \(name) to ignore") }
            result.insert(commit)
        }
        return result
    }

    private func grafts(_ file: [UInt8]) throws -> [ObjectID: [ObjectID]] {
        var result: [ObjectID: [ObjectID]] = [:]
        let name = String(decoding: file, as: UTF8.self)
        guard let content = try? read(file) else {
            throw CommandError.fatal("reading graft file '\(name)' failed: No such file or directory")
        }
        for line in content.split(separator: 10) where line.first != UInt8(ascii: "#") {
            let ids = line.split(separator: 0x20).map { ObjectID(hex: $0, algorithm: repository.algorithm) }
            guard let first = ids.first, let child = first, ids.allSatisfy({ $0 != nil }) else {
                throw CommandError.error("bad graft data: \(String(decoding: line, as: UTF8.self))")
            }
            result[child] = ids.dropFirst().compactMap { $0 }
        }
        return result
    }

    // MARK: Which commits

    private func walked(from starts: [ObjectID], without excluded: [ObjectID]) throws -> Set<ObjectID> {
        var options = RevisionWalk.Options()
        options.followsFirstParentOnly = arguments.has("first-parent")
        var walk = RevisionWalk(repository, options: options)
        for id in starts { try walk.include(id) }
        for id in excluded { try walk.exclude(id) }
        var result: Set<ObjectID> = []
        while let entry = try walk.next() { result.insert(entry.id) }
        return result
    }

    /// Turns the search round: from the excluded commit towards the others.
    private func reverse(_ options: inout Blame.Options, _ end: Named?, _ negative: [Named]) throws -> Named {
        if arguments.bytes("contents") != nil {
            throw CommandError.fatal("--contents and --reverse do not blend well.")
        }
        if negative.count > 1 {
            throw CommandError.fatal(
                "More than one commit to dig up from, \(negative[1].name) and \(negative[0].name)?")
        }
        var end = end
        var first = negative.first
        if first == nil, let only = end {
            first = only
            end = try headCommit()
        }
        guard let first else { throw CommandError.fatal("No commit to dig up from?") }
        var walkOptions = RevisionWalk.Options()
        walkOptions.order = .commitDate
        walkOptions.followsFirstParentOnly = arguments.has("first-parent")
        var walk = RevisionWalk(repository, options: walkOptions)
        if let end { try walk.include(end.id) }
        try walk.exclude(first.id)
        var children: [ObjectID: [ObjectID]] = [:]
        if arguments.has("first-parent") {
            guard let end else {
                throw CommandError.fatal("--reverse and --first-parent together require specified latest commit")
            }
            var commit = end.id
            while commit != first.id, let parent = try repository.objects.links(commit).parents.first {
                children[parent] = [commit]
                commit = parent
            }
            guard commit == first.id else {
                throw CommandError.fatal("--reverse --first-parent together require range along first-parent chain")
            }
        } else {
            while let entry = try walk.next() {
                for parent in entry.parents { children[parent, default: []].insert(entry.id, at: 0) }
            }
        }
        options.children = children
        options.interesting = Set(children.values.joined())
        return first
    }

    // MARK: What is not committed

    /// Sets up the file as it stands in the work tree, or another text in its place.
    private func contents(of path: GitPath, _ options: inout Blame.Options) throws {
        let (_, _) = try context.repositoryWithWorkTree()
        let head = try headCommit()
        var contents = Blame.Contents()
        contents.time = context.now
        contents.parents = [head.id] + (try mergeHeads())
        let worktree = try context.worktree()
        var index = try context.index()
        try demandPath(path, contents.parents, index)
        if let file = arguments.bytes("contents") {
            let bytes =
                file.elementsEqual("-".utf8) ? try Files.readAll(0, path: "standard input") : try other(file)
            contents.bytes = try worktree.contentForBlob(bytes, path: path)
        } else {
            let name = String(decoding: path.bytes, as: UTF8.self)
            guard let status = try worktree.status(path) else {
                throw CommandError.fatal("Cannot lstat '\(name)': No such file or directory")
            }
            contents.mode = worktree.mode(of: status, previous: nil)
            guard let mode = contents.mode, mode.isBlob else {
                throw CommandError.fatal("unsupported file type \(name)")
            }
            let side = DiffSide(path: path, mode: mode, id: .zero(repository.algorithm))
            contents.bytes = try source.content(of: side)
            contents.shown = try source.shownText(of: side) ?? source.contentBehind(contents.bytes, side)
        }
        let position = index.range(of: path).first
        let mode = contents.mode ?? position.map { index.entries[$0].mode } ?? .regular
        contents.mode = mode
        let blob = ObjectID.hash(.blob, contents.bytes, repository.algorithm)
        index.add(IndexEntry(path: path, id: blob, mode: mode))
        options.contents = contents
        let everything = try context.pathspec([])
        let (staged, repository) = (index, repository)
        options.stagedDifferences = { tree, includesUnchanged in
            let comparison = IndexComparison(
                repository: repository, index: staged, worktree: nil, pathspec: everything,
                includesUnchanged: includesUnchanged)
            return try comparison.tree(tree)
        }
    }

    private func other(_ file: [UInt8]) throws -> [UInt8] {
        guard let bytes = try? read(file) else {
            throw CommandError.fatal(
                "Cannot stat '\(String(decoding: file, as: UTF8.self))': No such file or directory")
        }
        return bytes
    }

    private func mergeHeads() throws -> [ObjectID] {
        guard let content = try Files.readIfPresent(repository.gitDirectory.appending("MERGE_HEAD")) else { return [] }
        return try content.split(separator: 10).map { line in
            guard let id = ObjectID(hex: line.prefix(repository.algorithm.hexCount), algorithm: repository.algorithm)
            else {
                throw CommandError.fatal(
                    "unknown line in '\(repository.gitDirectory.appending("MERGE_HEAD"))': "
                        + String(decoding: line, as: UTF8.self))
            }
            return id
        }
    }

    private func demandPath(_ path: GitPath, _ parents: [ObjectID], _ index: Index) throws {
        for parent in parents {
            let tree = try repository.objects.links(parent).tree
            if let entry = try request.resolver.entry(path, in: tree), entry.mode.isBlob { return }
        }
        if index.contains(path) || !index.range(of: path).isEmpty { return }
        throw CommandError.fatal("no such path '\(path)' in HEAD")
    }

    // MARK: Which lines

    /// The ranges of `-L`, in order and joined where they touch.
    private func ranges(_ lines: Lines, _ path: GitPath) throws -> [Range<Int>] {
        let texts = arguments.allBytes("L")
        if texts.isEmpty { return lines.count == 0 ? [] : [0..<lines.count] }
        let reader = LineRange(lines, naming: source.attributes(of: path).driver?.naming)
        var result: [Range<Int>] = []
        var anchor = 1
        for text in texts {
            var first: Int
            var last: Int
            do {
                (first, last) = try reader.parse(text, anchor: anchor)
            } catch .malformed {
                throw CommandError.usage("")
            } catch .refused(let reason) {
                throw CommandError.fatal(reason)
            }
            if (lines.count == 0 && (first != 0 || last != 0)) || lines.count < first {
                throw CommandError.fatal(
                    "file \(path) has only \(lines.count) line\(lines.count == 1 ? "" : "s")")
            }
            first = max(first, 1)
            if last < 1 || last > lines.count { last = lines.count }
            result.append((first - 1)..<max(first - 1, last))
            anchor = last + 1
        }
        result.sort { $0.lowerBound < $1.lowerBound }
        var joined: [Range<Int>] = []
        for range in result where !range.isEmpty {
            if let before = joined.last, range.lowerBound <= before.upperBound {
                joined[joined.count - 1] = before.lowerBound..<max(before.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
