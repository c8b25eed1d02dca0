internal import Bytes
public import GitObjects
internal import Glibc

/// Finds files that the index does not hold.
public struct UntrackedScan {
    /// What is wanted.
    public struct Options: Sendable {
        /// Untracked directories are listed file by file (`--untracked-files=all`, `ls-files -o`).
        public var listsAllFiles = false
        /// Which ignored paths are listed.
        public var ignored = Ignored.none
        /// Empty directories are listed too (`clean -d`, `ls-files --directory`).
        public var listsEmptyDirectories = false
        /// Ignore rules do not count (`ls-files -o` without `--exclude-standard`, `clean -x`).
        public var disregardsRules = false
        /// Only what matches.
        public var pathspec = Pathspec.all
        /// Nested repositories are entered like other directories (`clean -ff`).
        public var entersNestedRepositories = false
        /// What an earlier search of this process, by the same index, saw in the directories.
        public var memory: DirectoryMemory?

        /// `status`'s.
        public init() {}
    }

    /// Which ignored paths are listed.
    public enum Ignored: Sendable, Hashable {
        /// None.
        case none
        /// Ignored files, and directories that hold nothing else (`--ignored=traditional`).
        case traditional
        /// What a rule matches (`--ignored=matching`).
        case matching
    }

    /// What was found, in Git's order. Directories end with a slash.
    public struct Result: Sendable {
        /// Untracked paths.
        public var untracked: [GitPath] = []
        /// Ignored paths.
        public var ignored: [GitPath] = []
    }

    private enum State: Int { case nothing, ignored, untracked }

    private let worktree: Worktree
    private let index: Index
    private let options: Options
    private var result = Result()

    /// Looks for untracked files below the top.
    public static func run(_ worktree: Worktree, _ index: Index, _ options: Options) throws(WorktreeError) -> Result {
        var scan = UntrackedScan(worktree, index, options)
        scan.checkCommonDirectory()
        do throws(FileError) {
            let descriptor = dup(worktree.rootDescriptor)
            guard descriptor >= 0 else { throw FileError("open directory", worktree.root) }
            _ = try scan.directory(
                descriptor, [], range: 0..<index.entries.count, isIgnored: false, isTracked: true, depth: 0)
        } catch {
            throw .file(error)
        }
        scan.result.untracked.sort()
        scan.result.ignored.sort()
        return scan.result
    }

    private init(_ worktree: Worktree, _ index: Index, _ options: Options) {
        self.worktree = worktree
        self.index = index
        self.options = options
    }

    /// Says so where the directory that every operand lies in cannot be opened, once one above it was worth looking into.
    private func checkCommonDirectory() {
        let common = options.pathspec.commonDirectory
        var path: [UInt8] = []
        var isEntered = false
        for component in common.split(separator: UInt8(ascii: "/")) {
            let start = path.count
            path += component
            let descriptor = open(path)
            guard descriptor >= 0 else {
                let reason = String(cString: strerror(errno))
                if isEntered { worktree.warn("warning: could not open directory '\(GitPath(common))': \(reason)") }
                return
            }
            close(descriptor)
            if !index.containsDirectory(GitPath(path)) {
                let level = worktree.ignores.level(GitPath(path.prefix(max(start - 1, 0))))
                if !options.disregardsRules, options.ignored == .none,
                    isIgnoredByRule(path, nameStart: start, isDirectory: true, level)
                {
                    return
                }
                if NestedRepository.gitDirectory(worktree.file(GitPath(path))) != nil { return }
            }
            isEntered = true
            path.append(UInt8(ascii: "/"))
        }
    }

    private typealias Child = DirectoryMemory.Child

    /// The entries of an open directory, which is closed, but for the files that the index holds.
    private func children(_ descriptor: Int32, _ path: [UInt8], _ range: Range<Int>) throws(FileError) -> [Child] {
        guard let memory = options.memory else { return try read(descriptor, path, range) }
        let now = DirectoryMemory.now()
        let status: FileStatus
        do throws(FileError) {
            status = try FileStatus.of(descriptor: descriptor, path: worktree.root)
        } catch {
            close(descriptor)
            throw error
        }
        if let known = memory.children(path, status) {
            close(descriptor)
            return known
        }
        let result = try read(descriptor, path, range)
        memory.keep(result, path, status, at: now)
        return result
    }

