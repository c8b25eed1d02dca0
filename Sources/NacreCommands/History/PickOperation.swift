internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Applies one commit's change, or takes it back, on top of HEAD.
struct PickOperation {
    enum Direction { case pick, revert }

    enum Outcome {
        /// A commit was made.
        case committed(ObjectID)
        /// The change is in index and files, not committed, as was asked.
        case staged
        /// Nothing is left of the change; index and files are as they were.
        case empty
        /// Files hold conflicts.
        case conflicts
        /// Local changes are in the way; nothing was done.
        case refused
    }

    let context: Context
    let repository: Repository
    let direction: Direction
    var strategyOptions: [String] = []
    var mainline: Int?
    var commits: Bool = true
    var allowsEmpty = false
    var keepsRedundant = false
    /// Lines added at the message's end.
    var addsOrigin = false
    var signsOff = false
    var edits = false
    /// What the log calls it.
    var reflogAction: String?
    var isSilent = false
    var signing = CommitSigning.off
    /// Whether HEAD stands for nothing: the commit made has no parent.
    var makesRoot = false
    /// Whether the committer's time is the author's.
    var takesAuthorDate = false
    /// Whether the author's time is now.
    var ignoresDate = false
    /// Where the change becomes part of HEAD's commit.
    var melding: Melding?

    /// What the commit says that HEAD's becomes with the change in it.
    struct Melding {
        var message: [UInt8]
        /// Whether a person edits it: then nothing is committed here.
        var edits: Bool
        /// Where the message was put for that, below the repository's directory.
        var file: String?
    }

    private var support: MergeSupport { MergeSupport(context: context, repository: repository) }
    private var history: HistoryCommit {
        HistoryCommit(context: context, repository: repository, signing: signing)
    }

    /// Applies a commit.
    ///
    /// - Parameter replacement: a message in place of the commit's own.
    func run(_ id: ObjectID, replacement: [UInt8]? = nil) throws -> Outcome {
        let commit = try repository.objects.commit(id)
        let parent = try self.parent(of: commit, id)
        let head = try history.head()
        let headTree = try history.tree(head)
        let label = "\(history.short(id)) (\(String(decoding: commit.subject, as: UTF8.self)))"
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let isPick = direction == .pick
        try support.checkUnmerged(
            session.index, isPick ? "Cherry-picking" : "Reverting",
            complaint: isPick ? "cherry-pick failed" : "revert failed")
        if commits { try checkIndex(session.index, headTree) }
        var options = try support.options(
            strategyOptions: strategyOptions, ours: "HEAD", theirs: direction == .pick ? label : "parent of \(label)",
            worktree: worktree)
        options.base = direction == .pick ? "parent of \(label)" : label
        let empty = ObjectID.emptyTree(repository.algorithm)
        let parentTree = try history.tree(parent) ?? empty
        let base = direction == .pick ? parentTree : commit.tree
        let theirs = direction == .pick ? commit.tree : parentTree
        let ours = try commits ? headTree ?? empty : support.writeTree(session.index)
        let result = try CommitMerge(repository, options: options, shift: support.shift(strategyOptions)).merge(
            base: base, ours: ours, theirs: theirs)
        let message = try replacement ?? self.message(commit, id, parent)
        return try place(
            result, commit, id, from: ours, head: head, message: message, worktree, session)
    }

    private func parent(of commit: Commit, _ id: ObjectID) throws -> ObjectID? {
        guard commit.parents.count > 1 else {
            if let mainline, mainline != 1 { throw CommandError.error("commit \(id) does not have parent \(mainline)") }
            return commit.parents.first
        }
        guard let mainline else {
            throw CommandError(.error, "commit \(id) is a merge but no -m option was given.", exitCode: .fatal)
        }
        guard mainline <= commit.parents.count else {
            throw CommandError(.error, "commit \(id) does not have parent \(mainline)", exitCode: .fatal)
        }
        return commit.parents[mainline - 1]
    }

    /// Changes that were staged would become part of the new commit.
    private func checkIndex(_ index: Index, _ head: ObjectID?) throws {
        let comparison = IndexComparison(repository: repository, index: index, worktree: nil, pathspec: .all)
        guard try !comparison.tree(head).isEmpty else { return }
        let verb = direction == .pick ? "cherry-pick" : "revert"
        context.errors.line("error: your local changes would be overwritten by \(verb).")
        context.hint("commit your changes or stash them to proceed.")
        throw CommandError.fatal("\(verb) failed")
    }

