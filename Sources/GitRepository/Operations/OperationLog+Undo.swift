internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
public import GitWorktree
internal import SystemPackage

extension OperationLog {
    /// The entry that `undo` takes back next: the newest that was not taken back; nil where there is none.
    public func nextToUndo() throws -> Operation? {
        var cancelled: Set<ObjectID> = []
        var next = try tip()
        while let id = next {
            let operation = try read(id)
            next = operation.previous
            if case .undo(let target) = operation.kind {
                if !cancelled.contains(id) { cancelled.insert(target) }
            } else if !cancelled.contains(id) {
                return operation
            }
        }
        return nil
    }

    /// The `undo` that `redo` takes back next; nil where something else was done after it.
    public func nextToRedo() throws -> Operation? {
        var cancelled: Set<ObjectID> = []
        var next = try tip()
        while let id = next {
            let operation = try read(id)
            next = operation.previous
            guard case .undo(let target) = operation.kind else { return nil }
            if cancelled.contains(id) { continue }
            // An undo of an undo is a redo. Entries that have expired were no undo: those go with what they undid.
            if repository.objects.contains(target), case .undo = try read(target).kind {
                cancelled.insert(target)
            } else {
                return operation
            }
        }
        return nil
    }

    /// What taking an entry back did.
    public struct Reversal: Sendable {
        /// The entry.
        public let operation: Operation
        /// Files that could not be put back, with the reason.
        public let failures: [(path: GitPath, message: String)]
    }

    /// Puts refs, `HEAD`, the index, unfinished commands and files back as they were before an entry. What is overwritten on
    /// the way is kept by the caller's ``OperationRecorder``, whose entry the reversal becomes.
    ///
    /// - Parameter worktree: nil in a bare repository.
    /// - Throws: ``RepositoryError`` with `.conflict` where a ref was changed since; nothing is changed then.
    public func reverse(_ operation: Operation, in worktree: Worktree?, by signature: Signature) throws -> Reversal {
        try checkRefs(operation)
        var failures: [(path: GitPath, message: String)] = []
        if let worktree { failures = try restoreFiles(operation, worktree) }
        try restoreIndex(operation, worktree)
        try restoreRefs(operation, by: signature)
        if !operation.files.isEmpty {
            let current = try OperationState.capture(repository)
            var wanted = current
            for (path, content) in operation.files { wanted.files[path] = content }
            try wanted.restoreFiles(from: current, repository)
        }
        return Reversal(operation: operation, failures: failures)
    }

    private func checkRefs(_ operation: Operation) throws {
        for change in operation.refs where change.new != nil {
            let current = try repository.refs.read(change.name)
            guard current == change.new || current == change.old else {
                throw RepositoryError(
                    .conflict,
                    "cannot undo '\(operation.title)': '\(change.name.string)' was changed since "
                        + "(run 'nacre operation log', and undo what came after first)",
                    subject: change.name.string)
            }
        }
        for change in operation.refs {
            guard case .id(let id)? = change.old, !repository.objects.contains(id) else { continue }
            throw RepositoryError(
                .corrupt, "cannot undo '\(operation.title)': \(id) of '\(change.name.string)' is no longer there",
                subject: id.hex)
        }
    }

    private func restoreFiles(
        _ operation: Operation, _ worktree: Worktree
    ) throws -> [(path: GitPath, message: String)] {
        var request = CheckoutRequest()
        var files: [KeptFile] = []
        var listed: Set<GitPath> = []
        for snapshot in operation.worktree {
            listed.insert(snapshot.path)
            switch snapshot {
            case .absent(let path): request.removals.append(path)
            case .file(let file): files.append(file)
            }
        }
        // Other programs' work on files was not seen; what the index says of it can be taken back where it is still so.
        if operation.kind == .outside, let old = operation.index, let new = operation.indexAfter {
            try addDifferences(
                IndexSnapshot.read(new, repository), IndexSnapshot.read(old, repository), worktree, listed
            ) {
                request.removals.append($0)
            } restoring: {
                files.append($0)
            }
        }
        _ = try worktree.checkOut(request)
        return try worktree.putBack(files)
    }

    /// The files in which two indexes differ and which stand in the work tree as the newer one has them.
    private func addDifferences(
        _ new: Index, _ old: Index, _ worktree: Worktree, _ listed: Set<GitPath>, removing: (GitPath) -> Void,
        restoring: (KeptFile) -> Void
    ) throws {
        for path in Set(new.entries.map(\.path)).union(old.entries.map(\.path)) where !listed.contains(path) {
            let (before, after) = (old[path], new[path])
            guard before?.id != after?.id || before?.mode != after?.mode else { continue }
            let standing = try worktree.hash(path, index: new)
            guard standing?.id == after?.id else { continue }
            if let before {
                restoring(KeptFile(path: path, form: .committed, mode: before.mode, id: before.id))
            } else {
                removing(path)
            }
        }
    }

    private func restoreIndex(_ operation: Operation, _ worktree: Worktree?) throws {
        guard operation.index != nil || !operation.worktree.isEmpty else { return }
        let lock = try IndexLock(repository.indexFile)
        var index =
            try operation.index.map { try IndexSnapshot.read($0, repository) }
            ?? repository.readIndex()
        // The files are new to the file system: what the index knows of them no longer holds.
        if let worktree { worktree.refresh(&index, try worktree.compare(index)) }
        try lock.commit(index)
    }

    private func restoreRefs(_ operation: Operation, by signature: Signature) throws {
        guard !operation.refs.isEmpty else { return }
        let message = "undo: \(operation.title)"
        var transaction = repository.refs.beginTransaction()
        for change in operation.refs {
            switch change.old {
            case .id(let id)?:
                transaction.update(change.name, to: id, message: message, followingSymbolic: false)
            case .symbolic(let target)?: transaction.setSymbolic(change.name, to: target, message: message)
            case nil: transaction.delete(change.name, message: message, followingSymbolic: false)
            }
        }
        try transaction.commit(committer: signature)
    }
}
