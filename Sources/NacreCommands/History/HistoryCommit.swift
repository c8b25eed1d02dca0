internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// Makes commits and moves HEAD for the verbs that merge, pick and rebase.
struct HistoryCommit {
    let context: Context
    let repository: Repository
    /// Whether the commits are signed.
    var signing = CommitSigning.off

    /// The commit that HEAD leads to; nil before the first.
    func head() throws -> ObjectID? { try repository.refs.resolve(.head) }

    /// The branch that HEAD names; nil where it is detached.
    func branch() throws -> RefName? {
        if case .symbolic(let name)? = try repository.refs.read(.head) { return name }
        return nil
    }

    func tree(_ commit: ObjectID?) throws -> ObjectID? { try commit.map { try repository.objects.commit($0).tree } }

    /// Writes a commit; moves nothing.
    func write(tree: ObjectID, parents: [ObjectID], author: Signature? = nil, message: [UInt8]) throws -> ObjectID {
        let new = NewCommit(
            tree: tree, parents: parents, author: try author ?? context.author(), committer: try context.committer(),
            message: message)
        return try repository.writeCommit(new, signer: try context.signer(signing, new.committer))
    }

    /// Makes a commit that HEAD moves to, with the hooks that Git runs where nobody edits the message.
    func record(
        tree: ObjectID, parents: [ObjectID], author: Signature?, message: [UInt8], from head: ObjectID?, action: String,
        takesAuthorDate: Bool = false
    ) throws -> ObjectID {
        var message = message
        if try repository.hook("prepare-commit-msg") != nil {
            let file = MergeSupport(context: context, repository: repository)
            try file.write("COMMIT_EDITMSG", message)
            let code = try repository.runHook(
                "prepare-commit-msg", .init(arguments: [context.gitPath("COMMIT_EDITMSG"), "message"]))
            if let code, code != 0 { throw CommandError.error("'prepare-commit-msg' hook failed") }
            message = try file.read("COMMIT_EDITMSG") ?? message
        }
        var committer = try context.committer()
        if takesAuthorDate, let author { committer.takeTime(of: author) }
        let new = NewCommit(
            tree: tree, parents: parents, author: try author ?? context.author(), committer: committer, message: message
        )
        let made = try repository.writeCommit(new, signer: try context.signer(signing, new.committer))
        try moveHead(to: made, from: head, "\(action): \(String(decoding: message.prefix { $0 != 10 }, as: UTF8.self))")
        try repository.runHook("post-commit", .init(variables: [("GIT_EDITOR", ":")]))
        return made
    }

    /// Moves HEAD, or the branch that it names, if nobody else did meanwhile.
    func moveHead(to id: ObjectID, from old: ObjectID?, _ message: String) throws {
        var transaction = repository.refs.beginTransaction()
        transaction.update(
            .head, to: id, expecting: old.map { .exactly($0) } ?? .absent,
            message: context.reflogMessage(message))
        try transaction.commit(committer: try context.reflogIdentity())
    }

    /// Remembers where HEAD was.
    func saveOriginal(_ id: ObjectID) throws {
        try MergeSupport(context: context, repository: repository).write("ORIG_HEAD", id.hexBytes + [10])
    }

    func subject(_ commit: ObjectID) throws -> String {
        String(decoding: try repository.objects.commit(commit).subject, as: UTF8.self)
    }

    func short(_ id: ObjectID) -> String { repository.objects.abbreviate(id) }

    /// The statistics of what changed, as `merge` and picks print them.
    func printChanges(from old: ObjectID?, to new: ObjectID, formats: DiffOptions.Formats) throws {
        var options = try DiffDefaults.options(context)
        options.formats = formats
        options.renames.detection = .renames
        if formats == [.shortstat, .summary] { options.renames.breakScore = 0 }
        if context.output.isTerminal { options.statWidth = context.terminalWidth }
        options.colors = try context.usesColor(nil, key: "color.diff") ? try DiffDefaults.colors(context) : nil
        let source = try RepositoryDiffSource(repository, worktree: try? context.worktree())
        options.usesShownText = false
        let entries = try TreeDiff.compare(try tree(old), try tree(new), source: source)
        let selection = try DiffSelection(entries, source: source, options: options)
        let output = context.output
        var printer = DiffPrinter(source: source, options: options) { output.write(copy $0) }
        try printer.print(selection.entries)
    }

    /// `[main 1a2b3c4] subject`, the author where another commits, the date, and what changed.
    func printSummary(_ id: ObjectID, parent: ObjectID?, showsDate: Bool = true) throws {
        let commit = try repository.objects.commit(id)
        let place = try branch().map {
            $0.string.hasPrefix("refs/heads/") ? String($0.string.dropFirst(11)) : $0.string
        }
        context.output.write("[\(place ?? "detached HEAD") \(short(id))] ")
        context.output.line(commit.subject)
        if commit.author.name != commit.committer.name || commit.author.email != commit.committer.email {
            context.output.line(
                Array(" Author: ".utf8) + commit.author.name + Array(" <".utf8) + commit.author.email + [0x3e])
        }
        if showsDate { context.output.line(" Date: \(CommitDate.text(commit.author))") }
        try printChanges(from: parent, to: id, formats: [.shortstat, .summary])
    }
}

extension Signature {
    /// Takes another person's time.
    fileprivate mutating func takeTime(of other: Signature) {
        time = other.time
        zoneMinutes = other.zoneMinutes
        isNegativeZero = other.isNegativeZero
    }
}
