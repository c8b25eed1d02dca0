internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

extension RebaseRunner {
    private var signWord: String { settings.signing.word.map { "'\($0)'" } ?? "" }

    /// Leaves what a person, and then `--continue`, has to know about a commit.
    func stop(_ step: RebaseStep, _ id: ObjectID, exitCode: Int32, amends: Bool) throws -> Outcome {
        context.output.flush()
        try operation.write("stopped-sha", "\(history.short(id))\n")
        try support.write("REBASE_HEAD", id.hexBytes + [10])
        if try operation.read("message") == nil {
            try operation.write("message", try repository.objects.commit(id).message + [10])
        }
        if amends {
            try intendToAmend()
            context.errors.write(
                "You can amend the commit now, with\n\n  git commit --amend \(signWord)\n\n"
                    + "Once you are satisfied with your changes, run\n\n  git rebase --continue\n")
        } else if exitCode != 0 {
            context.errors.line("Could not apply \(history.short(id))... \(step.text)")
        }
        return .stopped(exitCode == 0 ? .success : .failure)
    }

    private func intendToAmend() throws {
        if let head = try history.head() { try operation.write("amend", "\(head)\n") }
    }

    func stopForEdit(_ step: RebaseStep, _ id: ObjectID) throws -> Outcome {
        clearCount()
        context.errors.line("Stopped at \(history.short(id))...  \(step.text)")
        return try stop(step, id, exitCode: 0, amends: true)
    }

    /// A commit that brings nothing any more is a person's to judge.
    func stopForEmpty(_ step: RebaseStep, _ id: ObjectID) throws -> Outcome {
        try support.write("CHERRY_PICK_HEAD", id.hexBytes + [10])
        try support.write("MERGE_MSG", try repository.objects.commit(id).message)
        _ = try makeCommit(nil, amends: false, edits: false, allowsEmpty: false)
        return try stop(step, id, exitCode: 1, amends: false)
    }

    func stopForConflict(_ step: RebaseStep, _ id: ObjectID) throws -> Outcome {
        context.output.flush()
        context.errors.line("error: could not apply \(history.short(id))... \(try history.subject(id))")
        context.hint(
            "Resolve all conflicts manually, mark them as resolved with",
            "\"git add/rm <conflicted_files>\", then run \"git rebase --continue\".",
            "You can instead skip this commit: run \"git rebase --skip\".",
            "To abort and get back to the state before \"git rebase\", run \"git rebase --abort\".")
        try RerereDatabase(context, repository)?.run(autoupdate: settings.rerereAutoupdate)
        context.output.flush()
        try support.remove("CHERRY_PICK_HEAD")
        if step.action.isMelded { try intendToAmend() }
        return try stopForSquash(step, id)
    }

    /// The message of a commit that is melded is the one put together so far.
    func stopForSquash(_ step: RebaseStep, _ id: ObjectID) throws -> Outcome {
        if step.action.isMelded, let message = try operation.read("message-squash") {
            try operation.write("message", message)
            try support.write("MERGE_MSG", message)
        }
        return try stop(step, id, exitCode: 1, amends: false)
    }

    // MARK: Going on

    /// Commits what was resolved since the last stop.
    ///
    /// - Returns: false where something stands in the way; the words have been said.
    func commitStopped() throws -> Bool {
        let isClean = try !operation.changes().staged
        let stopped = try operation.readLine("stopped-sha").flatMap { try? context.diffResolver().commit($0) }
        let message = try operation.read("message")
        guard isClean || message != nil else {
            context.errors.write(
                "error: you have staged changes in your working tree\nIf these changes are meant to be squashed into the "
                    + "previous commit, run:\n\n  git commit --amend \(signWord)\n\n"
                    + "If they are meant to go into a new commit, run:\n\n  git commit \(signWord)\n\n"
                    + "In both cases, once you're done, continue with:\n\n  git rebase --continue\n\n"
                    + "error: could not commit staged changes.\n")
            return false
        }
        let amended = try operation.readLine("amend")
        var finishesMelding = false
        var editsMessage = true
        if let amended {
            let head = try history.head()
            if !isClean, amended != head?.hex {
                context.errors.write(
                    "error: \nYou have uncommitted changes in your working tree. Please, commit them\n"
                        + "first and then run 'git rebase --continue' again.\n")
                return false
            }
            if isClean {
                (finishesMelding, editsMessage) = try leaveOutMelded(
                    isSkipped: amended == head?.hex && operation.read("stopped-sha") != nil)
            }
        }
        if isClean {
            try support.remove("CHERRY_PICK_HEAD", "MERGE_MSG")
            guard finishesMelding else {
                try noteStopped(stopped)
                return true
            }
        }
        let author = try operation.read("author-script").flatMap { AuthorScript.parse($0) }
        guard
            try makeCommit(
                finishesMelding ? nil : "\(RebaseOperation.directory)/message", amends: amended != nil,
                edits: editsMessage, cleanup: editsMessage ? nil : "strip", author: try author.map(signature),
                action: "rebase (continue)")
        else {
            context.errors.line("error: could not commit staged changes.")
            return false
        }
        try operation.remove("amend")
        try support.remove("MERGE_HEAD", "AUTO_MERGE")
        if finishesMelding { try operation.remove("message-fixup", "message-squash") }
        try operation.remove("current-fixups")
        try noteStopped(stopped)
        return true
    }

    private func noteStopped(_ id: ObjectID?) throws {
        if let id { try recordRewrite(id, next: first) }
    }

    private func signature(_ author: (name: [UInt8], address: [UInt8], date: String)) throws -> Signature {
        let line = author.name + Array(" <".utf8) + author.address + Array("> \(author.date.drop { $0 == "@" })".utf8)
        return Signature(parsing: line)
    }

    /// A commit that was to be melded and was skipped is no part of the message any more.
    ///
    /// - Returns: whether the melded commit has to be made again with what is left, and whether a person edits that.
    private func leaveOutMelded(isSkipped: Bool) throws -> (Bool, Bool) {
        var lines = String(decoding: try operation.read("current-fixups") ?? [], as: UTF8.self).split(separator: "\n")
        guard !lines.isEmpty else { return (false, true) }
        let continues = first?.action.isMelded == true
        guard isSkipped else {
            if !continues { try operation.removeMeldingState() }
            return (false, true)
        }
        lines.removeLast()
        let hasSquash = lines.contains { $0.hasPrefix("squash ") }
        if lines.isEmpty {
            try operation.remove("current-fixups")
        } else {
            try operation.write("current-fixups", lines.joined(separator: "\n"))
        }
        if continues {
            if let text = try operation.read("message-squash") {
                var message = MeldedMessage(parsing: text, comment: operation.comment)
                message.removeLast()
                try operation.write("message-squash", message.text)
            }
            return (false, true)
        }
        return (!lines.isEmpty, hasSquash)
    }
}
