internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `format-patch`: commits as mails.
enum FormatPatchCommand: Command {
    static let name = "format-patch"
    static let summary = "prepare patches for e-mail submission"
    static let usage = ["[<options>] [<since> | <revision-range>]"]
    static let options: [OptionSpec] =
        own + RevisionOptions.selection.filter { !taken.contains($0.name) }
        + RevisionOptions.matching.filter { !taken.contains($0.name) && $0.short == nil }
        + DiffOptionTable.specs.filter { !taken.contains($0.name) }

    private static let taken: Set<String> = Set(own.map(\.name) + ["n", "quiet"])

    private static let own: [OptionSpec] = [
        .flag("numbered", "n", "use [PATCH n/m] even with a single patch"),
        .flag("no-numbered", "N", negatable: false, "use [PATCH] even with multiple patches"),
        .flag("signoff", "s", "add a Signed-off-by trailer"),
        .flag("stdout", "print patches to standard out"),
        .flag("cover-letter", "generate a cover letter"),
        .flag("numbered-files", "use simple number sequence for output file names"),
        .value("suffix", "sfx", "use <sfx> instead of '.patch'"),
        .value("start-number", "n", "start numbering patches at <n> instead of 1"),
        .value("reroll-count", "v", "reroll-count", "mark the series as Nth re-roll"),
        .value("filename-max-length", "n", "max length of output filename"),
        .flag("rfc", negatable: false, "use [RFC PATCH] instead of [PATCH]"),
        .value("cover-from-description", "mode", "generate parts of a cover letter based on a branch's description"),
        .value("subject-prefix", "prefix", negatable: false, "use [<prefix>] instead of [PATCH]"),
        .value("output-directory", "o", "dir", negatable: false, "store resulting files in <dir>"),
        .value("output", "file", negatable: false, "write everything into one file"),
        .flag("keep-subject", "k", negatable: false, "don't strip/add [PATCH]"),
        .flag("no-binary", negatable: false, "don't output binary diffs"),
        .flag("zero-commit", "output all-zero hash in From header"),
        .flag("ignore-if-in-upstream", "don't include a patch matching a commit upstream"),
        .flag("no-stat", "p", negatable: false, "show patch format instead of default (patch + stat)"),
        .value("add-header", "header", "add email header"),
        .value("to", "email", "add To: header"),
        .value("cc", "email", "add Cc: header"),
        .optional("from", "ident", "set From address to <ident> (or committer ident if absent)"),
        .value("in-reply-to", "message-id", "make first mail a reply to <message-id>"),
        .optional("attach", "boundary", "attach the patch"),
        .optional("inline", "boundary", negatable: false, "inline the patch"),
        .optional("thread", "style", "enable message threading, styles: shallow, deep"),
        .value("signature", "signature", "add a signature"),
        .value("base", "base-commit", "add prerequisite tree info to the patch series"),
        .value("signature-file", "signature-file", "add a signature from a file"),
        .flag("quiet", "q", "don't print the patch filenames"),
        .flag("force-in-body-from", "show in-body From: even if identical to the e-mail header"),
        .flag("encode-email-headers", "encode headers that are not ASCII"),
        .flag("always", "include patches for commits that change nothing"),
        .flag("root", negatable: false, "treat a single revision as the end of the history, not its beginning"),
        .optional("notes", "ref", "append notes to the text"),
        .number("max-count", "prepare the last so many commits"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try FormatPatchRun(arguments, context).run()
    }
}

/// One run of `format-patch`.
private struct FormatPatchRun {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let request: RevisionRequest
    let options: PatchMailOptions
    let pretty: PrettyContext

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        request = try RevisionRequest(context)
        options = try PatchMailOptions(arguments, context)
        pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        let mailmap = Mailmap(repository)
        if try repository.config.bool("log.mailmap") ?? true, !mailmap.isEmpty { pretty.mailmap = mailmap }
        pretty.notes = try notes()
    }

    private func notes() throws -> CommitNotes? {
        var refs: [RefName] = []
        func add(_ text: String?) throws {
            guard let text else {
                refs += CommitNotes.defaultRefs(repository, environment: context.environment)
                return
            }
            refs.append(try RefName(text.hasPrefix("refs/notes/") ? text : "refs/notes/" + text))
        }
        for value in repository.config.strings("format.notes") {
            switch value.lowercased() {
            case "true", "yes", "on", "1": try add(nil)
            case "false", "no", "off", "0": refs = []
            default: try add(value)
            }
        }
        for occurrence in arguments.occurrences where occurrence.name == "notes" {
            if occurrence.isNegated { refs = [] } else { try add(occurrence.text) }
        }
        let notes = CommitNotes(repository, refs: refs)
        return notes.isEmpty ? nil : notes
    }

    // MARK: Which commits

    /// The commits, oldest first, and the one before them where there is exactly one.
    private func commits() throws -> (entries: [RevisionWalk.Entry], origin: ObjectID?) {
        try request.parse(arguments)
        if request.pending.isEmpty { try request.addDefault() }
        if request.pending.count == 1, let only = request.pending.first, !only.isExcluded,
            request.walk.maximumCount == nil, !arguments.isOn("root")
        {
            // `format-patch X` means what HEAD has and X has not.
            guard let since = try request.resolver.peel(only.id, to: .commit) else {
                throw CommandError.fatal("bad revision '\(only.name)'")
            }
            try request.addDefaultHead()
            request.walk.maximumParents = 1
            return try collect(excluding: since)
        }
        request.walk.maximumParents = 1
        return try collect(excluding: nil)
    }

