public import Bytes
public import GitObjects
public import GitStorage
internal import Glibc
internal import Synchronization
public import SystemPackage

/// A work tree with what its files are read and written by: attributes, ignore rules, conversions, the object database.
///
/// Immutable but for caches; thread-safe. Paths that lead through symbolic links are never followed.
public final class Worktree: Sendable {
    /// The top.
    public let root: FilePath
    /// Where objects are.
    public let objects: ObjectDatabase
    /// What the configuration says.
    public let settings: WorktreeSettings
    /// Attributes of paths.
    public let attributes: AttributeRules
    /// Ignored paths.
    public let ignores: IgnoreRules
    /// The filter for large files, where a layer above gives one.
    public let filter: (any ContentFilter)?
    /// Is told before files change, where a layer above keeps what would be lost.
    public let witness: (any WorktreeWitness)?
    /// Says something to the person: warnings of conversions.
    public let warn: @Sendable (String) -> Void
    let rootDescriptor: Int32
    let processes: FilterProcesses

    /// Opens a work tree.
    ///
    /// - Throws: ``FileError`` where the top is not a directory.
    public init(
        root: FilePath, objects: ObjectDatabase, settings: WorktreeSettings, attributes: AttributeRules,
        ignores: IgnoreRules, filter: (any ContentFilter)? = nil, witness: (any WorktreeWitness)? = nil,
        environment: [String]? = nil,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(FileError) {
        self.root = root
        self.objects = objects
        self.settings = settings
        self.attributes = attributes
        self.ignores = ignores
        self.filter = filter
        self.witness = witness
        self.warn = warn
        processes = FilterProcesses(workTree: root, environment: environment)
        rootDescriptor = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard rootDescriptor >= 0 else { throw FileError("open directory", root) }
    }

    deinit { close(rootDescriptor) }

    var workers: Int { settings.workers ?? Workers.processorCount }

    /// A file's absolute path.
    public func file(_ path: GitPath) -> FilePath { root.appending(bytes: path.bytes) }

    /// What stands at a path; nil for nothing, or where the path leads through a link or a file.
    public func status(_ path: GitPath) throws(FileError) -> FileStatus? {
        var cursor = DirectoryCursor(root: rootDescriptor)
        return try status(path.bytes, &cursor)
    }

    func status(_ path: [UInt8], _ cursor: inout DirectoryCursor) throws(FileError) -> FileStatus? {
        guard let directory = try cursor.descriptor(above: path) else { return nil }
        var failure: FileError?
        let status: FileStatus? = withName(of: path) { name in
            do throws(FileError) { return try FileStatus.at(directory: directory, path: name) } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        return status
    }

    /// The first directory above a path that is a symbolic link, or nil.
    public func linkAbove(_ path: GitPath) throws(FileError) -> GitPath? {
        var directory: [UInt8] = []
        for component in path.components.dropLast() {
            if !directory.isEmpty { directory.append(UInt8(ascii: "/")) }
            directory.append(contentsOf: component)
            guard let status = try FileStatus.of(root.appending(bytes: directory)) else { return nil }
            if status.kind == .symbolicLink { return GitPath(directory) }
            if status.kind != .directory { return nil }
        }
        return nil
    }

    /// The mode that a file has in the index, where `previous` is what stood there: kept where the file system cannot tell.
    public func mode(of status: FileStatus, previous: GitObjects.FileMode?) -> GitObjects.FileMode? {
        switch status.kind {
        case .regular:
            if !settings.hasSymbolicLinks && previous == .symbolicLink { return .symbolicLink }
            if !settings.isTrustingExecutableBit { return previous == .executable ? .executable : .regular }
            return status.isExecutable ? .executable : .regular
        case .symbolicLink: return .symbolicLink
        case .directory: return .gitlink
        case .other: return nil
        }
    }

    /// The bytes of a regular file; nil where there is none.
    func readFile(_ path: [UInt8], _ cursor: inout DirectoryCursor, expected: Int) throws(FileError) -> [UInt8]? {
        guard let directory = try cursor.descriptor(above: path) else { return nil }
        let descriptor = withName(of: path) { openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
            throw FileError("open", FilePath(bytes: path))
        }
        defer { close(descriptor) }
        var isWhole = false
        // One byte more than expected shows the end without another call.
        let bytes = [UInt8](unsafeUninitializedCapacity: expected + 1) { buffer, count in
            count = 0
            while count <= expected {
                let got = read(descriptor, buffer.baseAddress! + count, expected + 1 - count)
                if got < 0 && errno == EINTR { continue }
                if got == 0 { isWhole = true }
                if got <= 0 { return }
                count += got
                // A short read of a regular file is its end.
                if count == expected { continue }
            }
        }
        if isWhole { return bytes }
        return bytes + (try Files.readAll(descriptor, path: FilePath(bytes: path)))
    }

    /// Where a link points.
    func readLink(_ path: [UInt8], _ cursor: inout DirectoryCursor) throws(FileError) -> [UInt8]? {
        guard let directory = try cursor.descriptor(above: path) else { return nil }
        var failure: FileError?
        let target = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = withName(of: path) { name in
                let start = UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self)
                let got = readlinkat(directory, name, start, 4096)
                if got < 0 && ![ENOENT, ENOTDIR, EINVAL].contains(errno) {
                    failure = FileError("read the link", FilePath(bytes: path))
                }
                return max(got, 0)
            }
        }
        if let failure { throw failure }
        return target.isEmpty ? nil : target
    }
}