    private func place(
        _ result: TreeMerge.Result, _ commit: Commit, _ id: ObjectID, from ours: ObjectID, head: ObjectID?,
        message: [UInt8], _ worktree: Worktree, _ session: consuming IndexSession
    ) throws -> Outcome {
        let verb = TreeSwitchRefusal.Verb.merge
        guard try support.apply(result, from: ours, &session.index, worktree, verb: verb) else { return .refused }
        if !isSilent || !result.isClean { support.printMessages(result) }
        let comment = support.conflictComment(session.index)
        try session.commit(worktree)
        guard result.isClean else {
            try support.write(direction == .pick ? "CHERRY_PICK_HEAD" : "REVERT_HEAD", id.hexBytes + [10])
            if !commits { try support.remove("CHERRY_PICK_HEAD", "REVERT_HEAD") }
            try support.write("MERGE_MSG", message + comment)
            try support.write("AUTO_MERGE", result.tree.hexBytes + [10])
            return .conflicts
        }
        guard commits else {
            try support.write("MERGE_MSG", message)
            return .staged
        }
        if result.tree == ours {
            let wasEmpty = try history.tree(commit.parents.first) == commit.tree
            guard keepsRedundant || (allowsEmpty && wasEmpty) else { return .empty }
        }
        if let melding {
            if melding.edits { try support.write("MERGE_MSG", message) }
            return try meld(melding, result.tree, into: head)
        }
        var text = message
        if edits {
            try support.write("MERGE_MSG", message)
            try context.edit(support.file("MERGE_MSG"))
            text = MessageCleanup.strip(try support.read("MERGE_MSG") ?? [])
            try support.remove("MERGE_MSG")
            if text.isEmpty { throw CommandError.error("Aborting commit due to empty commit message.") }
        }
        var author = direction == .pick ? commit.author : nil
        if ignoresDate { author = author.map { now($0) } }
        return .committed(
            try history.record(
                tree: result.tree, parents: makesRoot ? [] : head.map { [$0] } ?? [], author: author, message: text,
                from: head, action: reflogAction ?? (direction == .pick ? "cherry-pick" : "revert"),
                takesAuthorDate: takesAuthorDate))
    }

    /// A person at the present time.
    private func now(_ person: Signature) -> Signature {
        var result = person
        result.time = context.now
        result.zoneMinutes = context.localZone(at: context.now)
        return result
    }

    /// Makes HEAD's commit anew with a tree that holds the change.
    private func meld(_ melding: Melding, _ tree: ObjectID, into head: ObjectID?) throws -> Outcome {
        guard !melding.edits, let head else { return .staged }
        let old = try repository.objects.commit(head)
        return .committed(
            try history.record(
                tree: tree, parents: old.parents, author: ignoresDate ? now(old.author) : old.author,
                message: melding.message, from: head, action: reflogAction ?? "rebase", takesAuthorDate: takesAuthorDate
            ))
    }

    // MARK: Messages

    private func message(_ commit: Commit, _ id: ObjectID, _ parent: ObjectID?) throws -> [UInt8] {
        var text: [UInt8]
        if direction == .pick {
            text = commit.message
            if addsOrigin {
                text = MessageTrailers.append("(cherry picked from commit \(id))", to: text)
            }
        } else {
            let subject = String(decoding: commit.subject, as: UTF8.self)
            text = Array("Revert \"\(subject)\"\n\nThis reverts commit \(id)".utf8)
            if commit.parents.count > 1, let parent { text += Array(", reversing\nchanges made to \(parent)".utf8) }
            text += Array(".\n".utf8)
        }
        if signsOff {
            let person = try context.committer()
            let name = String(decoding: person.name, as: UTF8.self)
            let email = String(decoding: person.email, as: UTF8.self)
            text = MessageTrailers.append("Signed-off-by: \(name) <\(email)>", to: text)
        }
        return text
    }
}

/// Lines at the end of a message.
enum MessageTrailers {
    /// Appends a trailer: to the last paragraph where that holds trailers only, else as a paragraph of its own. One that is
    /// the last line already is not written twice.
    static func append(_ trailer: String, to message: [UInt8]) -> [UInt8] {
        var text = message
        while text.last == 10 { text.removeLast() }
        let lines = text.split(separator: 10, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        let paragraph = lines.reversed().prefix { !$0.isEmpty }
        let hasTrailers = paragraph.count < lines.count && !paragraph.isEmpty && paragraph.allSatisfy(isTrailer)
        if hasTrailers, paragraph.first == trailer { return text + [10] }
        return text + (hasTrailers ? [10] : [10, 10]) + Array((trailer + "\n").utf8)
    }

    private static func isTrailer(_ line: String) -> Bool {
        if line.hasPrefix("(cherry picked from commit ") { return true }
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return false }
        return line[..<colon].allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } && line[colon...].hasPrefix(": ")
    }
}

/// Messages as an editor leaves them.
enum MessageCleanup {
    /// Comments gone, blank lines at the ends gone, runs of them one, no blanks at the ends of lines.
    static func strip(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isBlankPending = false
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            if line.first == UInt8(ascii: "#") { continue }
            var line = line
            while let last = line.last, last == 32 || last == 9 || last == 13 { line.removeLast() }
            if line.isEmpty {
                isBlankPending = !result.isEmpty
                continue
            }
            if isBlankPending { result.append(10) }
            isBlankPending = false
            result += line
            result.append(10)
        }
        return result
    }
}
