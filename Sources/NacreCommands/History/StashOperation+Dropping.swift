internal import GitObjects
internal import GitRefs
internal import GitRepository

extension StashOperation {
    func drop() throws -> ExitCode { try drop(try find(operands.first)) }

    func drop(_ found: (number: Int?, commit: ObjectID, name: String)) throws -> ExitCode {
        guard let number = found.number else {
            throw CommandError(.error, "'\(found.name)' is not a stash reference")
        }
        let name = try name()
        var entries = try repository.refs.reflog(name)?.entries ?? []
        let position = entries.count - 1 - number
        let removed = entries.remove(at: position)
        if entries.isEmpty {
            try clearRef()
        } else {
            if position < entries.count {
                let next = entries[position]
                entries[position] = ReflogEntry(
                    old: removed.old, new: next.new, committer: next.committer, message: next.message)
            }
            if number == 0, let last = entries.last {
                var transaction = repository.refs.beginTransaction()
                transaction.update(name, to: last.new, message: "")
                try transaction.commit(committer: try context.reflogIdentity())
            }
            try repository.refs.replaceReflog(name, with: entries)
        }
        say("Dropped \(found.name) (\(found.commit))")
        return .success
    }

    private func clearRef() throws {
        var transaction = repository.refs.beginTransaction()
        transaction.delete(try name())
        try transaction.commit(committer: try context.reflogIdentity())
    }

    func clear() throws -> ExitCode {
        // Git refuses them too, in these words.
        guard operands.isEmpty else { throw CommandError(.error, "git stash clear with arguments is unimplemented") }
        if try repository.refs.resolve(try name()) != nil { try clearRef() }
        return .success
    }
}
