internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Steps that keep merges: labels, going back to them, and joining them.
extension RebaseRunner {
    private func fail(_ words: String) throws -> Outcome {
        context.output.flush()
        context.errors.line("error: \(words)")
        try reschedule()
        return .stopped(.failure)
    }

    /// Remembers where HEAD is.
    func label(_ name: String) throws -> Outcome {
        guard name != "#", let ref = try? RefName("refs/rewritten/\(name)") else {
            return try fail("illegal label name: '\(name)'")
        }
        guard let head = try history.head() else { return try fail("could not read HEAD") }
        var transaction = repository.refs.beginTransaction()
        transaction.update(ref, to: head, message: "rebase (label) '\(name)'")
        try transaction.commit(committer: try context.reflogIdentity())
        let list = try operation.read("refs-to-delete") ?? []
        try operation.write("refs-to-delete", list + Array("\(ref.string)\n".utf8))
        return .done
    }

    /// The commit that a label or any other name stands for, and how it is called in conflicts.
    private func find(_ name: String) throws -> (id: ObjectID, name: String)? {
        if let ref = try? RefName("refs/rewritten/\(name)"), let id = try repository.refs.resolve(ref) {
            return (id, ref.string)
        }
        guard let id = try? context.diffResolver().commit(name) else {
            context.output.flush()
            context.errors.line("error: could not resolve '\(name)'")
            return nil
        }
        return (id, name)
    }

    /// Takes HEAD, index and files to a label.
    func reset(_ text: String) throws -> Outcome {
        let target: ObjectID
        let name: String
        if text.hasPrefix("[new root]") {
            name = text
            if let root = settings.root {
                target = root
            } else {
                target = try operation.emptyRoot()
                try operation.write("squash-onto", target.hex)
                settings.root = target
            }
        } else {
            name = String(text.prefix { $0 != " " && $0 != "\t" })
            guard let found = try find(name) else {
                try reschedule()
                return .stopped(.failure)
            }
            target = found.id
        }
        let head = try history.head()
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var options = TreeSwitch.Options()
        options.verb = .reset
        do {
            _ = try TreeSwitch.run(
                worktree, &session.index, from: try history.tree(head), to: try history.tree(target), options)
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)")
            session.release()
            try reschedule()
            return .stopped(.failure)
        }
        try session.commit(worktree)
        if target != head { try history.moveHead(to: target, from: head, "rebase (reset): '\(name)'") }
        return .done
    }

    /// The names of a merge's other sides, and the subject behind them.
    private static func words(of text: String) -> (names: [String], subject: String?) {
        var names: [String] = []
        var rest = text[...].drop { $0 == " " || $0 == "\t" }
        while !rest.isEmpty {
            let word = rest.prefix { $0 != " " && $0 != "\t" }
            rest = rest[word.endIndex...].drop { $0 == " " || $0 == "\t" }
            if word == "#" { return (names, String(rest)) }
            names.append(String(word))
        }
        return (names, nil)
    }

    /// Joins labels into HEAD.
    func merge(_ step: RebaseStep) throws -> Outcome {
        guard let head = try history.head() else { return try fail("cannot merge without a current revision") }
        let (names, subject) = Self.words(of: step.text)
        var sides: [(id: ObjectID, name: String)] = []
        for name in names {
            guard let found = try find(name) else { return try fail("unable to parse '\(name)'") }
            sides.append(found)
        }
        guard let side = sides.first else { return try fail("nothing to merge: '\(step.text)'") }
        if let root = settings.root, root == head {
            guard sides.count == 1 else {
                return try fail("octopus merge cannot be executed on top of a [new root]")
            }
            try forward(to: side.id, from: head)
            return try merged(step, edits: false)
        }
        let original = try step.commit.map { try repository.objects.commit($0) }
        if settings.allowsForward, let id = step.commit, original?.parents == [head] + sides.map(\.id) {
            try forward(to: id, from: head)
            return try merged(step, edits: step.use == .edited)
        }
        let author = try original?.author ?? context.author()
        try operation.write("author-script", AuthorScript.text(author))
        let list = names.joined(separator: " ")
        let message =
            original?.message
            ?? Array(
                (subject.flatMap { $0.isEmpty ? nil : $0 } ?? "Merge branch\(sides.count > 1 ? "es" : "") '\(list)'")
                    .utf8)
        try support.write("MERGE_MSG", message)
        guard sides.count == 1 else { return try octopus(step, sides.map(\.id), author: author) }
        return try join(step, head, side, message: message, author: author)
    }

    private func merged(_ step: RebaseStep, edits: Bool) throws -> Outcome {
        if edits, try !makeCommit(nil, amends: true, edits: true, verifies: true) { return .stopped(.failure) }
        if let id = step.commit { try recordRewrite(id, next: next) }
        return edits ? .doneOutside : .done
    }

    private func join(
        _ step: RebaseStep, _ head: ObjectID, _ side: (id: ObjectID, name: String), message: [UInt8], author: Signature
    ) throws -> Outcome {
        var finder = MergeBases(repository)
        let bases = try finder.bases(of: head, [side.id])
        guard !bases.contains(side.id) else { return try merged(step, edits: false) }
        try support.write("MERGE_HEAD", side.id.hexBytes)
        try support.write("MERGE_MODE", Array("no-ff".utf8))
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let options = try support.options(
            strategyOptions: settings.strategyOptions, ours: "HEAD", theirs: side.name, worktree: worktree)
        let result = try CommitMerge(repository, options: options).merge(ours: head, theirs: side.id, bases: bases)
        guard try support.apply(result, from: try history.tree(head), &session.index, worktree) else {
            session.release()
            try support.remove("MERGE_MSG")
            return try fail("could not even attempt to merge '\(step.text)'")
        }
        support.printMessages(result)
        let comment = support.conflictComment(session.index)
        try session.commit(worktree)
        guard result.isClean else {
            if !comment.isEmpty { try support.write("MERGE_MSG", message + comment) }
            try RerereDatabase(context, repository)?.run(autoupdate: settings.rerereAutoupdate)
            return try stopForMerge(step)
        }
        let made = try history.write(tree: result.tree, parents: [head, side.id], author: author, message: message)
        let first = String(decoding: message.prefix { $0 != 10 }, as: UTF8.self)
        try history.moveHead(to: made, from: head, "\(action): \(first)")
        try support.remove("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE")
        return try merged(step, edits: step.use == .edited)
    }

    private func stopForMerge(_ step: RebaseStep) throws -> Outcome {
        if let id = step.commit { return try stop(step, id, exitCode: 1, amends: false) }
        if let message = try support.read("MERGE_MSG") { try operation.write("message", message) }
        context.errors.line("Could not merge \(step.text)")
        return .stopped(.failure)
    }

    private func octopus(_ step: RebaseStep, _ sides: [ObjectID], author: Signature) throws -> Outcome {
        guard let merge = CommandTable.find("merge") else { throw CommandError.fatal("there is no merge command") }
        try support.remove("CHERRY_PICK_HEAD")
        let words =
            ["--no-edit", "--no-ff", "--no-stat", "-F", support.file("MERGE_MSG").string]
            + [settings.signing.word ?? "--no-gpg-sign"] + sides.map(\.hex)
        let parsed = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: merge.options)
        var operation = MergeOperation(parsed, context, repository)
        operation.author = author
        guard try operation.run() == .success else {
            try reschedule()
            if let id = step.commit { return try stop(step, id, exitCode: 1, amends: false) }
            return .stopped(.failure)
        }
        return try merged(step, edits: false)
    }
}
