public import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

/// The refs of one repository, as one work tree sees them: loose files below `refs/` and lines of `packed-refs`.
///
/// Nothing is kept between calls but the mapped `packed-refs`, which is mapped again when the file changes.
public final class RefStore: Sendable {
    /// Which refs get a reflog when they are first written.
    public enum ReflogPolicy: Sendable, Hashable {
        /// None (`core.logAllRefUpdates` is false, or the repository is bare).
        case none
        /// `HEAD`, branches, remote-tracking branches and notes.
        case branches
        /// All below `refs/`, and `HEAD`.
        case always
    }

    /// What may be left out.
    public struct Options: Sendable {
        /// Which refs get a reflog.
        public var reflogPolicy: ReflogPolicy
        /// How long to wait for another's lock on a ref, in milliseconds (`core.filesRefLockTimeout`).
        public var lockTimeout: Int
        /// How long to wait for another's lock on `packed-refs` (`core.packedRefsTimeout`).
        public var packedLockTimeout: Int
        /// Whether a ref reaches the disk before it takes its place.
        public var synchronizes: Bool

        /// Git's defaults for a repository with a work tree, and durable writes.
        public init(
            reflogPolicy: ReflogPolicy = .branches, lockTimeout: Int = 100, packedLockTimeout: Int = 1000,
            synchronizes: Bool = true
        ) {
            self.reflogPolicy = reflogPolicy
            self.lockTimeout = lockTimeout
            self.packedLockTimeout = packedLockTimeout
            self.synchronizes = synchronizes
        }
    }

    /// The directory of this work tree's own refs.
    public let gitDirectory: FilePath
    /// The directory of the refs that all work trees share.
    public let commonDirectory: FilePath
    /// How long ids are.
    public let algorithm: HashAlgorithm
    /// The options.
    public let options: Options
    private let packedCache = Mutex<PackedRefs?>(nil)

    /// Symbolic refs may lead through this many others.
    static let maximumSymbolicDepth = 5

    /// Makes a store; nothing is read yet.
    public init(
        gitDirectory: FilePath, commonDirectory: FilePath, algorithm: HashAlgorithm, options: Options = .init()
    ) {
        self.gitDirectory = gitDirectory
        self.commonDirectory = commonDirectory
        self.algorithm = algorithm
        self.options = options
    }

    /// What a ref holds, symbolic refs not followed; nil where there is none of that name.
    ///
    /// - Throws: ``RefError/broken(_:)``, ``RefError/badPackedRefs(_:offset:)``, ``RefError/file(_:)``.
    public func read(_ name: RefName) throws(RefError) -> RefTarget? {
        if let target = try readLoose(name) { return target }
        guard !name.isPerWorktree else { return nil }
        return try packed().find(name).map { .id($0.id) }
    }

    /// The object that a ref leads to; nil where it leads nowhere.
    public func resolve(_ name: RefName) throws(RefError) -> ObjectID? { try resolveFully(name).id }

    /// The object that a ref leads to, and the name of the last ref on the way there: for `HEAD`, the branch, also
    /// where it is not born yet.
    ///
    /// - Throws: ``RefError/tooManySymbolic(_:)`` and what ``read(_:)`` throws.
    public func resolveFully(_ name: RefName) throws(RefError) -> (name: RefName, id: ObjectID?) {
        var current = name
        for _ in 0...Self.maximumSymbolicDepth {
            switch try read(current) {
            case .id(let id): return (current, id)
            case .symbolic(let next): current = next
            case nil: return (current, nil)
            }
        }
        throw .tooManySymbolic(name)
    }

    /// The ref with all that is known of it; nil where there is none of that name.
    public func ref(_ name: RefName) throws(RefError) -> Ref? { try ref(name, mayBeLink: true) }

    private func ref(_ name: RefName, mayBeLink: Bool) throws(RefError) -> Ref? {
        if let target = try readLoose(name, mayBeLink: mayBeLink) {
            if case .id(let id) = target { return Ref(name: name, target: target, id: id) }
            return Ref(name: name, target: target, id: try resolve(name))
        }
        guard !name.isPerWorktree, let entry = try packed().find(name) else { return nil }
        return Ref(name: name, target: .id(entry.id), id: entry.id, peeled: entry.peeled)
    }

    /// Every ref whose name begins with `prefix`, in the order of names, broken ones left out.
    ///
    /// `HEAD` and its like are not below `refs/` and never listed.
    public func list(prefix: String = "refs/") throws(RefError) -> [Ref] {
        let wanted = Array(prefix.utf8)
        let loose = try looseNames(prefix: wanted)
        let packed = try packed().list(prefix: wanted)
        var result: [Ref] = []
        result.reserveCapacity(loose.count + packed.count)
        var next = 0
        for (name, mayBeLink) in loose {
            while next < packed.count, packed[next].name < name {
                result.append(Self.ref(packed[next]))
                next += 1
            }
            // Also where a loose one is broken, the packed line says what no longer holds.
            if next < packed.count, packed[next].name == name { next += 1 }
            do throws(RefError) {
                if let found = try ref(name, mayBeLink: mayBeLink) { result.append(found) }
            } catch {
                guard case .broken = error else { throw error }
            }
        }
        result += packed[next...].map(Self.ref)
        return result.filter { !$0.name.isPerWorktree || $0.id != nil }
    }

    private static func ref(_ entry: PackedRefs.Entry) -> Ref {
        Ref(name: entry.name, target: .id(entry.id), id: entry.id, peeled: entry.peeled)
    }

    /// Whether any ref has a name below `<name>/`.
    func firstBelow(_ name: RefName, ignoring: Set<RefName>) throws(RefError) -> RefName? {
        let prefix = String(decoding: name.bytes, as: UTF8.self) + "/"
        return try list(prefix: prefix).first { !ignoring.contains($0.name) }?.name
    }

