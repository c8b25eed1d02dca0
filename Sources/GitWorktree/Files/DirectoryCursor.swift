internal import Bytes
internal import GitObjects
internal import Glibc
internal import SystemPackage

/// Opens the directories of a work tree one after the other, each once while the paths come in order, never through a
/// symbolic link. One for each thread.
struct DirectoryCursor: ~Copyable {
    private let root: Int32
    /// The directory that is open, without a slash at its end.
    private var path: [UInt8] = []
    /// For each open component: its descriptor, and how much of ``path`` it and those above it are.
    private var stack: [(descriptor: Int32, end: Int)] = []
    /// A directory that is known to be missing; below it nothing stands.
    private var missing: [UInt8]?
    private var name: [CChar] = []

    /// Starts at an open directory, which stays the caller's.
    init(root: Int32) { self.root = root }

    deinit { for open in stack { close(open.descriptor) } }

    private mutating func pop(to depth: Int) {
        while stack.count > depth { close(stack.removeLast().descriptor) }
        path.removeSubrange((stack.last?.end ?? 0)...)
    }

    /// Closes everything: what was opened may have been replaced.
    mutating func reset() {
        pop(to: 0)
        missing = nil
    }

    /// What to do where a directory is missing.
    enum Creation { case never, missing, replacingFiles }

    /// The descriptor of the directory that holds a path; nil where it does not stand (or a link or file is in the way).
    ///
    /// - Parameter file: the path's bytes; the last component is not looked at.
    mutating func descriptor(above file: [UInt8], creating: Creation = .never) throws(FileError) -> Int32? {
        let slash = UInt8(ascii: "/")
        guard let end = file.lastIndex(of: slash) else {
            return root
        }
        if path.count == end, file.starts(with: path) { return stack.last?.descriptor ?? root }
        // Keep what both share.
        var shared = 0
        var depth = 0
        for (index, open) in stack.enumerated() {
            guard open.end <= end, open.end == end || file[open.end] == slash,
                path[shared..<open.end].elementsEqual(file[shared..<open.end])
            else { break }
            shared = open.end
            depth = index + 1
        }
        pop(to: depth)
        if creating == .never, let missing, file.starts(with: missing), file[missing.count] == slash { return nil }
        var start = shared == 0 ? 0 : shared + 1
        while start <= end {
            var stop = start
            while stop < end, file[stop] != slash { stop += 1 }
            guard let descriptor = try open(file, start..<stop, creating) else {
                missing = Array(file[..<stop])
                return nil
            }
            if stack.isEmpty { path = [] } else { path.append(slash) }
            path.append(contentsOf: file[start..<stop])
            stack.append((descriptor, path.count))
            start = stop + 1
        }
        return stack.last?.descriptor ?? root
    }

    private mutating func open(_ file: [UInt8], _ range: Range<Int>, _ creating: Creation) throws(FileError) -> Int32? {
        let parent = stack.last?.descriptor ?? root
        name.removeAll(keepingCapacity: true)
        for byte in file[range] { name.append(CChar(bitPattern: byte)) }
        name.append(0)
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var descriptor = openat(parent, name, flags)
        if descriptor >= 0 { return descriptor }
        guard creating != .never, [ENOENT, ENOTDIR, ELOOP].contains(errno) else {
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
            throw FileError("open directory", FilePath(bytes: file[..<range.upperBound]))
        }
        if errno != ENOENT {
            guard creating == .replacingFiles, unlinkat(parent, name, 0) == 0 else {
                throw FileError(
                    "create directory", FilePath(bytes: file[..<range.upperBound]), code: .fileExists)
            }
        }
        guard mkdirat(parent, name, 0o777) == 0 || errno == EEXIST else {
            throw FileError("create directory", FilePath(bytes: file[..<range.upperBound]))
        }
        missing = nil
        descriptor = openat(parent, name, flags)
        guard descriptor >= 0 else { throw FileError("open directory", FilePath(bytes: file[..<range.upperBound])) }
        return descriptor
    }
}

/// A path's last component with a NUL at its end, for system calls relative to a directory.
func withName<Result>(of path: [UInt8], _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    let start = (path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
    let count = path.count - start
    return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
        path.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start...]))
        }
        buffer[count] = 0
        // The buffer holds at least the NUL.
        return try body(UnsafePointer(buffer.baseAddress!))
    }
}
