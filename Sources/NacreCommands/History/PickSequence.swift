internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// `cherry-pick` and `revert` of one commit or many, with what is needed to go on after a stop.
///
/// The state is Git's: `sequencer/todo`, `head`, `opts` and `abort-safety`, so that either program can continue.
struct PickSequence {
    var operation: PickOperation
    let context: Context
    let repository: Repository
    let verb: String

    private var support: MergeSupport { MergeSupport(context: context, repository: repository) }
    private var history: HistoryCommit { HistoryCommit(context: context, repository: repository) }
    private var headFile: String { operation.direction == .pick ? "CHERRY_PICK_HEAD" : "REVERT_HEAD" }
    private var command: String { operation.direction == .pick ? "pick" : "revert" }

    // MARK: Starting

    func start(_ ids: [ObjectID], allowsForward: Bool) throws -> ExitCode {
        if try support.read("sequencer/todo") != nil {
            context.errors.line("error: \(verb) is already in progress")
            context.hint("try \"git \(verb) (--continue | --skip | --abort | --quit)\"")
            throw CommandError.fatal("\(verb) failed")
        }
        if ids.count > 1 {
            guard let head = try history.head() else { throw CommandError.fatal("there is no commit to start from") }
            try support.write("sequencer/head", head.hexBytes + [10])
            try writeOptions()
            try support.write("sequencer/abort-safety", head.hexBytes + [10])
        }
        return try run(ids[...], isSequence: ids.count > 1, allowsForward: allowsForward)
    }

    private func run(_ ids: ArraySlice<ObjectID>, isSequence: Bool, allowsForward: Bool) throws -> ExitCode {
        var rest = ids
        while let id = rest.first {
            if isSequence { try writeTodo(rest) }
            let head = try history.head()
            if allowsForward, operation.direction == .pick, operation.commits,
                try repository.objects.commit(id).parents.first == head,
                try repository.objects.commit(id).parents.count == 1
            {
                try forward(id, from: head)
                rest = rest.dropFirst()
                continue
            }
            switch try operation.run(id) {
            case .committed(let made):
                if !operation.isSilent { try history.printSummary(made, parent: head) }
            case .staged: break
            case .empty: return try stopEmpty(id, isSequence: isSequence)
            case .conflicts:
                let code = try stop(id)
                try RerereDatabase(context, repository)?.recordConflicts()
                return code
            case .refused:
                throw CommandError.fatal("\(verb) failed")
            }
            rest = rest.dropFirst()
            if isSequence, let now = try history.head() {
                try support.write("sequencer/abort-safety", now.hexBytes + [10])
            }
        }
        if isSequence { try Files.removeTree(support.file("sequencer")) }
        return .success
    }

    private func forward(_ id: ObjectID, from head: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        var options = TreeSwitch.Options()
        options.verb = .merge
        _ = try TreeSwitch.run(
            worktree, &session.index, from: try history.tree(head), to: try history.tree(id), options)
        try session.commit(worktree)
        try history.moveHead(to: id, from: head, "\(verb): fast-forward")
    }

    private func writeTodo(_ ids: ArraySlice<ObjectID>) throws {
        var text = ""
        for id in ids { text += "\(command) \(history.short(id)) \(try history.subject(id))\n" }
        try support.write("sequencer/todo", Array(text.utf8))
    }

    private func writeOptions() throws {
        var text = ""
        if operation.addsOrigin { text += "\trecord-origin = true\n" }
        if operation.signsOff { text += "\tsignoff = true\n" }
        if operation.allowsEmpty { text += "\tallow-empty = true\n" }
        if operation.keepsRedundant { text += "\tkeep-redundant-commits = true\n" }
        if !operation.commits { text += "\tno-commit = true\n" }
        if let mainline = operation.mainline { text += "\tmainline = \(mainline)\n" }
        if case .by(let key) = operation.signing { text += "\tgpg-sign = \(key ?? "")\n" }
        for option in operation.strategyOptions { text += "\tstrategy-option = \(option)\n" }
        if !text.isEmpty { try support.write("sequencer/opts", Array(("[options]\n" + text).utf8)) }
    }

