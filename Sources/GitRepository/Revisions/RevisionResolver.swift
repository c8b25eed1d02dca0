internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage

/// Finds the objects that revisions name, in the syntax of gitrevisions(7).
public struct RevisionResolver {
    /// The repository.
    public let repository: Repository
    /// The clock that relative dates count from.
    public var now: Int64
    /// Minutes east of UTC of the local time at a moment.
    public var localZone: (Int64) -> Int
    /// Finds an entry of the index, for `:path` and `:2:path`.
    public var indexLookup: ((_ path: GitPath, _ stage: Int) throws -> (id: ObjectID, mode: UInt32)?)?
    /// The working directory below the top of the work tree, for `:./path`.
    public var prefix: GitPath
    /// Takes warnings and the lists of candidates, lines as Git prints them on standard error.
    public var report: (String) -> Void

    /// What an ambiguous abbreviation is expected to be.
    public enum Hint: Sendable, Hashable {
        /// Anything.
        case any
        /// A commit.
        case commit
        /// A commit, or a tag that leads to one.
        case committish
        /// A tree, or what leads to one.
        case treeish
        /// A blob.
        case blob
        /// A tree.
        case tree
    }

    /// What a revision with a path found.
    public struct Found: Sendable {
        /// The object.
        public let id: ObjectID
        /// The path that was given after a colon.
        public let path: GitPath?
        /// The mode of the tree's or index's entry.
        public let mode: UInt32?
    }

    /// Makes a resolver; without more, `:path` names nothing and the clock stands at 0.
    public init(
        _ repository: Repository, now: Int64 = 0, localZone: @escaping (Int64) -> Int = { _ in 0 },
        prefix: GitPath = .root, report: @escaping (String) -> Void = { _ in }
    ) {
        self.repository = repository
        self.now = now
        self.localZone = localZone
        self.prefix = prefix
        self.report = report
    }

    /// The object that a revision names.
    ///
    /// - Throws: ``RevisionError/unknown(_:)`` where it names none, and what ``find(_:hint:)`` throws.
    public func resolve(_ text: String, hint: Hint = .any) throws -> ObjectID {
        guard let found = try find(text, hint: hint) else { throw RevisionError.unknown(text) }
        return found.id
    }

    /// The commit that a revision names, tags followed.
    ///
    /// - Throws: ``RevisionError/unknown(_:)`` where it names none.
    public func commit(_ text: String) throws -> ObjectID {
        guard let found = try find(text, hint: .committish),
            let id = try peel(found.id, to: .commit)
        else { throw RevisionError.unknown(text) }
        return id
    }

    /// The object that a revision names; nil where it names none.
    ///
    /// - Throws: ``RevisionError`` where a log is too short or a branch has no upstream; ``StorageError``, ``RefError``.
    public func find(_ text: String, hint: Hint = .any) throws -> Found? {
        if let id = try object(text[...], hint: hint) { return Found(id: id, path: nil, mode: nil) }
        if text.hasPrefix(":") { return try findFromIndex(text) }
        return try findInTree(text)
    }

    // MARK: Colons

    private func findFromIndex(_ text: String) throws -> Found? {
        let rest = text.dropFirst()
        if rest.hasPrefix("/"), rest.utf8.count > 1 {
            let refs = try repository.refs.list().compactMap { ref in ref.id }
            let head = try repository.refs.resolve(.head)
            return try youngest(String(rest.dropFirst()), from: refs + (head.map { [$0] } ?? []))
                .map { Found(id: $0, path: nil, mode: nil) }
        }
        var path = rest
        var stage = 0
        if rest.utf8.count >= 2, let digit = rest.utf8.first, digit >= 0x30, digit <= 0x33,
            rest.dropFirst().hasPrefix(":")
        {
            stage = Int(digit - 0x30)
            path = rest.dropFirst(2)
        }
        guard let full = relative(path), let entry = try indexLookup?(full, stage) else { return nil }
        return Found(id: entry.id, path: full, mode: entry.mode)
    }

    private func findInTree(_ text: String) throws -> Found? {
        var depth = 0
        var colon: String.Index?
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}"), depth > 0 { depth -= 1 }
            if byte == UInt8(ascii: ":"), depth == 0 {
                colon = index
                break
            }
        }
        guard let colon, let id = try object(text[..<colon], hint: .treeish), let tree = try peel(id, to: .tree),
            let path = relative(text[text.index(after: colon)...])
        else { return nil }
        guard let entry = try entry(path, in: tree) else { return nil }
        return Found(id: entry.id, path: path, mode: entry.rawMode)
    }

    /// The path below the top, `./` and `../` counted from the working directory; nil where it leads outside.
    func relative(_ path: Substring) -> GitPath? {
        guard path.hasPrefix("./") || path.hasPrefix("../") || path == "." || path == ".." else {
            return GitPath(path)
        }
        var components = prefix.components.map(Array.init)
        for component in Array(path.utf8).split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                if components.popLast() == nil { return nil }
            } else {
                components.append(Array(component))
            }
        }
        return GitPath(components.joined(separator: [UInt8(ascii: "/")]))
    }

    /// The entry of a path in a tree; the tree itself for the empty path.
    public func entry(_ path: GitPath, in tree: ObjectID) throws -> TreeEntry? {
        var current = TreeEntry(mode: .tree, name: [], id: tree)
        var components = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // A slash at the end asks for a directory.
        let isDirectory = components.count > 1 && components.last?.isEmpty == true
        if isDirectory || path.isRoot { components.removeLast() }
        for component in components {
            guard current.mode == .tree, let next = try repository.objects.tree(current.id)[component] else {
                return nil
            }
            current = next
        }
        return isDirectory && current.mode != .tree ? nil : current
    }

    // MARK: Peeling

    /// The object of a kind that an object leads to: a tag's target, a commit's tree; nil where it leads to none.
    public func peel(_ id: ObjectID, to kind: ObjectKind) throws -> ObjectID? {
        do {
            return try repository.objects.peel(id, to: kind)
        } catch StorageError.unexpectedKind {
            return nil
        } catch StorageError.missing(let missing) where missing == id {
            return nil
        }
    }
}
