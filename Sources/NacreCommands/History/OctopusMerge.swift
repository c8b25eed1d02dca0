internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// A merge of more than two histories at once. Only what merges by itself is taken: conflicts undo it all.
struct OctopusMerge {
    let operation: MergeOperation
    let head: ObjectID

    private var context: Context { operation.context }
    private var repository: Repository { operation.repository }

    func run(_ targets: [(String, ObjectID)], _ session: consuming IndexSession) throws -> ExitCode {
        var finder = MergeBases(repository)
        if operation.arguments.isOn("ff-only") {
            throw CommandError.fatal("Not possible to fast-forward, aborting.")
        }
        guard try operation.isIndexClean(session.index, head) else {
            context.output.line("Error: Your local changes to the following files would be overwritten by merge")
            let comparison = IndexComparison(
                repository: repository, index: session.index, worktree: nil, pathspec: .all)
            for entry in try comparison.tree(operation.commits.tree(head)) { context.output.line("    \(entry.path)") }
            return fail()
        }
        try operation.commits.saveOriginal(head)
        guard let merged = try merge(targets, &finder) else { return fail() }
        let worktree = try context.worktree()
        let result = TreeMerge.Result(tree: merged, isClean: true, stages: [], messages: [])
        guard
            try operation.support.apply(
                result, from: try operation.commits.tree(head), &session.index, worktree)
        else { return fail() }
        try session.commit(worktree)
        let message = try operation.messages().text(
            targets.map { (name: $0.0, commit: $0.1) }, given: try operation.givenMessage())
        if operation.arguments.flag("commit") == false {
            try operation.support.write("MERGE_HEAD", operation.mergeHeads(targets))
            try operation.support.write("MERGE_MODE", [])
            try operation.support.write("MERGE_MSG", message)
            context.output.flush()
            context.errors.line("Automatic merge went well; stopped before committing as requested")
            return .success
        }
        let completion = MergeCommit(operation: operation, targets: targets)
        guard let text = try completion.message(message) else { return .failure }
        let parents = (try targets.contains { try finder.isAncestor(head, of: $0.1) } ? [] : [head]) + targets.map(\.1)
        let made = try operation.write(tree: merged, parents: parents, message: text, names: targets.map(\.0))
        let names = targets.map(\.0).joined(separator: " ")
        try operation.commits.moveHead(to: made, from: head, "merge \(names): Merge made by the 'octopus' strategy.")
        operation.say("Merge made by the 'octopus' strategy.")
        try operation.printStat(head, made)
        try operation.finish()
        return .success
    }

    private func fail() -> ExitCode {
        context.output.flush()
        context.errors.line("Merge with strategy octopus failed.")
        return ExitCode(2)
    }

    /// Those that no other one and not HEAD leads to already.
    func reduced(_ all: [(String, ObjectID)]) throws -> [(String, ObjectID)] {
        var finder = MergeBases(repository)
        var result: [(String, ObjectID)] = []
        for (index, item) in all.enumerated() {
            var isKnown = try finder.isAncestor(item.1, of: head)
            for (other, candidate) in all.enumerated() where other != index && !isKnown {
                if candidate.1 == item.1 {
                    isKnown = other < index
                } else {
                    isKnown = try finder.isAncestor(item.1, of: candidate.1)
                }
            }
            if !isKnown { result.append(item) }
        }
        return result
    }

    /// Merges one after another into one tree; nil where one of them needs a person.
    private func merge(
        _ targets: [(String, ObjectID)], _ finder: inout MergeBases
    ) throws -> ObjectID? {
        guard var tree = try operation.commits.tree(head) else { return nil }
        var reached = [head]
        var hasMerged = false
        for (name, target) in targets {
            let bases = try finder.bases(of: target, reached)
            guard let base = bases.first else {
                context.output.flush()
                context.errors.line("fatal: Unable to find common commit with \(name)")
                return nil
            }
            let targetTree = try repository.objects.commit(target).tree
            if !hasMerged, bases == reached {
                operation.say("Fast-forwarding to: \(name)")
                reached = [target]
                tree = targetTree
                continue
            }
            hasMerged = true
            operation.say("Trying simple merge with \(name)")
            var options = try operation.support.options(
                strategyOptions: [], ours: "HEAD", theirs: name, worktree: try context.worktree())
            options.detectsRenames = false
            let merged = try CommitMerge(repository, options: options).merge(
                base: try repository.objects.commit(base).tree, ours: tree, theirs: targetTree)
            if !merged.messages.isEmpty {
                operation.say("Simple merge did not work, trying automatic merge.")
                for message in merged.messages where message.text.hasPrefix("Auto-merging ") {
                    operation.say(message.text)
                }
            }
            guard merged.isClean else {
                context.output.flush()
                let marker = "CONFLICT (content): Merge conflict in "
                for message in merged.messages where message.text.hasPrefix(marker) {
                    context.errors.line("ERROR: content conflict in \(message.text.dropFirst(marker.count))")
                }
                context.errors.line("fatal: merge program failed")
                operation.say("Automated merge did not work.\nShould not be doing an octopus.")
                return nil
            }
            tree = merged.tree
            reached.append(target)
        }
        return tree
    }
}
