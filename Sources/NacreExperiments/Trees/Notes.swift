public import GitObjects
public import GitRefs
public import GitStorage

/// Notes on commits: a ref whose tree holds, for each commit, a blob under the commit's id. Each line of ours is a record, so
/// that notes of two repositories merge by `cat_sort_uniq`.
///
/// Written with one level of directories (`ab/cdef…`); read with any, as Git writes them.
public struct Notes: Sendable {
    /// Run records.
    public static let runs = "refs/notes/nacre/runs"
    /// Attestations.
    public static let attestations = "refs/notes/nacre/attestations"
    /// Logs of runs.
    public static let logs = "refs/notes/nacre/logs"
    /// What comes before the names under which notes of remotes are kept: `refs/nacre/remotes/<remote>/notes/runs`.
    public static let remotes = "refs/nacre/remotes/"

    let objects: ObjectDatabase
    let refs: RefStore
    let name: RefName

    /// The notes of a ref.
    public init(_ name: String, objects: ObjectDatabase, refs: RefStore) throws {
        self.objects = objects
        self.refs = refs
        self.name = try RefName(name)
    }

    /// The note on an object; nil where there is none.
    public func read(_ id: ObjectID) throws -> [UInt8]? {
        guard let commit = try refs.resolve(name) else { return nil }
        let tree = try objects.peel(commit, to: .tree)
        guard let path = try find(id.hexBytes[...], in: tree, prefix: []) else { return nil }
        return try objects.read(path.entry.id).content
    }

    /// The records of the note on an object, one for each line: ours, then those that were fetched from remotes and are not
    /// among ours.
    public func lines(_ id: ObjectID) throws -> [[UInt8]] {
        var result = (try read(id) ?? []).split(separator: 10).map(Array.init)
        for ref in try fetched() {
            guard let tree = try ref.id.map({ try objects.peel($0, to: .tree) }),
                let found = try find(id.hexBytes[...], in: tree, prefix: [])
            else { continue }
            for line in try objects.read(found.entry.id).content.split(separator: 10).map(Array.init)
            where !result.contains(line) { result.append(line) }
        }
        return result
    }

    /// Where the same notes of remotes are kept.
    private func fetched() throws -> [Ref] {
        guard let tail = name.dropping("refs/notes/nacre/") else { return [] }
        return try refs.list(prefix: Self.remotes).filter { $0.name.string.hasSuffix("/notes/" + tail) }
    }

    func find(
        _ rest: ArraySlice<UInt8>, in tree: ObjectID, prefix: [[UInt8]]
    ) throws(StorageError) -> (components: [[UInt8]], entry: TreeEntry)? {
        let entries = try objects.tree(tree)
        if let entry = entries[rest], entry.mode.isBlob { return (prefix + [Array(rest)], entry) }
        guard rest.count > 2, let inner = entries[rest.prefix(2)], inner.mode == .tree else { return nil }
        return try find(rest.dropFirst(2), in: inner.id, prefix: prefix + [Array(rest.prefix(2))])
    }

    /// Adds a line to the note on an object, in order, once.
    public func addLine(_ line: [UInt8], to id: ObjectID, committer: Signature) throws {
        try change(id, committer: committer) { old in
            var lines = Set((old ?? []).split(separator: 10).map(Array.init))
            lines.insert(line)
            return Array(lines.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [10])) + [10]
        }
    }

    /// Replaces the note on an object.
    public func write(_ content: [UInt8], to id: ObjectID, committer: Signature) throws {
        try change(id, committer: committer) { _ in content }
    }

    private func change(_ id: ObjectID, committer: Signature, _ body: ([UInt8]?) -> [UInt8]) throws {
        // Another process may write a note at the same time: then this one looks again.
        var attempt = 0
        while true {
            let old = try refs.resolve(name)
            let tree = try old.map { try objects.peel($0, to: .tree) }
            let found = try tree.flatMap { try find(id.hexBytes[...], in: $0, prefix: []) }
            let content = body(try found.map { try objects.read($0.entry.id).content })
            let hex = id.hexBytes
            let components = found?.components ?? [Array(hex[..<2]), Array(hex[2...])]
            let path = GitPath(components.joined(separator: [UInt8(ascii: "/")]))
            let blob = try objects.write(.blob, content)
            let new = try TreeEditor.apply(
                [.init(path: path, file: .init(mode: .regular, id: blob))], to: tree, in: objects)
            if new == tree { return }
            let commit = Commit(
                tree: new, parents: old.map { [$0] } ?? [], author: committer, committer: committer,
                message: Array("Notes added by 'nacre'\n".utf8))
            let commitID = try objects.write(.commit, commit.encoded)
            var transaction = refs.beginTransaction()
            transaction.update(
                name, to: commitID, expecting: old.map { .exactly($0) } ?? .absent,
                message: "notes: Notes added by 'nacre'")
            do throws(RefError) {
                try transaction.commit(committer: committer)
                return
            } catch {
                attempt += 1
                if attempt == 5 { throw error }
            }
        }
    }
}
