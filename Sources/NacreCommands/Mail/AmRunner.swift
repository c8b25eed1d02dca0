internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Works off the mails of an `am` session.
struct AmRunner {
    let operation: AmOperation

    private var context: Context { operation.context }
    private var repository: Repository { operation.repository }
    private var state: AmState { operation.state }
    private var history: HistoryCommit { operation.history }

    func advance() throws {
        let next = try state.number("next")
        try state.remove("author-script", "final-commit", "msg", "patch", "info", "original-commit")
        try state.write("next", "\(next + 1)")
        try state.write("abort-safety", try history.head()?.hex ?? "")
    }

    func run(resuming: Bool) throws -> ExitCode {
        var isResuming = resuming
        guard try isResuming || stagedPaths().isEmpty && !context.index().hasConflicts else {
            try state.setFlag("dirtyindex", true)
            let dirty = Set(try stagedPaths()).union(try context.index().conflictedPaths).sorted()
            for path in try context.index().conflictedPaths { context.output.line("\(path): needs merge") }
            throw CommandError.fatal(
                "Dirty index: cannot apply patches (dirty: \(dirty.map { "\($0)" }.joined(separator: " ")))")
        }
        while try state.number("next") <= state.number("last") {
            let number = try state.number("next")
            if let message = try state.read(AmState.mailName(number)) {
                if !isResuming, try !unpack(message) {
                    try advance()
                    continue
                }
                if let code = try applyCurrent() { return code }
            }
            try advance()
            isResuming = false
        }
        try Files.removeTree(operation.support.file(AmState.directory))
        return .success
    }

    // MARK: One mail

    private var title: String {
        get throws { String(decoding: try (state.read("final-commit") ?? []).prefix { $0 != 10 }, as: UTF8.self) }
    }

    /// Takes a mail apart into the files of the session; false where it is none of ours.
    private func unpack(_ message: [UInt8]) throws -> Bool {
        var options = MailPatch.Options()
        let keep = try state.line("keep") ?? "f"
        options.keepsSubject = keep == "t"
        options.keepsBrackets = keep == "b"
        options.cutsAtScissors = try state.flag("scissors")
        options.addsMessageID = try state.flag("messageid")
        if try state.flag("utf8", default: true) {
            options.convert = { bytes, charset in TextCoding.toUTF8(bytes, from: charset, keeping: 0) }
        }
        let mail = MailPatch(message, options: options)
        if mail.name.elementsEqual("Mail System Internal Data".utf8) { return false }
        var info: [UInt8] = []
        for (key, value) in [
            ("Author", mail.name), ("Email", mail.address), ("Subject", mail.subject), ("Date", mail.date),
        ] where !value.isEmpty { info += Array("\(key): ".utf8) + value + [10] }
        try state.write("info", info + [10])
        try state.write("msg", mail.text)
        try state.write("patch", mail.patch)
        try state.writeAuthor(name: mail.name, address: mail.address, date: mail.date)
        var text = Self.cleaned(mail.subject + [10, 10] + mail.text)
        if try state.flag("sign") {
            let person = try context.committer()
            let name = String(decoding: person.name, as: UTF8.self)
            let line = "Signed-off-by: \(name) <\(String(decoding: person.email, as: UTF8.self))>"
            text = MessageTrailers.append(line, to: text)
        }
        try state.write("final-commit", text)
        return true
    }