    private mutating func readOptions() throws {
        guard let bytes = try support.read("sequencer/opts") else { return }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "record-origin": operation.addsOrigin = parts[1] == "true"
            case "signoff": operation.signsOff = parts[1] == "true"
            case "allow-empty": operation.allowsEmpty = parts[1] == "true"
            case "keep-redundant-commits": operation.keepsRedundant = parts[1] == "true"
            case "no-commit": operation.commits = parts[1] != "true"
            case "gpg-sign": operation.signing = .by(key: parts[1].isEmpty ? nil : parts[1])
            case "mainline": operation.mainline = Int(parts[1])
            case "strategy-option": operation.strategyOptions.append(parts[1])
            default: break
            }
        }
    }

    // MARK: Stopping

    private func stop(_ id: ObjectID) throws -> ExitCode {
        context.output.flush()
        let what = operation.direction == .pick ? "apply" : "revert"
        context.errors.line("error: could not \(what) \(history.short(id))... \(try history.subject(id))")
        if operation.commits {
            context.hint(
                "After resolving the conflicts, mark them with", "\"git add/rm <pathspec>\", then run",
                "\"git \(verb) --continue\".", "You can instead skip this commit with \"git \(verb) --skip\".",
                "To abort and get back to the state before \"git \(verb)\",", "run \"git \(verb) --abort\".")
        } else {
            context.hint(
                "after resolving the conflicts, mark the corrected paths", "with 'git add <paths>' or 'git rm <paths>'")
        }
        return .failure
    }

    private func stopEmpty(_ id: ObjectID, isSequence: Bool) throws -> ExitCode {
        // A sequence finds its place by the to-do list.
        if !isSequence { try support.write(headFile, id.hexBytes + [10]) }
        try support.write("MERGE_MSG", try repository.objects.commit(id).message)
        context.output.flush()
        context.errors.write(
            "The previous cherry-pick is now empty, possibly due to conflict resolution.\n"
                + "If you wish to commit it anyway, use:\n\n    git commit --allow-empty\n\n"
                + "Otherwise, please use 'git \(verb) --skip'\n")
        guard let command = CommandTable.find("status") else { return .failure }
        _ = try command.run(Arguments(), context)
        return .failure
    }

    // MARK: Going on

    private func todo() throws -> [ObjectID] {
        guard let bytes = try support.read("sequencer/todo") else { return [] }
        let resolver = try context.diffResolver()
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1, !line.hasPrefix("#") else { return nil }
            return try resolver.commit(String(words[1]))
        }
    }

    mutating func resume() throws -> ExitCode {
        let stopped = try support.readLine(headFile)
        let rest = try todo()
        guard stopped != nil || !rest.isEmpty else {
            throw CommandError(.error, "no cherry-pick or revert in progress", exitCode: .fatal)
        }
        try readOptions()
        if stopped != nil {
            guard let commit = CommandTable.find("commit") else {
                throw CommandError.fatal("there is no commit command")
            }
            let index = try context.index()
            try support.checkUnmerged(index, "Committing")
            let arguments = try ArgumentParser.parse(
                [Array("--no-edit".utf8), Array("--cleanup=strip".utf8)]
                    + (operation.signing.word.map { [Array($0.utf8)] } ?? []), options: commit.options)
            let code = try commit.run(arguments, context)
            guard code == .success else { return code }
        }
        return try finishRest(rest, droppingFirst: true)
    }

    private func finishRest(_ rest: [ObjectID], droppingFirst: Bool) throws -> ExitCode {
        guard !rest.isEmpty else { return .success }
        let remaining = droppingFirst ? rest.dropFirst() : rest[...]
        if remaining.isEmpty {
            try Files.removeTree(support.file("sequencer"))
            return .success
        }
        return try run(remaining, isSequence: true, allowsForward: false)
    }

    mutating func skip() throws -> ExitCode {
        let rest = try todo()
        guard try support.readLine(headFile) != nil || !rest.isEmpty else {
            throw CommandError(.error, "no \(verb) in progress", exitCode: .fatal)
        }
        try readOptions()
        try reset(to: try history.head())
        try support.remove(headFile, "MERGE_MSG", "AUTO_MERGE")
        return try finishRest(rest, droppingFirst: true)
    }

    private func reset(to id: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        try HardReset.run(&session.index, worktree, to: try history.tree(id), keepingLocal: true)
        try session.commit(worktree)
    }

    func abort() throws -> ExitCode {
        let start = try support.readLine("sequencer/head").flatMap { ObjectID(hex: $0) }
        guard try support.readLine(headFile) != nil || start != nil else {
            // What a sequence that was killed before it began, or while it ended, left behind goes.
            if try FileStatus.of(support.file("sequencer"))?.kind == .directory { return try quit() }
            throw CommandError(.error, "no cherry-pick or revert in progress", exitCode: .fatal)
        }
        let head = try history.head()
        let safe = try support.readLine("sequencer/abort-safety")
        if let safe, safe != head?.hex {
            context.errors.line("warning: You seem to have moved HEAD. Not rewinding, check your HEAD!")
        } else if let start {
            try reset(to: start)
            if start != head { try history.moveHead(to: start, from: head, "reset: moving to \(start)") }
        } else {
            try reset(to: head)
        }
        try RerereDatabase(context, repository)?.clear()
        return try quit()
    }

    func quit() throws -> ExitCode {
        try Files.removeTree(support.file("sequencer"))
        try support.remove(headFile, "MERGE_MSG", "AUTO_MERGE")
        return .success
    }
}
