internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One run of `am`.
struct AmOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let support: MergeSupport
    let history: HistoryCommit
    let state: AmState

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) throws {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
        history = HistoryCommit(context: context, repository: repository)
        state = AmState(support: support)
    }

    func say(_ text: String) throws { if try !state.flag("quiet") { context.output.line(text) } }

    // MARK: Starting

    func start() throws -> ExitCode {
        if try support.read("rebase-apply/last") != nil || support.read("rebase-merge/head-name") != nil {
            let directory = try support.read("rebase-apply/last") != nil ? "rebase-apply" : "rebase-merge"
            guard arguments.operands.isEmpty, try state.exists else {
                throw CommandError.fatal(
                    "previous rebase directory \(context.gitPath(directory)) still exists but mbox given.")
            }
            return try resume()
        }
        let messages = try readMessages()
        let head = try history.head()
        try Files.removeTree(support.file(AmState.directory))
        try saveOptions()
        for (index, message) in messages.enumerated() { try state.write(AmState.mailName(index + 1), message) }
        try state.write("applying", [])
        try state.write("abort-safety", head?.hex ?? "")
        if let head { try history.saveOriginal(head) } else { try support.remove("ORIG_HEAD") }
        try state.write("next", "1")
        // The last file: with it there is a session.
        try state.write("last", "\(messages.count)")
        return try AmRunner(operation: self).run(resuming: false)
    }

    private func saveOptions() throws {
        let config = repository.config
        try state.setFlag("threeway", try arguments.flag("3way") ?? config.bool("am.threeway") ?? false)
        try state.setFlag("quiet", arguments.isOn("quiet"))
        try state.setFlag("sign", arguments.isOn("signoff"))
        try state.setFlag("utf8", arguments.flag("utf8") ?? true)
        let keep = arguments.isOn("keep") ? "t" : arguments.isOn("keep-non-patch") ? "b" : "f"
        try state.write("keep", keep)
        try state.setFlag("messageid", try arguments.flag("message-id") ?? config.bool("am.messageid") ?? false)
        let scissors = try arguments.flag("scissors") ?? config.bool("mailinfo.scissors")
        try state.write("scissors", scissors.map { $0 ? "t" : "f" } ?? "")
        try state.write("quoted-cr", "")
        try state.write("apply-opt", applyWords())
    }

    /// The options that go on to `apply`, as a shell would read them.
    private func applyWords() -> String {
        var words: [String] = []
        for occurrence in arguments.occurrences where !occurrence.isNegated {
            let value = occurrence.text ?? ""
            switch occurrence.name {
            case "whitespace", "directory", "exclude", "include": words.append(" '--\(occurrence.name)=\(value)'")
            case "C", "p": words.append(" '-\(occurrence.name)\(value)'")
            case "ignore-space-change", "reject": words.append(" '--\(occurrence.name)'")
            default: break
            }
        }
        return words.joined()
    }

    /// `apply`'s settings for a patch.
    func settings(_ adjust: (inout PatchSettings) -> Void) throws -> PatchSettings {
        let words = try (state.line("apply-opt") ?? "").split(separator: "'").filter { $0 != " " && !$0.isEmpty }
        let parsed = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: ApplyCommand.options)
        var settings = try PatchSettings(parsed, context)
        settings.application.usesIndex = true
        adjust(&settings)
        return settings
    }

    // MARK: Reading mail

    private func readMessages() throws -> [[UInt8]] {
        let format = try patchFormat()
        let keepsReturns = try arguments.flag("keep-cr") ?? repository.config.bool("am.keepcr") ?? false
        func split(_ content: [UInt8]) throws -> [[UInt8]] {
            switch format {
            case .stgit: [ForeignPatch.mail(fromStGit: content)]
            case .hg: [try ForeignPatch.mail(fromMercurial: content, now: context.now)]
            default: Mailbox.split(content, keepsReturns: keepsReturns, isQuoted: format == .mboxrd)
            }
        }
        if format == .stgitSeries { return try series() }
        guard !arguments.operands.isEmpty else { return try split(Files.readAll(0, path: "standard input")) }
        var messages: [[UInt8]] = []
        for operand in arguments.operands {
            if operand.elementsEqual("-".utf8) {
                messages += try split(Files.readAll(0, path: "standard input"))
                continue
            }
            let path = context.workingDirectory.pushing(FilePath(bytes: operand))
            if try FileStatus.of(path, followingLinks: true)?.kind == .directory {
                messages += try maildir(path).flatMap { try split(Files.read($0)) }
                continue
            }
            let content: [UInt8]
            do throws(FileError) { content = try Files.read(path) } catch {
                throw CommandError.fatal(
                    "could not open '\(String(decoding: operand, as: UTF8.self))' for reading: \(error.code)")
            }
            messages += try split(content)
        }
        return messages
    }

    /// `--patch-format`, else what the first file looks like.
    private func patchFormat() throws -> ForeignPatch.Format {
        if let name = arguments.text("patch-format") {
            guard let format = ForeignPatch.Format(rawValue: name) else {
                throw CommandError.usage("invalid value for '--patch-format': '\(name)'")
            }
            return format
        }
        guard let first = arguments.operands.first, !first.elementsEqual("-".utf8) else { return .mbox }
        let path = context.workingDirectory.pushing(FilePath(bytes: first))
        guard let kind = try FileStatus.of(path, followingLinks: true)?.kind, kind != .directory else { return .mbox }
        let content = try Files.read(path)
        if let format = ForeignPatch.detect(content) { return format }
        guard Self.looksLikeMail(content) else {
            context.errors.line("Patch format detection failed.")
            throw CommandError(.silent, "", exitCode: .fatal)
        }
        return .mbox
    }

    /// The patches that a series names, beside it.
    private func series() throws -> [[UInt8]] {
        guard let operand = arguments.operands.first, arguments.operands.count == 1 else {
            throw CommandError.error("Only one StGIT patch series can be applied at once")
        }
        let path = context.workingDirectory.pushing(FilePath(bytes: operand))
        return try ForeignPatch.names(inSeries: Files.read(path)).map { name in
            ForeignPatch.mail(fromStGit: try Files.read(path.removingLastComponent().pushing(FilePath(bytes: name))))
        }
    }

    /// The files of `cur` and `new`, those with numbers in their order.
    private func maildir(_ path: FilePath) throws -> [FilePath] {
        var names: [(name: String, path: FilePath)] = []
        for folder in ["cur", "new"] {
            for entry in try Files.list(path.appending(folder)) ?? [] where entry.name.first != UInt8(ascii: ".") {
                let name = "\(folder)/" + String(decoding: entry.name, as: UTF8.self)
                names.append((name, path.appending(folder).appending(bytes: entry.name)))
            }
        }
        func key(_ name: String) -> [(Int, String)] {
            var parts: [(Int, String)] = []
            var rest = Substring(name)
            while !rest.isEmpty {
                let digits = rest.prefix { $0.isNumber }
                if let number = Int(digits) { parts.append((number, "")) }
                rest = rest.dropFirst(digits.count)
                let text = rest.prefix { !$0.isNumber }
                parts.append((-1, String(text)))
                rest = rest.dropFirst(text.count)
            }
            return parts
        }
        return names.map { (key($0.name), $0.path) }
            .sorted { left, right in left.0.lexicographicallyPrecedes(right.0) { $0 < $1 } }.map(\.1)
    }

    /// Whether the first lines are those of a mail.
    private static func looksLikeMail(_ content: [UInt8]) -> Bool {
        var hasHeader = false
        for line in content.split(separator: 10, omittingEmptySubsequences: false).prefix(200) {
            let text = line.last == 13 ? line.dropLast() : line
            if text.isEmpty {
                if hasHeader { return true }
                continue
            }
            if !hasHeader, text.starts(with: "From ".utf8) || text.starts(with: "From: ".utf8) { return true }
            if hasHeader, text.first == 32 || text.first == 9 { continue }
            let name = text.prefix { $0 > 32 && $0 < 127 && $0 != 0x3a }
            guard !name.isEmpty, name.endIndex < text.endIndex, text[name.endIndex] == 0x3a else { return false }
            hasHeader = true
        }
        return hasHeader
    }

    // MARK: Going on

    private func requireSession() throws {
        guard try state.exists else {
            throw CommandError.fatal("Resolve operation not in progress, we are not resuming.")
        }
    }

    func showCurrent() throws -> ExitCode {
        try requireSession()
        let kind = arguments.text("show-current-patch") ?? "raw"
        guard ["raw", "diff"].contains(kind) else {
            throw CommandError.usage("invalid value for '--show-current-patch': '\(kind)'")
        }
        let name = kind == "diff" ? "patch" : AmState.mailName(try state.number("next"))
        context.output.write(try state.read(name) ?? [])
        return .success
    }

    func resume() throws -> ExitCode {
        try requireSession()
        return try AmRunner(operation: self).resume()
    }

    func skip() throws -> ExitCode {
        try requireSession()
        try reset(to: try history.head())
        let runner = AmRunner(operation: self)
        try runner.advance()
        return try runner.run(resuming: false)
    }

    /// What a session that was killed before it began, or while it ended, left behind goes.
    private func removeStray() throws -> Bool {
        guard try !state.exists, try FileStatus.of(support.file(AmState.directory))?.kind == .directory else {
            return false
        }
        try Files.removeTree(support.file(AmState.directory))
        return true
    }

    func abort() throws -> ExitCode {
        if try removeStray() { return .success }
        try requireSession()
        // What was staged before is somebody's work: nothing was applied, so nothing is put back.
        if try state.flag("dirtyindex") { return try quit() }
        let head = try history.head()
        let safe = try state.line("abort-safety") ?? ""
        guard safe == head?.hex ?? "" else {
            context.errors.line(
                "warning: You seem to have moved HEAD since the last 'am' failure.\nNot rewinding to ORIG_HEAD")
            return try quit()
        }
        let original = try support.readLine("ORIG_HEAD").flatMap { ObjectID(hex: $0) }
        try reset(to: original)
        if let original, original != head {
            try history.moveHead(to: original, from: head, "am --abort")
        } else if original == nil, head != nil, let branch = try history.branch() {
            var transaction = repository.refs.beginTransaction()
            transaction.delete(branch)
            try transaction.commit(committer: try context.reflogIdentity())
        }
        return try quit()
    }

    func quit() throws -> ExitCode {
        if try removeStray() { return .success }
        if !arguments.isOn("abort") { try requireSession() }
        try Files.removeTree(support.file(AmState.directory))
        return .success
    }

    private func reset(to id: ObjectID?) throws {
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        try HardReset.run(&session.index, worktree, to: try history.tree(id), keepingLocal: true)
        try session.commit(worktree)
    }
}
