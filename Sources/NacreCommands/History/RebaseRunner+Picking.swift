internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

extension RebaseRunner {
    /// Puts a commit on top of HEAD, or into it.
    func pick(_ step: RebaseStep, _ id: ObjectID) throws -> Outcome {
        let head = try history.head()
        let commit = try repository.objects.commit(id)
        // On a commit of nothing that stands for "no base", roots are roots again.
        let isRoot = settings.root != nil && settings.root == head
        let isMelded = step.action.isMelded
        if isMelded, isRoot { throw CommandError(.error, "cannot fixup root commit") }
        var isForwarded = false
        if settings.allowsForward, !isMelded, commit.parents == (isRoot ? [] : head.map { [$0] } ?? []) {
            try operation.write("author-script", AuthorScript.text(commit.author))
            try forward(to: id, from: head)
            isForwarded = true
        } else {
            var message = commit.message
            if settings.signsOff, !isMelded {
                let person = try context.committer()
                let line = Array("Signed-off-by: ".utf8) + person.name + Array(" <".utf8) + person.email + [0x3e]
                CommitMessage.appendTrailer(line, to: &message, isSignOff: true)
            }
            let melding = try isMelded ? self.melding(step, commit) : nil
            try operation.write("author-script", AuthorScript.text(commit.author))
            let outcome: PickOperation.Outcome
            do { outcome = try pickOperation(step, isRoot: isRoot, melding).run(id, replacement: message) } catch {
                // Nothing was begun: the step comes again.
                if let error = error as? CommandError, error.kind != .silent { context.errors.line("error: \(error)") }
                try reschedule()
                return try stop(step, id, exitCode: 1, amends: false)
            }
            switch outcome {
            case .committed: break
            case .staged:
                guard try makeCommit(melding?.file, amends: true, edits: true) else {
                    return try stopForSquash(step, id)
                }
            case .empty:
                guard settings.empty == .drop else { return try stopForEmpty(step, id) }
                context.errors.line("dropping \(id) \(try history.subject(id)) -- patch contents already upstream")
            case .refused:
                try reschedule()
                return try stop(step, id, exitCode: 1, amends: false)
            case .conflicts: return try stopForConflict(step, id)
            }
            if isMelded, next?.action.isMelded != true { try operation.removeMeldingState() }
        }
        switch step.action {
        case .edit: return try stopForEdit(step, id)
        case .reword:
            guard try makeCommit(nil, amends: true, edits: true, verifies: true) else {
                return try stop(step, id, exitCode: 1, amends: try isForwarded || isRoot || history.head() == id)
            }
            try recordRewrite(id, next: next)
            return .doneOutside
        default: break
        }
        try recordRewrite(id, next: next)
        return isMelded ? .doneOutside : .done
    }

    /// Takes HEAD, index and files to a commit whose parent HEAD is.
    func forward(to id: ObjectID, from head: ObjectID?) throws {
        try operation.moveFiles(from: head, to: id)
        try history.moveHead(to: id, from: head, "rebase: fast-forward")
    }

    private func pickOperation(_ step: RebaseStep, isRoot: Bool, _ melding: PickOperation.Melding?) -> PickOperation {
        var pick = PickOperation(context: context, repository: repository, direction: .pick)
        pick.isSilent = true
        pick.allowsEmpty = true
        pick.signing = settings.signing
        pick.reflogAction = "rebase (\(step.action.rawValue))"
        pick.makesRoot = isRoot
        pick.keepsRedundant = settings.empty == .keep
        pick.strategyOptions = settings.strategyOptions
        pick.takesAuthorDate = settings.takesAuthorDate
        pick.ignoresDate = settings.ignoresDate
        pick.melding = melding
        return pick
    }

    // MARK: Messages of several commits

