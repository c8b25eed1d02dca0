internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

struct UpdateIndexCommand: Command {
    static let name = "update-index"
    static let summary = "register file contents in the working tree to the index"
    static let usage = ["[<options>] [--] [<file>...]"]
    static let options: [OptionSpec] = [
        .shortFlag("q", "continue refresh even when index needs update"),
        .flag("ignore-submodules", "refresh: ignore submodules"),
        .flag("add", negatable: false, "do not ignore new files"),
        .flag("replace", negatable: false, "let files replace directories and vice-versa"),
        .flag("remove", negatable: false, "notice files missing from worktree"),
        .flag("unmerged", negatable: false, "refresh even if index contains unmerged entries"),
        .flag("refresh", negatable: false, "refresh stat information"),
        .flag("really-refresh", negatable: false, "like --refresh, but ignore assume-unchanged setting"),
        .value("cacheinfo", "<mode>,<object>,<path>", negatable: false, "add the specified entry to the index"),
        .value("chmod", "(+|-)x", negatable: false, "override the executable bit of the listed files"),
        .flag("assume-unchanged", "mark files as \"not changing\""),
        .flag("skip-worktree", "mark files as \"index-only\""),
        .flag("info-only", negatable: false, "add to index only; do not add content to object database"),
        .flag("force-remove", negatable: false, "remove named paths even if present in worktree"),
        .shortFlag("z", "with --stdin: input lines are terminated by null bytes"),
        .flag("stdin", negatable: false, "read list of paths to be updated from standard input"),
        .flag("index-info", negatable: false, "add entries from standard input to the index"),
        .flag("again", "g", negatable: false, "only update entries that differ from HEAD"),
        .flag("ignore-missing", negatable: false, "ignore files missing from worktree"),
        .flag("verbose", "report actions to standard output"),
        .value("index-version", "n", negatable: false, "write index in this format"),
        .flag("split-index", "enable or disable split index"),
        .flag("untracked-cache", "enable/disable untracked cache"),
        .flag("fsmonitor", "enable or disable file system monitor"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        for name in ["split-index", "untracked-cache", "fsmonitor"] where arguments.isOn(name) {
            throw CommandError.fatal("--\(name) is not supported")
        }
        return try IndexUpdate(arguments, context).run()
    }
}

/// One run of `update-index`.
private final class IndexUpdate {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let worktree: Worktree
    let session: IndexSession
    let batch: ObjectBatch

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree()
        session = try IndexSession(repository, waitsToComplain: true)
        batch = repository.objects.beginBatch()
    }

    func run() throws -> ExitCode {
        var code = ExitCode.success
        let before = session.isLocked ? [] : session.index.entries
        if let version = try arguments.integer("index-version") {
            guard (2...4).contains(version) else {
                throw CommandError.fatal("index-version \(version) not in range: 2..4")
            }
            session.index.version = UInt32(version)
        }
        if arguments.isOn("index-info") { try readInfo() }
        var operands = arguments.operands
        for (value, following) in cacheInfo(&operands) { try addInfo(value, following) }
        if arguments.isOn("again") {
            try updateAgain(operands)
        } else {
            for operand in operands { try update(context.path(operand)) }
        }
        if arguments.isOn("stdin") {
            let isNul = arguments.isOn("z")
            for line in try Files.readAll(0, path: "standard input").split(separator: isNul ? 0 : 10) {
                let line = Array(line)
                try update(context.path(!isNul ? GitPath.unquote(line) ?? line : line))
            }
        }
        if arguments.isOn("refresh") || arguments.isOn("really-refresh") { code = try refresh() }
        try batch.finish()
        if session.isLocked || session.index.entries != before { try write() }
        return code
    }

    /// Writes the index. Where it is locked, a refresh that was told to be quiet is.
    private func write() throws {
        let isQuiet = arguments.isOn("q") && (arguments.isOn("refresh") || arguments.isOn("really-refresh"))
        if !session.isLocked, isQuiet { throw CommandError(.silent, "", exitCode: .fatal) }
        try session.commit(worktree)
    }