    /// Blanks at line ends, blank lines at the ends and runs of them taken out; lines with `#` stay.
    private static func cleaned(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isPending = false
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            let kept = line.reversed().drop(while: CommitText.isSpace).reversed()
            if kept.isEmpty {
                isPending = !result.isEmpty
                continue
            }
            if isPending { result.append(10) }
            isPending = false
            result += kept
            result.append(10)
        }
        return result
    }

    /// Applies and commits; an exit code where the session stops.
    private func applyCurrent() throws -> ExitCode? {
        let patch = try state.read("patch") ?? []
        if patch.isEmpty {
            switch operation.arguments.text("empty") ?? "stop" {
            case "drop":
                try operation.say("Skipping: \(try title)")
                return nil
            case "keep":
                try operation.say("Creating an empty commit: \(try title)")
                try commit()
                return nil
            case "stop":
                context.output.line("Patch is empty.")
                return try stop()
            case let other: throw CommandError(.error, "invalid value for '--empty': '\(other)'", exitCode: .usage)
            }
        }
        guard try runHook("applypatch-msg", [operation.support.file(state.path("final-commit")).string]) else {
            return .failure
        }
        try operation.say("Applying: \(try title)")
        let isThreeWay = try state.flag("threeway")
        var isApplied = try apply(patch, quietly: isThreeWay)
        if !isApplied, isThreeWay {
            isApplied = try AmMerge(operation: operation).run(patch, title: try title)
            if isApplied, try stagedPaths().isEmpty {
                try operation.say("No changes -- Patch already applied.")
                return nil
            }
        }
        guard isApplied else {
            context.output.line("Patch failed at \(AmState.mailName(try state.number("next"))) \(try title)")
            context.settle()
            if context.advises("amWorkDir") {
                context.hint("Use 'git am --show-current-patch=diff' to see the failed patch")
            }
            return try stop()
        }
        try commit()
        return nil
    }

    private func apply(_ patch: [UInt8], quietly: Bool) throws -> Bool {
        let settings = try operation.settings { settings in
            if quietly { settings.application.verbosity = -1 }
        }
        let name = context.gitPath(state.path("patch"))
        let applier = PatchOperation(context: context, settings: settings)
        context.settle()
        guard try applier.run(patch, name: name) == .success else { return false }
        return try quietly || applier.reportWhitespace()
    }

    private func stop() throws -> ExitCode {
        let output = context.output
        output.line("When you have resolved this problem, run \"git am --continue\".")
        output.line("If you prefer to skip this patch, run \"git am --skip\" instead.")
        if context.advises("amWorkDir"), try (state.read("patch") ?? []).isEmpty, try stagedPaths().isEmpty {
            output.line("To record the empty patch as an empty commit, run \"git am --allow-empty\".")
        }
        output.line("To restore the original branch and stop patching, run \"git am --abort\".")
        return .fatal
    }

    func resume() throws -> ExitCode {
        guard try state.read("final-commit") != nil else {
            // A session that was killed before its first patch begins now.
            guard try state.flag("dirtyindex") else { return try run(resuming: false) }
            throw CommandError.fatal(
                "cannot resume: \(context.gitPath(state.path("final-commit"))) does not exist.")
        }
        try operation.say("Applying: \(try title)")
        let isEmptyMail = try (state.read("patch") ?? []).isEmpty
        if try stagedPaths().isEmpty, try !context.index().hasConflicts {
            guard operation.arguments.isOn("allow-empty"), isEmptyMail else {
                context.output.write(
                    "No changes - did you forget to use 'git add'?\n"
                        + "If there is nothing left to stage, chances are that something else\n"
                        + "already introduced the same changes; you might want to skip this patch.\n")
                return try stop()
            }
            context.output.line("No changes - recorded it as an empty commit.")
        }
        if try context.index().hasConflicts {
            context.output.write(
                "You still have unmerged paths in your index.\n"
                    + "You should 'git add' each file with resolved conflicts to mark them as such.\n"
                    + "You might run `git rm` on a file to accept \"deleted by them\" for it.\n")
            return try stop()
        }
        try RerereDatabase(context, repository)?.recordResolutions()
        try commit()
        try advance()
        return try run(resuming: false)
    }

    // MARK: Committing

    private func stagedPaths() throws -> [GitPath] {
        let index = try context.index()
        let comparison = IndexComparison(repository: repository, index: index, worktree: nil, pathspec: .all)
        return try comparison.tree(try history.tree(try history.head())).map(\.path)
    }

    private func runHook(_ name: String, _ arguments: [String] = []) throws -> Bool {
        context.settle()
        return try (repository.runHook(name, .init(arguments: arguments)) ?? 0) == 0
    }

    private func commit() throws {
        guard try runHook("pre-applypatch") else { throw CommandError(.silent, "", exitCode: .failure) }
        let session = try IndexSession(repository)
        let batch = repository.objects.beginBatch()
        let tree = try session.index.writeTree(into: batch)
        try batch.finish()
        let head = try history.head()
        if head == nil { try operation.say("applying to an empty history") }
        let who = try state.author()
        var author = Signature(name: who.name, email: who.address, time: context.now, zoneMinutes: 0)
        let now = try context.author()
        (author.time, author.zoneMinutes) = (now.time, now.zoneMinutes)
        if operation.arguments.isOn("ignore-date") {
            (author.time, author.zoneMinutes) = (context.now, context.localZone(at: context.now))
        } else if !who.date.isEmpty {
            guard let date = DateParser.parse(who.date, now: context.now, localZone: context.localZone) else {
                throw CommandError.fatal("invalid date format: \(who.date)")
            }
            (author.time, author.zoneMinutes) = (date.seconds, date.zone)
        }
        var committer = try context.committer()
        if operation.arguments.isOn("committer-date-is-author-date") {
            (committer.time, committer.zoneMinutes) = (author.time, author.zoneMinutes)
        }
        let message = try state.read("final-commit") ?? []
        let new = NewCommit(
            tree: tree, parents: head.map { [$0] } ?? [], author: author, committer: committer, message: message)
        let signing = try context.signing(operation.arguments)
        let made = try repository.writeCommit(new, signer: try context.signer(signing, committer))
        try history.moveHead(to: made, from: head, "am: \(try title)")
        try session.commit(try context.worktree())
        _ = try runHook("post-applypatch")
    }
}
