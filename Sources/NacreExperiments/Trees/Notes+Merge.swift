internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage

extension Notes {
    /// Takes over the notes of another history, so that ours can be pushed onto it: records of both are kept, sorted, each once
    /// (Git's `cat_sort_uniq`). Of logs, which are no records, ours stays.
    ///
    /// - Returns: whether ours moved.
    @discardableResult
    public func merge(_ theirs: ObjectID, committer: Signature) throws -> Bool {
        let old = try refs.resolve(name)
        guard let old else {
            try move(from: nil, to: theirs, committer)
            return true
        }
        if try descends(old, from: theirs) { return false }
        if try descends(theirs, from: old) {
            try move(from: old, to: theirs, committer)
            return true
        }
        let ours = try objects.peel(old, to: .tree)
        var edits: [TreeEditor.Edit] = []
        for change in try TreeChanges.between(ours, try objects.peel(theirs, to: .tree), in: objects) {
            guard let entry = change.new else { continue }
            let hex = change.path.components.flatMap { Array($0) }
            let known = try find(hex[...], in: ours, prefix: [])
            if known?.entry.id == entry.id || (known != nil && name.string == Self.logs) { continue }
            let blob = try known.map { try union($0.entry.id, entry.id) } ?? entry.id
            let components = known?.components ?? [Array(hex.prefix(2)), Array(hex.dropFirst(2))]
            let path = GitPath(components.joined(separator: [UInt8(ascii: "/")]))
            edits.append(.init(path: path, file: .init(mode: .regular, id: blob)))
        }
        let commit = Commit(
            tree: try TreeEditor.apply(edits, to: ours, in: objects), parents: [old, theirs], author: committer,
            committer: committer, message: Array("Notes merged by 'nacre'\n".utf8))
        try move(from: old, to: try objects.write(.commit, commit.encoded), committer)
        return true
    }

    private func union(_ one: ObjectID, _ other: ObjectID) throws -> ObjectID {
        var lines = Set(try objects.read(one).content.split(separator: 10).map(Array.init))
        lines.formUnion(try objects.read(other).content.split(separator: 10).map(Array.init))
        let sorted = lines.sorted { $0.lexicographicallyPrecedes($1) }
        return try objects.write(.blob, Array(sorted.joined(separator: [10])) + [10])
    }

    private func move(from old: ObjectID?, to new: ObjectID, _ committer: Signature) throws {
        var transaction = refs.beginTransaction()
        transaction.update(
            name, to: new, expecting: old.map { .exactly($0) } ?? .absent, message: "notes: Notes merged by 'nacre'")
        try transaction.commit(committer: committer)
    }

    /// Whether a commit is another or comes after it.
    private func descends(_ commit: ObjectID, from ancestor: ObjectID) throws -> Bool {
        var seen: Set<ObjectID> = []
        var waiting = [commit]
        while let next = waiting.popLast() {
            if next == ancestor { return true }
            if seen.insert(next).inserted { waiting += try objects.links(next).parents }
        }
        return false
    }
}
