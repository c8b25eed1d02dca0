internal import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

/// Which paths are ignored: `.gitignore` in each directory, `info/exclude`, `core.excludesFile` and patterns of the command
/// line. Rules of a directory are read when a path in it is first asked about, and kept. Thread-safe.
public final class IgnoreRules: Sendable {
    /// Rules for everything below one directory, and whether the directory itself is ignored.
    struct Level: Sendable {
        /// The files that apply, the most important last.
        var files: [IgnoreFile]
        /// The rule that ignores the directory, and with it all that is below.
        var excluding: IgnoreRule?
    }

    private let workTree: FilePath
    private let ignoringCase: Bool
    private let perDirectory: String?
    private let commandLine: IgnoreFile?
    private let common: [IgnoreFile]
    /// The content of a `.gitignore` that is not in the work tree (sparse checkout).
    private let fallback: (@Sendable (GitPath) -> [UInt8]?)?
    private let levels = Mutex<[GitPath: Level]>([:])

    /// Which ignore files apply.
    public struct Sources: Sendable {
        /// The name of the file in each directory; nil for none.
        public var perDirectory: String? = ".gitignore"
        /// Files for the whole work tree, the most important last, each with the name that messages give it.
        public var files: [(path: FilePath, name: [UInt8])] = []
        /// Patterns of the command line (`--exclude`), which are more important than all files.
        public var patterns: [[UInt8]] = []

        /// No files, no patterns.
        public init() {}
    }

    /// Makes rules; the files of `sources` are read at once.
    public init(
        workTree: FilePath, sources: Sources, ignoringCase: Bool = false,
        fallback: (@Sendable (GitPath) -> [UInt8]?)? = nil
    ) {
        self.workTree = workTree
        self.ignoringCase = ignoringCase
        self.fallback = fallback
        perDirectory = sources.perDirectory
        commandLine =
            sources.patterns.isEmpty
            ? nil
            : IgnoreFile(
                parsing: Array(sources.patterns.joined(separator: [UInt8(ascii: "\n")])), base: .root, source: [])
        var common: [IgnoreFile] = []
        for file in sources.files {
            guard let content = (try? Files.readIfPresent(file.path)) ?? nil else { continue }
            common.append(IgnoreFile(parsing: content, base: .root, source: file.name))
        }
        self.common = common
    }

    /// The rule that decides about a path, which may be a negative one; nil where no rule matches it.
    public func rule(for path: GitPath, isDirectory: Bool) -> IgnoreRule? {
        guard let parent = path.parent else { return nil }
        let level = level(parent)
        if let excluding = level.excluding { return excluding }
        return rule(for: path, isDirectory: isDirectory, in: level)
    }

    /// Whether a path is ignored, by a rule for it or for a directory above it.
    public func isIgnored(_ path: GitPath, isDirectory: Bool) -> Bool {
        guard let rule = rule(for: path, isDirectory: isDirectory) else { return false }
        return !rule.isNegative
    }

    private func rule(for path: GitPath, isDirectory: Bool, in level: Level) -> IgnoreRule? {
        path.bytes.withUnsafeBufferPointer { bytes in
            let nameStart = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
            return rule(bytes, nameStart: nameStart, isDirectory: isDirectory, in: level)
        }
    }

    /// The deciding rule, where the rules of the path's directory are at hand.
    func rule(
        _ path: UnsafeBufferPointer<UInt8>, nameStart: Int, isDirectory: Bool, in level: Level
    ) -> IgnoreRule? {
        for file in level.files.reversed() {
            if let rule = file.lastMatch(
                path, nameStart: nameStart, isDirectory: isDirectory, ignoringCase: ignoringCase)
            {
                return rule
            }
        }
        return nil
    }

    /// The rules that apply in a directory.
    func level(_ directory: GitPath) -> Level {
        if let known = levels.withLock({ $0[directory] }) { return known }
        var result: Level
        if let parent = directory.parent {
            result = level(parent)
            if result.excluding == nil, let rule = rule(for: directory, isDirectory: true, in: result), !rule.isNegative
            {
                result.excluding = rule
            }
        } else {
            result = Level(files: common + (commandLine.map { [$0] } ?? []), excluding: nil)
        }
        if result.excluding == nil, let file = read(in: directory) {
            // Below the command line's patterns, above everything of outer directories.
            result.files.insert(file, at: result.files.count - (commandLine == nil ? 0 : 1))
        }
        let level = result
        levels.withLock { $0[directory] = level }
        return level
    }

    private func read(in directory: GitPath) -> IgnoreFile? {
        guard let perDirectory else { return nil }
        let path = directory.appending(Array(perDirectory.utf8))
        let file = workTree.appending(bytes: path.bytes)
        var content: [UInt8]?
        if let status = (try? FileStatus.of(file)) ?? nil {
            // Git refuses to follow a link here.
            guard status.kind == .regular else { return nil }
            content = (try? Files.readIfPresent(file)) ?? nil
        } else {
            content = fallback?(path)
        }
        guard let content, !content.isEmpty else { return nil }
        return IgnoreFile(parsing: content, base: directory, source: path.bytes)
    }
}
