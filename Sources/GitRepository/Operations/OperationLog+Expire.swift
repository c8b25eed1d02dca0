public import GitObjects
internal import GitRefs
internal import GitStorage

extension OperationLog {
    /// Forgets the entries that are older than `cutoff` (seconds since 1970). The entries that stay are written anew, the
    /// oldest of them without a predecessor, and get new ids.
    ///
    /// - Returns: how many entries went.
    /// - Throws: ``RepositoryError``, or the ref's error where another process appended meanwhile; the log is as it was then.
    @discardableResult
    public func expire(before cutoff: Int64, by signature: Signature) throws -> Int {
        guard let tip = try tip() else { return 0 }
        var kept: [Operation] = []
        var expired = 0
        for operation in try entries() {
            // The log is in order of time but for clocks that were set back: what is younger than something expired stays.
            if operation.time < cutoff {
                expired += 1
            } else if expired == 0 {
                kept.append(operation)
            } else {
                expired += 1
            }
        }
        guard expired > 0 else { return 0 }
        var transaction = repository.refs.beginTransaction()
        if let newest = try rewrite(kept) {
            transaction.update(Self.refName, to: newest, expecting: .exactly(tip), message: "")
        } else {
            transaction.delete(Self.refName, expecting: .exactly(tip))
        }
        try transaction.commit(committer: signature)
        return expired
    }

    /// Writes entries, given newest first, as a chain of their own.
    private func rewrite(_ operations: [Operation]) throws -> ObjectID? {
        var newIDs: [ObjectID: ObjectID] = [:]
        var previous: ObjectID?
        for operation in operations.reversed() {
            let commit = try repository.objects.commit(operation.id)
            let old = try repository.objects.tree(commit.tree)
            var kind = operation.kind
            // An undo of an entry that is gone stays, and names what was.
            if case .undo(let target) = kind { kind = .undo(newIDs[target] ?? target) }
            let header = Operation.Header(kind: kind, title: operation.title, hasPrevious: previous != nil)
            let entry = try repository.objects.write(.blob, header.encoded)
            let entries = old.entries.map {
                $0.name.elementsEqual("entry".utf8) ? TreeEntry(mode: .regular, name: $0.name, id: entry) : $0
            }
            let tree = try repository.objects.write(.tree, Tree(sortedEntries: entries).encoded)
            let others = commit.parents.dropFirst(operation.previous == nil ? 0 : 1)
            let rewritten = Commit(
                tree: tree, parents: (previous.map { [$0] } ?? []) + others, author: commit.author,
                committer: commit.committer, message: commit.message)
            let id = try repository.objects.write(.commit, rewritten.encoded)
            newIDs[operation.id] = id
            previous = id
        }
        return previous
    }
}