    /// `--cacheinfo <mode>,<id>,<path>`, or the old form with three words.
    private func cacheInfo(_ operands: inout [[UInt8]]) -> [([UInt8], [[UInt8]])] {
        var result: [([UInt8], [[UInt8]])] = []
        for occurrence in arguments.occurrences where occurrence.name == "cacheinfo" {
            guard let value = occurrence.value else { continue }
            if value.contains(UInt8(ascii: ",")) {
                result.append((value, []))
            } else {
                result.append((value, Array(operands.prefix(2))))
                operands.removeFirst(min(2, operands.count))
            }
        }
        return result
    }

    private func addInfo(_ value: [UInt8], _ following: [[UInt8]]) throws {
        var fields: [[UInt8]]
        if following.isEmpty {
            fields = value.split(separator: UInt8(ascii: ","), maxSplits: 2, omittingEmptySubsequences: false).map {
                Array($0)
            }
        } else {
            fields = [value] + following
        }
        guard fields.count == 3, let mode = UInt32(String(decoding: fields[0], as: UTF8.self), radix: 8),
            let id = ObjectID(hex: fields[1], algorithm: repository.algorithm)
        else {
            throw CommandError.fatal(
                "git update-index: --cacheinfo cannot add \(String(decoding: value, as: UTF8.self))")
        }
        try add(mode, id, GitPath(fields[2]), .merged)
    }

    private func add(_ mode: UInt32, _ id: ObjectID, _ path: GitPath, _ stage: ConflictStage) throws {
        guard let mode = FileMode(canonical: mode), mode != .tree, path.isSafe(mode: mode) else {
            context.errors.line(bytes: "error: Invalid path '\(path)'")
            throw CommandError.fatal("git update-index: --cacheinfo cannot add \(path)")
        }
        if !session.index.contains(path), !arguments.isOn("add"), !arguments.isOn("index-info") {
            throw CommandError.fatal("git update-index: --cacheinfo cannot add \(path)")
        }
        if !arguments.isOn("replace"), !arguments.isOn("index-info"), isInTheWay(of: path) {
            context.errors.line(bytes: "error: '\(path)' appears as both a file and as a directory")
            throw CommandError.fatal("git update-index: --cacheinfo cannot add \(path)")
        }
        session.index.add(IndexEntry(path: path, id: id, mode: mode, stage: stage))
        if arguments.isOn("verbose") { context.output.line(bytes: "add '\(path)'") }
    }

    /// Lines `mode SP id [SP stage] TAB path`, or as `ls-tree` prints them.
    private func readInfo() throws {
        let isNul = arguments.isOn("z")
        for line in try Files.readAll(0, path: "standard input").split(separator: isNul ? 0 : 10) {
            guard let tab = line.firstIndex(of: 9) else {
                throw CommandError.fatal("malformed index info \(String(decoding: line, as: UTF8.self))")
            }
            var words = line[..<tab].split(separator: 32).map { String(decoding: $0, as: UTF8.self) }
            if words.count == 3, ObjectKind(name: Array(words[1].utf8)) != nil { words.remove(at: 1) }
            let raw = Array(line[(tab + 1)...])
            let path = GitPath(!isNul ? GitPath.unquote(raw) ?? raw : raw)
            guard words.count == 2 || words.count == 3, let mode = UInt32(words[0], radix: 8),
                let id = ObjectID(hex: Array(words[1].utf8), algorithm: repository.algorithm)
            else { throw CommandError.fatal("malformed index info \(String(decoding: line, as: UTF8.self))") }
            guard mode != 0 else {
                session.index.remove(path)
                continue
            }
            let stage = words.count == 3 ? UInt8(words[2]).flatMap { ConflictStage(rawValue: $0) } : .merged
            guard let stage else {
                throw CommandError.fatal("malformed index info \(String(decoding: line, as: UTF8.self))")
            }
            try add(mode, id, path, stage)
        }
    }

    /// `--again`: the entries that differ from the last commit; before the first, all.
    private func updateAgain(_ operands: [[UInt8]]) throws {
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        let head = try repository.refs.resolve(.head).map { try repository.objects.peel($0, to: .tree) }
        for change in try TreeFiles.changes(from: head, to: session.index, repository.objects)
        where change.new != nil && pathspec.matches(change.path) {
            try update(change.path)
        }
    }