    private func collect(excluding since: ObjectID?) throws -> (entries: [RevisionWalk.Entry], origin: ObjectID?) {
        request.walk.showsBoundary = true
        var walk = RevisionWalk(repository, options: request.walk)
        for (index, item) in request.pending.enumerated() {
            guard let id = try request.resolver.peel(item.id, to: .commit) else { continue }
            if item.isExcluded || (since != nil && index == 0) {
                try walk.exclude(id)
            } else {
                try walk.include(id, isLeft: item.isLeft)
            }
        }
        var entries: [RevisionWalk.Entry] = []
        var boundary: [ObjectID] = []
        while let entry = try walk.next() {
            if entry.isBoundary { boundary.append(entry.id) } else { entries.append(entry) }
        }
        if arguments.isOn("ignore-if-in-upstream") { entries = try withoutKnown(entries, since) }
        return (entries.reversed(), boundary.count == 1 ? boundary[0] : nil)
    }

    private func withoutKnown(_ entries: [RevisionWalk.Entry], _ since: ObjectID?) throws -> [RevisionWalk.Entry] {
        var upstream = request.pending.filter(\.isExcluded).map(\.id)
        if let since { upstream.append(since) }
        var known: Set<[UInt8]> = []
        for id in try CommitList.between(entries.first.map { [$0.id] } ?? [], upstream, repository) {
            if let patch = try PatchID.of(id, repository) { known.insert(patch) }
        }
        return try entries.filter { entry in
            try PatchID.of(entry.id, repository).map { !known.contains($0) } ?? true
        }
    }

    // MARK: Writing

    func run() throws -> ExitCode {
        if arguments.has("name-only") || arguments.has("name-status") || arguments.has("check") {
            let name = ["name-only", "name-status", "check"].first { arguments.has($0) } ?? ""
            throw CommandError.fatal("--\(name) does not make sense")
        }
        let (entries, origin) = try commits()
        guard let last = entries.last else { return .success }
        let hasCover = options.hasCover ?? (entries.count > 1)
        let isNumbered = options.isNumbered ?? (entries.count > 1)
        let total = isNumbered || hasCover ? entries.count + options.start - 1 : nil
        let numbered = isNumbered || (hasCover && options.isNumbered != false) ? total : nil
        let writer = PatchMailWriter(
            context: context, repository: repository, options: options, diff: try diff(), pretty: pretty,
            total: numbered)
        let output = try PatchMailOutput(arguments, context, options)
        var thread = PatchMailThread(options: options, context: context, hasCover: hasCover)
        let base = try baseText(entries)
        if hasCover {
            var mail = PatchMailWriter.Mail(number: 0)
            try thread.next("cover", number: 0, &mail)
            let cover = PatchCoverLetter(writer: writer, entries: entries, origin: origin, head: last.id)
            try output.write(try cover.text(mail, trailer: base), nil, &mail)
        }
        for (index, entry) in entries.enumerated() {
            var mail = PatchMailWriter.Mail(number: options.start + index)
            try thread.next(entry.id.hex, number: index + 1, &mail)
            mail.fileName = output.fileName(try subject(entry), mail.number)
            let trailer = index == 0 && !hasCover ? base : []
            let text = try writer.text(entry, mail, includesEmpty: arguments.isOn("always"), trailer: trailer)
            try output.write(text ?? [], try subject(entry), &mail)
        }
        return .success
    }

    /// The title's first line, which names the file.
    private func subject(_ entry: RevisionWalk.Entry) throws -> [UInt8] {
        let text = try CommitText(entry, repository.objects)
        return Array(text.message.drop(while: CommitText.isSpace).prefix { $0 != 10 })
    }

    private func diff() throws -> LogDiff {
        let hasStatistics = !arguments.isOn("no-stat")
        let formats: DiffOptions.Formats = hasStatistics ? [.stat, .summary, .patch] : .patch
        return try LogDiff(
            arguments, context, pathspec: request.walk.paths ?? .all, defaultFormats: formats
        ) { options in
            if hasStatistics, options.formats == .patch { options.formats = formats }
            if !options.formats.isEmpty { options.formats.insert(.patch) }
            options.showsBinary = !arguments.isOn("no-binary")
            if options.statWidth == nil { options.statWidth = 72 }
            options.usesShownText = false
            options.colors = nil
        }
    }

    /// `base-commit:` for the first mail.
    private func baseText(_ entries: [RevisionWalk.Entry]) throws -> [UInt8] {
        let isAuto = repository.config.string("format.usebaseauto") ?? repository.config.string("format.useautobase")
        var name = arguments.text("base")
        if name == nil, !arguments.has("base"), let isAuto, isAuto.lowercased() == "true" { name = "auto" }
        guard let name, let first = entries.first else { return [] }
        var finder = MergeBases(repository)
        let base: ObjectID
        if name == "auto" {
            guard let upstream = try? request.resolver.commit("@{upstream}"), let last = entries.last,
                let found = try finder.bases(of: last.id, [upstream]).first
            else {
                throw CommandError.fatal(
                    "failed to get upstream, if you want to record base commit automatically,\nplease use git branch "
                        + "--set-upstream-to to track a remote branch.\nOr you could specify base commit by "
                        + "--base=<base-commit-id> manually")
            }
            base = found
        } else {
            do { base = try request.resolver.commit(name) } catch {
                throw CommandError.fatal("unknown commit \(name)")
            }
        }
        if entries.contains(where: { $0.id == base }) {
            throw CommandError.fatal("base commit shouldn't be in revision list")
        }
        guard try finder.isAncestor(base, of: first.id) else {
            throw CommandError.fatal("base commit should be the ancestor of revision list")
        }
        let parents = try repository.objects.commit(first.id).parents
        guard parents.contains(base) else {
            throw CommandError.fatal(
                "patches between the base commit and the series are not listed here; begin the series at \(base), or "
                    + "leave --base away")
        }
        return Array("\nbase-commit: \(base)\n".utf8)
    }
}
