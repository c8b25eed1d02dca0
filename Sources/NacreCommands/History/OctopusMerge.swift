internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// A merge of more than two histories at once. Only the last may contradict what the others made; else nothing is changed.
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
        try operation.commits.saveOriginal(head)
        let session = try operation.autostash.begin(session)
        guard try operation.isIndexClean(session.index, head) else {
            context.output.line("Error: Your local changes to the following files would be overwritten by merge")
            let comparison = IndexComparison(
                repository: repository, index: session.index, worktree: nil, pathspec: .all)
            for entry in try comparison.tree(operation.commits.tree(head)) { context.output.line("    \(entry.path)") }
            return try fail(session)
        }
        guard let merged = try merge(targets, session.index, &finder) else { return try fail(session) }
        let worktree = try context.worktree()
        let from = try operation.commits.tree(head)
        guard try operation.support.apply(merged, from: from, &session.index, worktree) else {
            return try fail(session)
        }
        let comment = operation.support.conflictComment(session.index)
        try session.commit(worktree)
        context.output.flush()
        if operation.arguments.isOn("squash") {
            if merged.isClean { operation.sayStopped() }
            let code = try operation.squash(head, targets.map(\.1))
            if !comment.isEmpty { try operation.support.write("MERGE_MSG", comment) }
            try operation.runHook()
            return merged.isClean ? code : try leaveConflicts()
        }
        let message = try operation.message(targets)
        let completion = MergeCommit(operation: operation, targets: targets)
        guard merged.isClean, operation.arguments.flag("commit") != false else {
            try completion.writeState(message + comment)
            if !merged.isClean { return try leaveConflicts() }
            operation.sayStopped()
            operation.autostash.remind()
            return .success
        }
        guard let text = try completion.message(message) else { return .failure }
        return try conclude(targets, merged.tree, text, &finder)
    }

    private func conclude(
        _ targets: [(String, ObjectID)], _ tree: ObjectID, _ text: [UInt8], _ finder: inout MergeBases
    ) throws -> ExitCode {
        let parents = (try targets.contains { try finder.isAncestor(head, of: $0.1) } ? [] : [head]) + targets.map(\.1)
        let made = try operation.write(tree: tree, parents: parents, message: text, names: targets.map(\.0))
        let names = targets.map(\.0).joined(separator: " ")
        try operation.commits.moveHead(to: made, from: head, "merge \(names): Merge made by the 'octopus' strategy.")
        operation.say("Merge made by the 'octopus' strategy.")
        try operation.printStat(head, made)
        try operation.finish()
        return .success
    }

    /// The last history contradicted: a person goes on.
    private func leaveConflicts() throws -> ExitCode {
        try RerereDatabase(context, repository)?.run(autoupdate: operation.arguments.flag("rerere-autoupdate"))
        context.output.line("Automatic merge failed; fix conflicts and then commit the result.")
        operation.autostash.remind()
        return .failure
    }

    private func fail(_ session: consuming IndexSession) throws -> ExitCode {
        context.output.flush()
        context.errors.line("Merge with strategy octopus failed.")
        session.release()
        try operation.autostash.restore()
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

    /// Merges one after another into one tree; nil where one but the last needs a person.
    private func merge(
        _ targets: [(String, ObjectID)], _ index: Index, _ finder: inout MergeBases
    ) throws -> TreeMerge.Result? {
        guard let tree = try operation.commits.tree(head) else { return nil }
        var step = try OctopusStep(operation, index: index, tree: tree, worktree: try context.worktree())
        var reached = [head]
        var hasMerged = false
        for (name, target) in targets {
            guard step.stages.isEmpty else {
                context.output.line("Automated merge did not work.\nShould not be doing an octopus.")
                return nil
            }
            let bases = try finder.bases(of: target, reached)
            guard !bases.isEmpty else {
                context.output.flush()
                context.errors.line("fatal: Unable to find common commit with \(name)")
                return nil
            }
            if bases.contains(target) {
                context.output.line("Already up to date with \(name)")
                continue
            }
            let targetTree = try repository.objects.commit(target).tree
            if !hasMerged, bases == reached {
                context.output.line("Fast-forwarding to: \(name)")
                reached = [target]
                try step.move(to: targetTree)
                continue
            }
            hasMerged = true
            context.output.line("Trying simple merge with \(name)")
            try step.merge(targetTree, bases.map { try repository.objects.commit($0).tree }, name)
            reached.append(target)
        }
        return step.result
    }
}
