public import GitObjects
public import GitRefs
public import GitRepository

/// Brings notes that a fetch has put aside (`refs/nacre/remotes/<remote>/notes/…`) together with the ones here
/// (`refs/notes/nacre/…`).
public struct FetchedNotes {
    private let repository: Repository
    private let committer: Signature

    /// Merges into a repository; `committer` makes the merge commits.
    public init(_ repository: Repository, _ committer: Signature) {
        self.repository = repository
        self.committer = committer
    }

    /// Merges those of some refs that hold fetched notes.
    ///
    /// - Throws: ``StorageError``, ``RefError``; notes that were merged before stay merged.
    public func merge(_ refs: [RefName]) throws {
        for ref in refs {
            guard let rest = ref.dropping(Notes.remotes), let notes = rest.firstRange(of: "/notes/"),
                let theirs = try repository.refs.resolve(ref)
            else { continue }
            let name = "refs/notes/nacre/" + rest[notes.upperBound...]
            _ = try Notes(name, objects: repository.objects, refs: repository.refs).merge(theirs, committer: committer)
        }
    }
}