    /// Puts together what the commit says when this one is in it.
    private func melding(_ step: RebaseStep, _ commit: Commit) throws -> PickOperation.Melding {
        let replaces = step.action == .fixup && step.use != .usual
        let fixups = String(decoding: try operation.read("current-fixups") ?? [], as: UTF8.self)
        let lines = fixups.split(separator: "\n")
        let hasSquash = lines.contains { $0.hasPrefix("squash ") }
        var message: MeldedMessage
        if !lines.isEmpty, let text = try operation.read("message-squash") {
            message = MeldedMessage(parsing: text, comment: operation.comment)
            if replaces, !hasSquash { message.skipAll() }
        } else {
            let first = try history.head().map { try repository.objects.commit($0).message } ?? []
            if step.action == .fixup, !replaces { try operation.write("message-fixup", first) }
            message = MeldedMessage(first: first, isSkipped: replaces, comment: operation.comment)
        }
        if step.action == .fixup, !replaces {
            message.addSkipped(commit.message)
        } else {
            try add(commit, step, to: &message, hasSquash: hasSquash)
        }
        try operation.write("message-squash", message.text)
        let line = "\(step.action.rawValue) \(try commitName(step))"
        try operation.write("current-fixups", fixups.isEmpty ? line : fixups + "\n" + line)
        return try self.melding(message)
    }

    private func commitName(_ step: RebaseStep) throws -> String { step.commit?.hex ?? "" }

    private func add(_ commit: Commit, _ step: RebaseStep, to message: inout MeldedMessage, hasSquash: Bool) throws {
        func begins(_ words: String...) -> Bool { words.contains { commit.message.starts(with: $0.utf8) } }
        let isSquash = step.action == .squash || hasSquash
        let isMark = begins("amend!") || isSquash && begins("squash!", "fixup!")
        message.add(commit.message, skippingSubject: isMark)
        // `fixup -C` behind a squash is a squash.
        guard step.action == .fixup, !hasSquash, step.use == .taken,
            try operation.read("message-fixup") != nil || operation.read("message-squash") == nil
        else { return try operation.remove("message-fixup") }
        var text = commit.message[...]
        if isMark {
            while !text.isEmpty {
                let line = text.prefix { $0 != 10 }
                if line.allSatisfy({ $0 == 32 || $0 == 9 }) { break }
                text = text.dropFirst(line.count + 1)
            }
        }
        while text.first == 10 { text = text.dropFirst() }
        try operation.write("message-fixup", Array(text))
    }

    /// How the commit is made: by itself while more is to come or nobody has to see the message, else with an editor.
    private func melding(_ message: MeldedMessage) throws -> PickOperation.Melding {
        if next?.action.isMelded == true { return PickOperation.Melding(message: message.text, edits: false) }
        if let kept = try operation.read("message-fixup") { return PickOperation.Melding(message: kept, edits: false) }
        try support.write("SQUASH_MSG", message.text)
        try support.remove("MERGE_MSG")
        return PickOperation.Melding(message: message.text, edits: true, file: "SQUASH_MSG")
    }

    // MARK: Commits that a person has a word in

    /// Makes a commit as `commit` does.
    ///
    /// - Parameter file: where the message stands, below the repository's directory; nil for HEAD's own.
    /// - Returns: false where none was made; the words have been said.
    func makeCommit(
        _ file: String?, amends: Bool, edits: Bool, verifies: Bool = false, allowsEmpty: Bool = true,
        cleanup: String? = nil, author: Signature? = nil, action: String? = nil
    ) throws -> Bool {
        var words: [String] = []
        if !verifies { words.append("-n") }
        if amends { words.append("--amend") }
        words.append(settings.signing.word ?? "--no-gpg-sign")
        if let file { words += ["-F", support.file(file).string] }
        if let cleanup { words.append("--cleanup=\(cleanup)") }
        if edits { words.append("-e") } else { words.append("--allow-empty-message") }
        if !edits, file == nil { words += ["-C", "HEAD"] }
        if allowsEmpty { words.append("--allow-empty") }
        if !edits { words.append("-q") }
        let parsed = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: CommitCommand.options)
        let commit = try CommitOperation(parsed, context)
        commit.replay = CommitOperation.Replay(author: author, reflogAction: action ?? self.action)
        defer { context.output.flush() }
        do { return try commit.run() == .success } catch let error as CommandError {
            if error.kind != .silent { context.errors.line("\(error.kind == .fatal ? "fatal" : "error"): \(error)") }
            return false
        }
    }
}

extension RebaseOperation {
    /// Forgets the messages of commits that are melded.
    func removeMeldingState() throws { try remove("message-fixup", "message-squash", "current-fixups") }

    /// Takes index and files from one commit to another.
    func moveFiles(from old: ObjectID?, to new: ObjectID) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var options = TreeSwitch.Options()
        options.verb = .merge
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(old), to: try history.tree(new), options)
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)Aborting\n")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        try session.commit(worktree)
    }
}
