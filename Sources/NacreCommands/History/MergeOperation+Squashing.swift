internal import GitObjects
internal import GitRepository
internal import GitStorage

extension MergeOperation {
    /// Leaves `HEAD` where it is, and a message that lists what the files hold now (`--squash`).
    func squash(_ head: ObjectID, _ targets: [ObjectID]) throws -> ExitCode {
        context.output.line("Squash commit -- not updating HEAD")
        var text = Array("Squashed commit of the following:\n".utf8)
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        for target in targets { try walk.include(target) }
        try walk.exclude(head)
        while let entry = try walk.next() {
            let commit = try repository.objects.commit(entry.id)
            text += Array("\ncommit \(entry.id)\n".utf8)
            if entry.parents.count > 1 {
                text += Array("Merge: \(entry.parents.map(commits.short).joined(separator: " "))\n".utf8)
            }
            text += Array("Author: ".utf8) + commit.author.name + Array(" <".utf8) + commit.author.email
            text += Array(">\nDate:   \(CommitDate.text(commit.author))\n\n".utf8)
            var message = commit.message[...]
            while message.last == 10 { message.removeLast() }
            for line in message.split(separator: 10, omittingEmptySubsequences: false) {
                text += (line.isEmpty ? [] : Array("    ".utf8)) + line + [10]
            }
        }
        try support.write("SQUASH_MSG", text)
        return .success
    }
}
