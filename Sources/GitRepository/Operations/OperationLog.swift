internal import Bytes
public import GitObjects
public import GitRefs
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// The log of everything that changed refs, `HEAD`, the index or overwrote files: a chain of commits below
/// `refs/nacre/operations`, so that stock `git gc` keeps what undo needs. Never pushed.
///
/// An entry's tree holds `entry` (kind, time and title), `refs` (changes), `worktree` (files before), `index` and
/// `index-after` (snapshots), `files` (of unfinished commands before) and `content` (every blob that `worktree` names). See
/// Documentation/Formats/operation-log.md.
public struct OperationLog: Sendable {
    let repository: Repository

    /// The ref that names the newest entry.
    public static let refName = RefName(unchecked: Array(OperationState.ownPrefix.utf8))

    /// The log of a repository.
    public init(_ repository: Repository) { self.repository = repository }

    /// The newest entry's id.
    public func tip() throws -> ObjectID? { try repository.refs.resolve(Self.refName) }

    /// The entries from the newest on.
    public func entries(limit: Int = .max) throws -> [Operation] {
        var result: [Operation] = []
        var next = try tip()
        while let id = next, result.count < limit {
            let operation = try read(id)
            result.append(operation)
            next = operation.previous
        }
        return result
    }

    /// One entry.
    ///
    /// - Throws: ``RepositoryError`` with `.corrupt` where the commit is no entry.
    public func read(_ id: ObjectID) throws -> Operation {
        let commit = try repository.objects.commit(id)
        let tree = try repository.objects.tree(commit.tree)
        func blob(_ name: String) throws -> [UInt8] {
            guard let entry = tree[name.utf8] else { return [] }
            return try repository.objects.read(entry.id, as: .blob)
        }
        func damaged(_ what: String) -> RepositoryError {
            RepositoryError(.corrupt, "operation \(id): \(what) is damaged", subject: id.hex)
        }
        let fields = Operation.Header(parsing: try blob("entry"), repository.algorithm)
        guard let header = fields else { throw damaged("entry") }
        guard let refs = OperationCoding.changes(try blob("refs"), repository.algorithm) else { throw damaged("refs") }
        guard let worktree = FileSnapshot.decode(try blob("worktree"), repository.algorithm) else {
            throw damaged("worktree")
        }
        return Operation(
            id: id, previous: header.hasPrevious ? commit.parents.first : nil, kind: header.kind, title: header.title,
            time: commit.committer.time, refs: refs, worktree: worktree, index: tree["index".utf8]?.id,
            indexAfter: tree["index-after".utf8]?.id, files: try files(tree["files".utf8]?.id))
    }

    private func files(_ id: ObjectID?) throws -> [String: [UInt8]?] {
        guard let id else { return [:] }
        var result: [String: [UInt8]?] = [:]
        for entry in try repository.objects.tree(id).entries {
            // A path's slashes are written as two colons, and a file that was not there as a name that ends with a minus.
            let content = try repository.objects.read(entry.id, as: .blob)
            var name = String(decoding: entry.name, as: UTF8.self).replacing("::", with: "/")
            let isAbsent = name.hasSuffix("-")
            name.removeLast()
            result[name] = .some(isAbsent ? nil : content)
        }
        return result
    }

    /// What a new entry holds.
    struct Draft {
        var kind: Operation.Kind
        var title: String
        var refs: [RefDifference]
        var worktree: [FileSnapshot] = []
        var index: ObjectID?
        var indexAfter: ObjectID?
        var files: [String: [UInt8]?] = [:]

        var withoutFiles: Draft {
            var copy = self
            copy.files = [:]
            return copy
        }

        var isEmpty: Bool {
            refs.isEmpty && worktree.isEmpty && files.isEmpty && index == indexAfter
        }
    }

    /// Appends an entry; another process that appends at the same time goes first or after.
    @discardableResult
    func append(_ draft: Draft, by signature: Signature) throws -> ObjectID {
        let tree = try write(draft)
        let kept = try commitsToKeep(draft)
        for attempt in 0... {
            let previous = try tip()
            let header = Operation.Header(kind: draft.kind, title: draft.title, hasPrevious: previous != nil)
            let complete = try repository.objects.write(
                .tree, Tree(tree + [try blobEntry("entry", header.encoded)]).encoded)
            let parents = (previous.map { [$0] } ?? []) + kept.filter { $0 != previous }
            let commit = Commit(
                tree: complete, parents: parents, author: signature, committer: signature,
                message: Array((draft.title + "\n").utf8))
            let id = try repository.objects.write(.commit, commit.encoded)
            var transaction = repository.refs.beginTransaction()
            transaction.update(
                Self.refName, to: id, expecting: previous.map { .exactly($0) } ?? .absent, message: "")
            do {
                try transaction.commit(committer: signature)
                return id
            } catch {
                guard attempt < 20 else { throw error }
            }
        }
        throw RepositoryError(.conflict, "cannot append to the operation log: other processes keep changing it")
    }