    // MARK: Files

    /// Where a ref's own file stands. `main-worktree/X` and `worktrees/<id>/X` name other work trees' refs.
    public func path(_ name: RefName) -> FilePath { directory(for: name).path }

    /// The directory that holds a ref, and its name in there.
    func directory(for name: RefName) -> (base: FilePath, name: RefName, path: FilePath) {
        var base = name.isPerWorktree ? gitDirectory : commonDirectory
        var bytes = name.bytes
        if name.starts(with: "main-worktree/") {
            bytes = Array(bytes.dropFirst("main-worktree/".utf8.count))
            base = commonDirectory
        } else if name.starts(with: "worktrees/"),
            let slash = bytes.dropFirst("worktrees/".utf8.count).firstIndex(of: UInt8(ascii: "/"))
        {
            let inner = RefName(unchecked: Array(bytes[(slash + 1)...]))
            base = inner.isPerWorktree ? commonDirectory.appending(bytes: bytes[..<slash]) : commonDirectory
            bytes = inner.bytes
        }
        return (base, RefName(unchecked: bytes), base.appending(bytes: bytes))
    }

    /// What a ref's own file says; nil where there is none. `mayBeLink` is false where a directory's listing says that it is a file.
    func readLoose(_ name: RefName, mayBeLink: Bool = true) throws(RefError) -> RefTarget? {
        guard RefName.isValid(name.bytes, options: .oneLevel) else { throw .badName(name.string) }
        let path = path(name)
        let content: [UInt8]
        do throws(FileError) {
            if mayBeLink, let link = try Files.readLink(path), link.starts(with: "refs/".utf8),
                RefName.isValid(link, options: .oneLevel)
            {
                return .symbolic(RefName(unchecked: link))
            }
            guard let bytes = try Files.readIfPresent(path, limit: 1 << 16) else { return nil }
            content = bytes
        } catch {
            if error.code == .isDirectory { return nil }
            throw .file(error)
        }
        guard let target = Self.parse(content, algorithm: algorithm) else { throw .broken(name) }
        return target
    }

    /// What a loose ref's file says: an id and white space, or `ref: <name>`; nil where it is neither.
    public static func parse(_ content: [UInt8], algorithm: HashAlgorithm) -> RefTarget? {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }
        if content.starts(with: "ref:".utf8) {
            var name = content.dropFirst(4).drop(while: isSpace)
            while let last = name.last, isSpace(last) { name.removeLast() }
            let bytes = Array(name)
            guard RefName.isValid(bytes, options: .oneLevel) else { return nil }
            return .symbolic(RefName(unchecked: bytes))
        }
        guard let id = ObjectID(hex: content.prefix(algorithm.hexCount), algorithm: algorithm) else { return nil }
        if let next = content.dropFirst(algorithm.hexCount).first, !isSpace(next), next != 0 { return nil }
        return .id(id)
    }

    func packed() throws(RefError) -> PackedRefs {
        if let cached = packedCache.withLock({ $0 }), try cached.isCurrent() { return cached }
        let tables = commonDirectory.appending("reftable")
        let fresh = try PackedRefs(commonDirectory.appending("packed-refs"), algorithm: algorithm)
        if fresh.status == nil {
            let status = try RefError.wrapping { () throws(FileError) in try FileStatus.of(tables) }
            if status?.kind == .directory { throw .unsupportedStorage(tables) }
        }
        packedCache.withLock { $0 = fresh }
        return fresh
    }

    /// A loose ref, and whether its file may be a symbolic link, as refs once were.
    private typealias LooseName = (name: RefName, mayBeLink: Bool)

    /// The names of the loose refs that begin with `prefix`, in order.
    private func looseNames(prefix: [UInt8]) throws(RefError) -> [LooseName] {
        let slash = UInt8(ascii: "/")
        // Only the part up to the last slash names a directory.
        let parent = Array(prefix[..<((prefix.lastIndex(of: slash) ?? -1) + 1)])
        var names: [LooseName] = []
        let start = parent.isEmpty ? Array("refs/".utf8) : parent
        guard start.starts(with: "refs/".utf8), !start.split(separator: slash).contains([0x2e, 0x2e]) else { return [] }
        try collect(commonDirectory, start, isShared: true, into: &names)
        if gitDirectory != commonDirectory { try collect(gitDirectory, start, isShared: false, into: &names) }
        return names.filter { $0.name.bytes.starts(with: prefix) }.sorted { $0.name < $1.name }
    }

    private func collect(
        _ base: FilePath, _ directory: [UInt8], isShared: Bool, into names: inout [LooseName], depth: Int = 0
    ) throws(RefError) {
        guard depth < 64 else { return }
        let entries: [Files.Entry]?
        do throws(FileError) { entries = try Files.list(base.appending(bytes: directory)) } catch { throw .file(error) }
        for entry in entries ?? [] {
            guard entry.name.first != UInt8(ascii: "."), !entry.name[...].ends(with: ".lock") else { continue }
            let path = directory + entry.name
            var kind = entry.kind
            if kind == nil { kind = (try? FileStatus.of(base.appending(bytes: path)))?.kind }
            if kind == .directory {
                try collect(base, path + [UInt8(ascii: "/")], isShared: isShared, into: &names, depth: depth + 1)
            } else if RefName.isValid(path) {
                let name = RefName(unchecked: path)
                // A linked work tree sees its own refs of these names, not the main one's.
                if gitDirectory == commonDirectory || name.isPerWorktree != isShared {
                    names.append((name, mayBeLink: kind != .regular))
                }
            }
        }
    }
}
