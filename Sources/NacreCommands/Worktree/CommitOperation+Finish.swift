internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// The number of this process.
enum ProcessInfoNumber {
    static var current: Int32 { getpid() }
}

extension CommitOperation {
    /// Moves the branch, or a detached `HEAD`, if nobody else did meanwhile.
    func moveHead(to id: ObjectID, _ new: NewCommit, isMerge: Bool) throws {
        let kind: String
        if isAmending {
            kind = " (amend)"
        } else if state.head == nil {
            kind = " (initial)"
        } else if isMerge {
            kind = " (merge)"
        } else if state.cherryPick != nil {
            kind = " (cherry-pick)"
        } else {
            kind = ""
        }
        let action =
            replay.map { context.reflogMessage($0.reflogAction) } ?? context.environment.nonEmpty("GIT_REFLOG_ACTION")
            ?? "commit\(kind)"
        let first = new.message.prefix { $0 != 10 }
        let message = "\(action): \(String(decoding: first, as: UTF8.self))"
        var transaction = repository.refs.beginTransaction()
        transaction.update(
            .head, to: id, expecting: state.head.map { .exactly($0) } ?? .absent, message: message)
        try transaction.commit(committer: new.committer)
    }

    /// What was under way is done.
    func removeStateFiles() throws {
        for name in [
            "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG", "AUTO_MERGE",
        ] {
            try Files.remove(repository.gitDirectory.appending(name))
        }
        // A sequence of one commit is over with it.
        let sequencer = repository.gitDirectory.appending("sequencer")
        if let todo = try Files.readIfPresent(sequencer.appending("todo")),
            todo.split(separator: 10).filter({ $0.first != UInt8(ascii: "#") }).count <= 1,
            state.cherryPick != nil || state.revert != nil
        {
            try Files.removeTree(sequencer)
        }
    }

    func runAfter(_ id: ObjectID) throws {
        try repository.runHook("post-commit", .init(variables: usesEditor ? [] : [("GIT_EDITOR", ":")]))
        if isAmending, arguments.flag("post-rewrite") != false, let old = state.head {
            try NotesRewriter(context, repository, command: "amend")?.copy([(old, id)])
            try repository.runHook(
                "post-rewrite", .init(arguments: ["amend"], input: Array("\(old.hex) \(id.hex)\n".utf8)))
        }
    }

    /// Whether the author's time is another one's than now.
    var showsDate: Bool {
        let reuses = arguments.last("reuse-message") ?? arguments.last("reedit-message")
        return isAmending && !arguments.isOn("reset-author") || reuses != nil && !arguments.isOn("reset-author")
            || arguments.last("date") != nil || state.cherryPick != nil
    }

    /// `[main 1a2b3c4] subject`, who and when where that is not obvious, and what changed.
    func printSummary(_ id: ObjectID) throws {
        let commit = try repository.objects.commit(id)
        let name = state.branchName ?? "detached HEAD"
        let root = state.head == nil ? " (root-commit)" : ""
        context.output.write("[\(name)\(root) \(context.abbreviated(id))] ")
        context.output.line(commit.subject)
        if commit.author.name != commit.committer.name || commit.author.email != commit.committer.email {
            context.output.line(
                Array(" Author: ".utf8) + commit.author.name + Array(" <".utf8) + commit.author.email + [
                    UInt8(ascii: ">")
                ])
        }
        if showsDate {
            context.output.line(" Date: \(CommitDate.text(commit.author))")
        }
        guard commit.parents.count <= 1 else { return }
        try context.printChanges(
            from: try commit.parents.first.map { try repository.objects.commit($0).tree }, to: commit.tree)
    }
}

/// A date as `log` shows it.
enum CommitDate {
    static func text(_ signature: Signature) -> String {
        var seconds = time_t(signature.time + Int64(signature.zoneMinutes) * 60)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]) \(months[Int(parts.tm_mon)]) \(parts.tm_mday) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) \(1900 + Int(parts.tm_year)) \(signature.zoneText)"
    }
}
