public import Bytes
internal import GitDiff
public import SystemPackage

/// Conflicts that were seen and how they were resolved: Git's `rr-cache`.
///
/// An entry is a directory named by the conflicts' hash, with `preimage` (the conflicts), and `postimage` (their resolution)
/// once there is one. Conflicts of the same hash in files that differ elsewhere are variants: `preimage.1`, and so on.
public struct ResolutionCache: Sendable {
    /// One variant of an entry.
    public struct Key: Sendable, Hashable {
        /// The conflicts' hash.
        public let id: String
        /// Which of those with that hash; nil where none was chosen yet.
        public var variant: Int?

        /// Makes a key.
        public init(id: String, variant: Int?) {
            self.id = id
            self.variant = variant
        }

        /// As `MERGE_RR` writes it: `<hash>` or `<hash>.<variant>`.
        public var text: String { (variant ?? 0) > 0 ? "\(id).\(variant ?? 0)" : id }

        /// Reads ``text``; nil where it is no key.
        public init?(_ text: String) {
            let parts = text.split(separator: ".", maxSplits: 1)
            guard let first = parts.first, first.count >= 40, first.allSatisfy(\.isHexDigit) else { return nil }
            id = String(first)
            guard parts.count > 1 else {
                variant = 0
                return
            }
            guard let number = Int(parts[1]), number >= 0 else { return nil }
            variant = number
        }
    }

    private let directory: FilePath

    /// Takes the cache of a repository: `<common directory>/rr-cache`.
    public init(_ directory: FilePath) { self.directory = directory }

    private func file(_ key: Key, _ name: String) -> FilePath {
        let variant = key.variant ?? 0
        return directory.appending(key.id).appending(variant > 0 ? "\(name).\(variant)" : name)
    }

    /// What an entry holds under a name: `preimage`, `postimage`; nil for nothing.
    public func read(_ key: Key, _ name: String) throws(FileError) -> [UInt8]? {
        try Files.readIfPresent(file(key, name))
    }

    /// Puts something into an entry.
    public func write(_ key: Key, _ name: String, _ content: [UInt8]) throws(FileError) {
        try Files.makeDirectory(directory.appending(key.id))
        try TemporaryFile.replace(file(key, name), with: content, synchronizing: false)
    }

    /// Takes something out of an entry, and the entry away where nothing is left.
    public func remove(_ key: Key, _ names: String...) throws(FileError) {
        for name in names { _ = try Files.remove(file(key, name)) }
        _ = try? Files.removeEmptyDirectory(directory.appending(key.id))
    }

    /// The variants of a hash that hold a preimage, in order.
    public func variants(_ id: String) throws(FileError) -> [Int] {
        var result: [Int] = []
        for entry in try Files.list(directory.appending(id)) ?? [] {
            let name = String(decoding: entry.name, as: UTF8.self)
            if name == "preimage" { result.append(0) }
            if name.hasPrefix("preimage."), let number = Int(name.dropFirst(9)), number > 0 { result.append(number) }
        }
        return result.sorted()
    }

    /// All hashes.
    public func ids() throws(FileError) -> [String] {
        (try Files.list(directory) ?? []).map { String(decoding: $0.name, as: UTF8.self) }
            .filter { $0.count >= 40 && $0.allSatisfy(\.isHexDigit) }.sorted()
    }

    /// When a file of an entry was last written, in seconds; nil where it is not there.
    public func modified(_ key: Key, _ name: String) throws(FileError) -> Int64? {
        try FileStatus.of(file(key, name))?.modified.seconds
    }

    /// Notes that an entry was used now.
    public func touch(_ key: Key, _ name: String) throws(FileError) {
        try Files.setModified(file(key, name), seconds: nil)
    }

    /// What a recorded resolution makes of conflicts; nil where it does not fit.
    public func replay(_ key: Key, on conflicts: [UInt8]) throws(FileError) -> [UInt8]? {
        guard let before = try read(key, "preimage"), let after = try read(key, "postimage") else { return nil }
        var options = FileMergeOptions()
        options.lines.algorithm = .myers
        let merged = FileMerge.merge(base: before, ours: conflicts, theirs: after, options: options)
        return merged.conflicts == 0 ? merged.content : nil
    }
}