    private func update(_ path: GitPath) throws {
        guard path.isSafe() else {
            context.errors.line(bytes: "Ignoring path \(path)")
            return
        }
        if try mark(path) { return }
        if arguments.isOn("force-remove") {
            session.index.remove(path)
            if arguments.isOn("verbose") { context.output.line(bytes: "remove '\(path)'") }
            return
        }
        guard try worktree.status(path) != nil else {
            try updateMissing(path)
            return
        }
        if !session.index.contains(path), !arguments.isOn("add") {
            context.errors.line(bytes: "error: \(path): cannot add to the index - missing --add option?")
            throw CommandError.fatal("Unable to process path \(path)")
        }
        if !arguments.isOn("replace"), isInTheWay(of: path) {
            context.errors.line(bytes: "error: '\(path)' appears as both a file and as a directory")
            context.errors.line(bytes: "error: \(path): cannot add to the index - missing --add option?")
            throw CommandError.fatal("Unable to process path \(path)")
        }
        if try worktree.linkAbove(path) != nil {
            context.errors.line(bytes: "error: '\(path)' is beyond a symbolic link")
            throw CommandError.fatal("Unable to process path \(path)")
        }
        var options = StageOptions()
        options.isDryRun = arguments.isOn("info-only")
        if options.isDryRun, let found = try worktree.hash(path, index: session.index) {
            let status = try worktree.status(path)
            session.index.add(
                IndexEntry(path: path, id: found.id, mode: found.mode, stat: status.map { StatData($0) } ?? StatData()))
        } else {
            _ = try worktree.stage([path], in: &session.index, batch: batch, options)
        }
        if let mode = arguments.text("chmod") { try change(path, mode) }
        if arguments.isOn("verbose") { context.output.line(bytes: "add '\(path)'") }
    }

    /// Whether the index has a directory where a file is to be added, or a file where a directory above it would be.
    private func isInTheWay(of path: GitPath) -> Bool {
        if session.index.containsDirectory(path) { return true }
        var ancestor = path.parent
        while let directory = ancestor, !directory.isRoot {
            if session.index.contains(directory) { return true }
            ancestor = directory.parent
        }
        return false
    }

    private func updateMissing(_ path: GitPath) throws {
        if arguments.isOn("remove") {
            session.index.remove(path)
            if arguments.isOn("verbose") { context.output.line(bytes: "remove '\(path)'") }
            return
        }
        if arguments.isOn("ignore-missing"), !session.index.contains(path) { return }
        context.errors.line(bytes: "error: \(path): does not exist and --remove not passed")
        throw CommandError.fatal("Unable to process path \(path)")
    }

    private func change(_ path: GitPath, _ mode: String) throws {
        guard mode == "+x" || mode == "-x", case .found(let position) = session.index.position(of: path) else {
            throw CommandError.fatal("git update-index: cannot chmod \(mode) '\(path)'")
        }
        session.index.update(at: position) { $0.mode = mode == "+x" ? .executable : .regular }
    }

    /// Sets or clears marks; nothing else is done then.
    private func mark(_ path: GitPath) throws -> Bool {
        var isMarking = false
        for (name, flag) in [("assume-unchanged", IndexEntry.Flags.assumeValid), ("skip-worktree", .skipWorktree)] {
            guard let isOn = arguments.flag(name) else { continue }
            isMarking = true
            guard case .found(let position) = session.index.position(of: path) else {
                throw CommandError.fatal("Unable to mark file \(path)")
            }
            session.index.update(at: position) { if isOn { $0.flags.insert(flag) } else { $0.flags.remove(flag) } }
        }
        return isMarking
    }

    private func refresh() throws -> ExitCode {
        var options = Worktree.ComparisonOptions()
        options.ignoresMarks = arguments.isOn("really-refresh")
        let comparison = try worktree.compare(session.index, options)
        worktree.refresh(&session.index, comparison)
        var isBad = false
        var lines: [(GitPath, String)] = []
        for change in comparison.changes
        where !arguments.isOn("ignore-submodules") || session.index.entries[change.position].mode != .gitlink {
            let path = session.index.entries[change.position].path
            if change.kind == .deleted, arguments.isOn("ignore-missing") { continue }
            lines.append((path, "needs update"))
        }
        if !arguments.isOn("unmerged") {
            for path in session.index.conflictedPaths { lines.append((path, "needs merge")) }
        }
        for (path, what) in lines.sorted(by: { $0.0 < $1.0 }) {
            isBad = true
            if !arguments.isOn("q") || what == "needs merge" { context.output.line(bytes: "\(path): \(what)") }
        }
        return isBad && !arguments.isOn("q") ? .failure : .success
    }
}
