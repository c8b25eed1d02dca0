internal import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

/// The attributes of paths: `.gitattributes` in each directory, `info/attributes`, `core.attributesFile`. A directory's file
/// is read when a path in it is first asked about, and kept. Thread-safe.
public final class AttributeRules: Sendable {
    /// Where attributes come from, the least important first.
    public struct Sources: Sendable {
        /// The system's file.
        public var systemFile: FilePath?
        /// The person's file (`core.attributesFile`).
        public var userFile: FilePath?
        /// The repository's `info/attributes`, more important than all others.
        public var infoFile: FilePath?

        /// No files.
        public init() {}
    }

    /// Gives the content of a directory's `.gitattributes`.
    public typealias Reader = @Sendable (_ path: GitPath) -> [UInt8]?

    private struct Level: Sendable {
        /// The files that apply, the least important first, without `info/attributes`.
        var files: [AttributeFile]
        var hasLines: Bool
    }

    private struct State: Sendable {
        var macros: [String: [AttributeAssignment]] = [:]
        var levels: [GitPath: Level] = [:]
        /// Names in order of appearance.
        var names: [String] = []
    }

    private let common: [AttributeFile]
    private let info: AttributeFile?
    private let ignoringCase: Bool
    private let reader: Reader
    private let state = Mutex(State())

    /// Makes rules; directories' files are given by `reader`, so that they can come from the work tree, from the index or from
    /// a commit.
    public init(sources: Sources = Sources(), ignoringCase: Bool = false, reader: @escaping Reader) {
        func load(_ path: FilePath?) -> AttributeFile? {
            guard let path, let content = (try? Files.readIfPresent(path)) ?? nil else { return nil }
            return AttributeFile(parsing: content, base: .root, allowsMacros: true)
        }
        let builtin = AttributeFile(
            parsing: Array("[attr]binary -diff -merge -text\n".utf8), base: .root, allowsMacros: true)
        var files = [builtin]
        if let file = load(sources.systemFile) { files.append(file) }
        if let file = load(sources.userFile) { files.append(file) }
        common = files
        info = load(sources.infoFile)
        self.ignoringCase = ignoringCase
        self.reader = reader
        reload()
    }

    /// Forgets what was read from directories: their files have changed.
    public func reload() {
        let root = AttributeFile(
            parsing: reader(GitPath(".gitattributes")) ?? [], base: .root, allowsMacros: true)
        var fresh = State()
        for file in common + [root] + (info.map { [$0] } ?? []) {
            fresh.macros.merge(file.macros) { $1 }
            for name in file.names where !fresh.names.contains(name) { fresh.names.append(name) }
        }
        let hasLines = !root.lines.isEmpty || common.contains { !$0.lines.isEmpty }
        fresh.levels[.root] = Level(files: common + [root], hasLines: hasLines)
        let new = fresh
        state.withLock { $0 = new }
    }

    /// Rules of a work tree's files. Where a `.gitattributes` is missing there, `fallback` may give its content (the index's).
    public convenience init(
        workTree: FilePath, sources: Sources, ignoringCase: Bool = false, fallback: Reader? = nil
    ) {
        self.init(sources: sources, ignoringCase: ignoringCase) { path in
            let file = workTree.appending(bytes: path.bytes)
            if let status = (try? FileStatus.of(file)) ?? nil {
                // Git refuses to follow a link here, and files of more than 100 MB.
                guard status.kind == .regular else { return nil }
                return (try? Files.readIfPresent(file, limit: 100 << 20)) ?? nil
            }
            return fallback?(path)
        }
    }

    /// All attribute names seen so far, in order of appearance: the order in which `check-attr -a` prints.
    public var knownNames: [String] { state.withLock { $0.names } }

    private func level(_ directory: GitPath) -> Level {
        if let known = state.withLock({ $0.levels[directory] }) { return known }
        guard let parent = directory.parent else { return Level(files: common, hasLines: false) }
        var result = level(parent)
        if let content = reader(directory.appending(Array(".gitattributes".utf8))) {
            let file = AttributeFile(parsing: content, base: directory, allowsMacros: false)
            if !file.lines.isEmpty {
                result.files.append(file)
                result.hasLines = true
            }
            state.withLock { state in
                for name in file.names where !state.names.contains(name) { state.names.append(name) }
            }
        }
        let level = result
        state.withLock { $0.levels[directory] = level }
        return level
    }

    /// The attributes of a path.
    public func attributes(of path: GitPath, isDirectory: Bool = false) -> AttributeValues {
        let level = level(path.parent ?? .root)
        guard level.hasLines || info?.lines.isEmpty == false else { return AttributeValues() }
        var decided: [String: AttributeValue?] = [:]
        path.bytes.withUnsafeBufferPointer { bytes in
            let nameStart = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
            if let info { collect(info, bytes, nameStart, isDirectory, &decided) }
            for file in level.files.reversed() { collect(file, bytes, nameStart, isDirectory, &decided) }
        }
        guard !decided.isEmpty else { return AttributeValues() }
        return AttributeValues(decided.compactMapValues { $0 })
    }

    private func collect(
        _ file: AttributeFile, _ path: UnsafeBufferPointer<UInt8>, _ nameStart: Int, _ isDirectory: Bool,
        _ decided: inout [String: AttributeValue?]
    ) {
        var index = file.lines.count - 1
        while index >= 0 {
            if file.lines[index].pattern.matches(
                path, nameStart: nameStart, baseCount: file.base.bytes.count, isDirectory: isDirectory,
                ignoringCase: ignoringCase)
            {
                assign(file.lines[index].assignments, &decided, depth: 0)
            }
            index -= 1
        }
    }

    private func assign(
        _ assignments: [AttributeAssignment], _ decided: inout [String: AttributeValue?], depth: Int
    ) {
        for assignment in assignments.reversed() where decided[assignment.name] == nil {
            decided[assignment.name] = .some(assignment.value)
            // Each name is decided once, so that macros that name each other end.
            if assignment.value == .set, depth < 64, let macro = state.withLock({ $0.macros[assignment.name] }) {
                assign(macro, &decided, depth: depth + 1)
            }
        }
    }
}