    private func read(_ descriptor: Int32, _ path: [UInt8], _ range: Range<Int>) throws(FileError) -> [Child] {
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw FileError("open directory", worktree.root.appending(bytes: path))
        }
        defer { closedir(stream) }
        // A duplicate of the top's descriptor shares its position.
        rewinddir(stream)
        var result: [Child] = []
        while let entry = readdir(stream) {
            let type = Int(entry.pointee.d_type)
            if type == Int(DT_REG) || type == Int(DT_LNK), isIndexed(entry, nameStart: path.count, range) { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                let start = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
                return [UInt8](
                    UnsafeBufferPointer(
                        start: start, count: strlen(UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))))
            }
            if name == [46] || name == [46, 46] || name.elementsEqual(".git".utf8) { continue }
            var isDirectory = type == Int(DT_DIR)
            if type == Int(DT_UNKNOWN) {
                var status = stat()
                let found = name.withUnsafeBytes { raw in
                    withName(of: Array(raw)) { fstatat(dirfd(stream), $0, &status, AT_SYMLINK_NOFOLLOW) }
                }
                if found != 0 { continue }
                isDirectory = status.st_mode & S_IFMT == S_IFDIR
                if !isDirectory, status.st_mode & S_IFMT != S_IFREG, status.st_mode & S_IFMT != S_IFLNK { continue }
            } else if !isDirectory, type != Int(DT_REG), type != Int(DT_LNK) {
                continue
            }
            result.append(Child(name: name, isDirectory: isDirectory))
        }
        return result
    }

    /// Whether the index holds a directory's entry as a file. Asked of every file: nothing is allocated.
    private func isIndexed(_ entry: UnsafeMutablePointer<dirent>, nameStart: Int, _ range: Range<Int>) -> Bool {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            let name = UnsafeRawPointer(pointer)
            let count = strlen(name.assumingMemoryBound(to: CChar.self))
            var low = range.lowerBound
            var high = range.upperBound
            while low < high {
                let middle = (low + high) / 2
                let order = index.entries[middle].path.bytes.withUnsafeBytes { path in
                    // All of the range's paths begin with the directory's, and go on behind it.
                    let rest = path.count - nameStart
                    let order = memcmp(path.baseAddress! + nameStart, name, min(rest, count))
                    return order != 0 ? Int(order) : rest - count
                }
                if order == 0 { return true }
                if order < 0 { low = middle + 1 } else { high = middle }
            }
            return false
        }
    }

    /// Opens a directory below one that was read already.
    private func open(_ path: [UInt8]) -> Int32 {
        var terminated = path.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return openat(worktree.rootDescriptor, terminated, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }

    /// One directory.
    ///
    /// - Parameters:
    ///   - path: the directory, with a slash at its end unless it is the top.
    ///   - range: the index entries below it.
    ///   - isIgnored: whether a rule ignores it.
    ///   - isTracked: whether the index holds something in it.
    /// - Returns: what kind of files stand in it that the index does not hold.
    private mutating func directory(
        _ descriptor: Int32, _ path: [UInt8], range: Range<Int>, isIgnored: Bool, isTracked: Bool, depth: Int
    ) throws(FileError) -> State {
        guard depth < 2048 else {
            close(descriptor)
            return .nothing
        }
        let children = try children(descriptor, path, range)
        let level = worktree.ignores.level(GitPath(adopting: path.last == 0x2f ? Array(path.dropLast()) : path))
        var state = State.nothing
        var full = path
        for child in children {
            full.removeSubrange(path.count...)
            full.append(contentsOf: child.name)
            let position = lowerBound(full, range)
            if !child.isDirectory {
                if position < range.upperBound, index.entries[position].path.bytes == full { continue }
                let found = file(full, nameStart: path.count, isIgnored: isIgnored, level: level)
                if found.rawValue > state.rawValue { state = found }
                continue
            }
            let found = try subdirectory(
                &full, nameStart: path.count, position: position, range: range, isIgnored: isIgnored, level: level,
                depth: depth)
            if found.rawValue > state.rawValue { state = found }
        }
        return state
    }

    private func lowerBound(_ path: [UInt8], _ range: Range<Int>) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if index.entries[middle].path.bytes.compared(to: path) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isIgnoredByRule(_ path: [UInt8], nameStart: Int, isDirectory: Bool, _ level: IgnoreRules.Level) -> Bool
    {
        guard !level.files.isEmpty else { return false }
        return path.withUnsafeBufferPointer { bytes in
            guard
                let rule = worktree.ignores.rule(bytes, nameStart: nameStart, isDirectory: isDirectory, in: level)
            else { return false }
            return !rule.isNegative
        }
    }

    private mutating func file(_ path: [UInt8], nameStart: Int, isIgnored: Bool, level: IgnoreRules.Level) -> State {
        let isIgnored =
            !options.disregardsRules
            && (isIgnored || isIgnoredByRule(path, nameStart: nameStart, isDirectory: false, level))
        if isIgnored && options.ignored == .none { return .ignored }
        let path = GitPath(adopting: path)
        guard options.pathspec.matches(path) else { return .nothing }
        if isIgnored { result.ignored.append(path) } else { result.untracked.append(path) }
        return isIgnored ? .ignored : .untracked
    }

    private mutating func subdirectory(
        _ full: inout [UInt8], nameStart: Int, position: Int, range: Range<Int>, isIgnored: Bool,
        level: IgnoreRules.Level, depth: Int
    ) throws(FileError) -> State {
        // A gitlink or a file of that name: its own business.
        if position < range.upperBound, index.entries[position].path.bytes == full {
            if index.entries[position].mode == .gitlink { return .nothing }
        }
        let path = GitPath(full)
        guard options.pathspec.mayMatch(inside: path) else { return .nothing }
        let isRuledOut =
            !options.disregardsRules
            && (isIgnored || isIgnoredByRule(full, nameStart: nameStart, isDirectory: true, level))
        full.append(UInt8(ascii: "/"))
        let start = lowerBound(full, range)
        let end = lowerBound(Array(full.dropLast()) + [UInt8(ascii: "0")], range)
        let isTracked = start < end
        if !isTracked {
            if isRuledOut && options.ignored == .none { return .ignored }
            if !options.entersNestedRepositories, NestedRepository.gitDirectory(worktree.file(path)) != nil {
                guard options.pathspec.matches(path, isDirectory: true) else { return .nothing }
                if isRuledOut { result.ignored.append(GitPath(full)) } else { result.untracked.append(GitPath(full)) }
                return isRuledOut ? .ignored : .untracked
            }
            if isRuledOut, options.ignored == .matching || !options.listsAllFiles {
                guard options.pathspec.matches(path, isDirectory: true) else {
                    return try enter(full, start..<end, isIgnored: true, isTracked: false, depth: depth)
                }
                return collapseIgnored(full)
            }
        }
        if isTracked || options.listsAllFiles {
            return try enter(full, start..<end, isIgnored: isRuledOut, isTracked: isTracked, depth: depth)
        }
        return try collapse(full, isIgnored: isRuledOut, depth: depth)
    }

    /// An ignored directory as one path. An empty one is not worth a word.
    private mutating func collapseIgnored(_ full: [UInt8]) -> State {
        result.ignored.append(GitPath(full))
        return .ignored
    }

    private mutating func enter(
        _ full: [UInt8], _ range: Range<Int>, isIgnored: Bool, isTracked: Bool, depth: Int
    ) throws(FileError) -> State {
        let descriptor = open(full)
        guard descriptor >= 0 else {
            worktree.warn("warning: could not open directory '\(GitPath(full))': \(String(cString: strerror(errno)))")
            return .nothing
        }
        return try directory(
            descriptor, full, range: range, isIgnored: isIgnored, isTracked: isTracked, depth: depth + 1)
    }

    /// An untracked directory as one path, where something in it is untracked.
    private mutating func collapse(_ full: [UInt8], isIgnored: Bool, depth: Int) throws(FileError) -> State {
        let path = GitPath(Array(full.dropLast()))
        // Operands that name something inside ask for just that.
        guard options.pathspec.matches(path, isDirectory: true) else {
            return try enter(full, 0..<0, isIgnored: isIgnored, isTracked: false, depth: depth)
        }
        let untrackedBefore = result.untracked.count
        let ignoredBefore = result.ignored.count
        let state = try enter(full, 0..<0, isIgnored: isIgnored, isTracked: false, depth: depth)
        switch state {
        case .untracked:
            result.untracked.removeSubrange(untrackedBefore...)
            result.untracked.append(GitPath(full))
        case .ignored:
            if options.ignored == .traditional {
                result.ignored.removeSubrange(ignoredBefore...)
                result.ignored.append(GitPath(full))
            }
        case .nothing:
            if options.listsEmptyDirectories {
                result.untracked.append(GitPath(full))
                return .untracked
            }
        }
        return state
    }
}