    private func blobEntry(_ name: String, _ content: [UInt8]) throws -> TreeEntry {
        TreeEntry(mode: .regular, name: Array(name.utf8), id: try repository.objects.write(.blob, content))
    }

    private func write(_ draft: Draft) throws -> [TreeEntry] {
        let objects = repository.objects
        var entries: [TreeEntry] = []
        if !draft.refs.isEmpty { entries.append(try blobEntry("refs", OperationCoding.encode(draft.refs))) }
        if !draft.worktree.isEmpty {
            entries.append(try blobEntry("worktree", FileSnapshot.encode(draft.worktree)))
            let ids = Set(
                draft.worktree.compactMap { snapshot -> ObjectID? in
                    if case .file(let file) = snapshot, file.mode.isBlob { file.id } else { nil }
                })
            // A tree of nothing is not kept as an object, and need not be named.
            if !ids.isEmpty {
                let content = Tree(ids.sorted().map { TreeEntry(mode: .regular, name: $0.hexBytes, id: $0) })
                let id = try objects.write(.tree, content.encoded)
                entries.append(TreeEntry(mode: .tree, name: Array("content".utf8), id: id))
            }
        }
        if let index = draft.index { entries.append(TreeEntry(mode: .tree, name: Array("index".utf8), id: index)) }
        if let index = draft.indexAfter {
            entries.append(TreeEntry(mode: .tree, name: Array("index-after".utf8), id: index))
        }
        if !draft.files.isEmpty {
            let files = try draft.files.map { path, content in
                try blobEntry(path.replacing("/", with: "::") + (content == nil ? "-" : "+"), content ?? [])
            }
            entries.append(
                TreeEntry(mode: .tree, name: Array("files".utf8), id: try objects.write(.tree, Tree(files).encoded)))
        }
        return entries
    }

    /// The commits that only this entry may keep alive: old values of refs, and the stash's entries.
    private func commitsToKeep(_ draft: Draft) throws -> [ObjectID] {
        var ids: Set<ObjectID> = []
        for change in draft.refs {
            if case .id(let id)? = change.old { ids.insert(id) }
        }
        for case let content? in draft.files.values {
            for line in content.split(separator: 0x0a) {
                let word = line.split(separator: 0x20).prefix(2).last ?? []
                if let id = ObjectID(hex: word, algorithm: repository.algorithm), !id.isZero { ids.insert(id) }
            }
            let first = content.prefix { $0 != 0x0a }
            if let id = ObjectID(hex: first, algorithm: repository.algorithm) { ids.insert(id) }
        }
        var commits: [ObjectID] = []
        for id in ids.sorted() {
            guard repository.objects.contains(id) else { continue }
            let (peeled, kind) = try repository.objects.peelTags(id)
            if kind == .commit { commits.append(peeled) }
        }
        return Array(Set(commits)).sorted()
    }
}

extension Operation {
    /// The fields of an entry's `entry` blob.
    struct Header {
        var kind: Kind
        var title: String
        var hasPrevious: Bool

        init(kind: Kind, title: String, hasPrevious: Bool) {
            self.kind = kind
            self.title = title
            self.hasPrevious = hasPrevious
        }

        /// Lines `kind <word> [<id>]`, `previous <yes or no>`, and the title to the end.
        init?(parsing content: [UInt8], _ algorithm: HashAlgorithm) {
            let parts = content.split(separator: 0x0a, maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let words = parts[0].split(separator: 0x20)
            switch words.dropFirst().first.map({ String(decoding: $0, as: UTF8.self) }) {
            case "command": kind = .command
            case "outside": kind = .outside
            case "undo":
                guard words.count == 3, let id = ObjectID(hex: words[2], algorithm: algorithm) else { return nil }
                kind = .undo(id)
            default: return nil
            }
            hasPrevious = parts[1].elementsEqual("previous yes".utf8)
            title = String(decoding: parts[2], as: UTF8.self)
        }

        var encoded: [UInt8] {
            let word =
                switch kind {
                case .command: "command"
                case .outside: "outside"
                case .undo(let id): "undo \(id.hex)"
                }
            return Array("kind \(word)\nprevious \(hasPrevious ? "yes" : "no")\n\(title)".utf8)
        }
    }
}
