internal import Bytes
internal import Synchronization
public import SystemPackage

/// The SHA-256 of files, remembered by their status, so that what did not change is not read again.
///
/// One line a file: `sha256 size modified nanoseconds changed nanoseconds inode path`. The time at which the inode changed is the
/// system's own: nobody sets it back with the content. A file that changed within the last second when it was hashed, or in what
/// is the future by a clock that was set back, is not remembered: it could change once more without its status showing that.
public final class HashCache: Sendable {
    private struct Entry: Sendable {
        var hash: String
        var size: Int64
        var modified: FileStatus.Time
        var changed: FileStatus.Time
        var inode: UInt64
    }

    /// What stands at a path.
    public struct Item: Sendable, Hashable {
        /// The SHA-256 of the content; of a directory, of its listing.
        public let sha256: String
        /// The size of all files.
        public let size: Int64
        /// How many files a directory holds; nil for a file.
        public let fileCount: Int?
    }

    private let path: FilePath?
    private let entries: Mutex<(known: [String: Entry], isChanged: Bool)>

    /// Reads the cache; nil keeps it in memory only.
    public init(_ path: FilePath?) {
        self.path = path
        var known: [String: Entry] = [:]
        if let path, let bytes = try? Files.readIfPresent(path, limit: 1 << 28) {
            for line in bytes.split(separator: 10) {
                let fields = line.split(separator: 0x20, maxSplits: 7).map { String(decoding: $0, as: UTF8.self) }
                guard fields.count == 8, let size = Int64(fields[1]), let modified = Self.time(fields[2], fields[3]),
                    let changed = Self.time(fields[4], fields[5]), let inode = UInt64(fields[6])
                else { continue }
                known[fields[7]] = Entry(
                    hash: fields[0], size: size, modified: modified, changed: changed, inode: inode)
            }
        }
        entries = Mutex((known, false))
    }

    private static func time(_ seconds: String, _ nanoseconds: String) -> FileStatus.Time? {
        guard let seconds = Int64(seconds), let nanoseconds = UInt32(nanoseconds) else { return nil }
        return .init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Writes the cache where it changed. A cache that cannot be written is only slower.
    public func save() {
        guard let path else { return }
        let lines = entries.withLock { state -> [String]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            return state.known.map { name, entry in
                "\(entry.hash) \(entry.size) \(entry.modified.seconds) \(entry.modified.nanoseconds) "
                    + "\(entry.changed.seconds) \(entry.changed.nanoseconds) \(entry.inode) \(name)\n"
            }
        }
        guard let lines else { return }
        try? Files.makeDirectory(path.removingLastComponent())
        try? TemporaryFile.replace(path, with: Array(lines.sorted().joined().utf8), synchronizing: false)
    }

    /// The hash of a file or directory; nil where nothing stands there.
    public func item(_ file: FilePath) throws -> Item? {
        guard let status = try FileStatus.of(file, followingLinks: true) else { return nil }
        if status.kind == .directory { return try directory(file) }
        return Item(sha256: try hash(file, status), size: status.size, fileCount: nil)
    }

    private func hash(_ file: FilePath, _ status: FileStatus) throws -> String {
        let name = file.string
        if let known = entries.withLock({ $0.known[name] }), known.size == status.size,
            known.modified == status.modified, known.changed == status.changed,
            known.inode == status.inode
        {
            return known.hash
        }
        let hash = try FileDigest.sha256(file)
        let isSettled =
            Double(status.changed.seconds) + Double(status.changed.nanoseconds) / 1e9 < Timestamp.now() - 1
        entries.withLock { state in
            state.isChanged = true
            state.known[name] =
                isSettled
                ? Entry(
                    hash: hash, size: status.size, modified: status.modified, changed: status.changed,
                    inode: status.inode) : nil
        }
        return hash
    }

    /// A directory's hash is that of its files' lines, `sha256  path`, in order of path.
    private func directory(_ root: FilePath) throws -> Item {
        var files: [(name: [UInt8], file: FilePath, status: FileStatus)] = []
        func walk(_ folder: FilePath, _ prefix: [UInt8], _ depth: Int) throws {
            guard depth < 64 else { return }
            for entry in try Files.list(folder) ?? [] {
                let path = folder.appending(bytes: entry.name)
                guard let status = try FileStatus.of(path, followingLinks: true) else { continue }
                if status.kind == .directory {
                    try walk(path, prefix + entry.name + [UInt8(ascii: "/")], depth + 1)
                } else if status.kind == .regular {
                    files.append((prefix + entry.name, path, status))
                }
            }
        }
        try walk(root, [], 0)
        files.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var digest = Digest(.sha256)
        var size: Int64 = 0
        for file in files {
            digest.update(Array("\(try hash(file.file, file.status))  ".utf8) + file.name + [10])
            size += file.status.size
        }
        return Item(sha256: Hex.string(digest.finish()), size: size, fileCount: files.count)
    }
}
