internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One run of `commit`.
final class CommitOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let worktree: Worktree
    let state: RepositoryState
    let operands: [[UInt8]]
    /// The commit that is being replaced, or that the new one follows.
    let head: Commit?
    var index: Index
    /// What the real index becomes, where the commit is of named paths only.
    var realIndex: Index?

    /// Where another verb makes a commit by this one.
    var replay: Replay?

    /// What another verb knows better.
    struct Replay {
        var author: Signature?
        var reflogAction: String
    }

    var isAmending: Bool { arguments.isOn("amend") }
    var skipsHooks: Bool { arguments.isOn("no-verify") || arguments.flag("verify") == false }

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree()
        state = try RepositoryState(repository)
        operands = try context.operands(arguments, arguments.operands)
        let objects = repository.objects
        head = try state.head.map { try objects.commit($0) }
        index = Index(algorithm: repository.algorithm)
        try validate()
    }

    private func validate() throws {
        func conflicting(_ names: String...) throws {
            let given = names.filter { arguments.last($0) != nil }
            guard given.count > 1 else { return }
            let shown = given.map { CommitOperation.optionName($0) }
            throw CommandError.fatal(
                given.count == 2
                    ? "options '\(shown[0])' and '\(shown[1])' cannot be used together"
                    : "options '\(shown[0])', '\(shown[1])' and '\(shown[2])' cannot be used together")
        }
        if isAmending, head == nil { throw CommandError.fatal("You have nothing to amend.") }
        if isAmending, state.isMerging { throw CommandError.fatal("You are in the middle of a merge -- cannot amend.") }
        if isAmending, state.cherryPick != nil {
            throw CommandError.fatal("You are in the middle of a cherry-pick -- cannot amend.")
        }
        if arguments.has("fixup"), arguments.has("squash") {
            throw CommandError.fatal("options '--squash' and '--fixup' cannot be used together")
        }
        try conflicting("reuse-message", "reedit-message", "file", "fixup")
        if arguments.last("message") != nil {
            for name in ["reuse-message", "reedit-message", "file"] where arguments.last(name) != nil {
                throw CommandError.fatal(
                    "options '-m' and '\(CommitOperation.optionName(name))' cannot be used together")
            }
        }
        if arguments.isOn("reset-author"), !isAmending, arguments.last("reuse-message") == nil,
            arguments.last("reedit-message") == nil
        {
            throw CommandError.fatal("--reset-author can be used only with -C, -c or --amend.")
        }
        try conflicting("include", "only", "all")
        if operands.isEmpty,
            arguments.isOn("include") || (arguments.isOn("only") && !isAmending && !arguments.isOn("allow-empty"))
        {
            throw CommandError.fatal("No paths with --include/--only does not make sense.")
        }
        if arguments.isOn("all"), let first = operands.first {
            throw CommandError.fatal(
                "paths '\(String(decoding: first, as: UTF8.self)) ...' with -a does not make sense")
        }
    }

    private static func optionName(_ name: String) -> String {
        switch name {
        case "reuse-message": "-C"
        case "reedit-message": "-c"
        case "file": "-F"
        default: "--\(name)"
        }
    }

    func run() throws -> ExitCode {
        if arguments.isOn("dry-run") || isStatusOnly { return try dryRun() }
        if arguments.isOn("patch") {
            let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
            _ = try HunkSelector(context, .stage(), pathspec).run()
        }
        let session = try IndexSession(repository)
        index = session.index
        let batch = repository.objects.beginBatch()
        try prepareIndex(batch)
        try lookUpNamedCommits()
        guard index.conflictedPaths.isEmpty else { throw unresolved() }
        try batch.finish()
        if !skipsHooks, try repository.hook("pre-commit") != nil {
            session.index = realIndex ?? index
            try session.write(worktree)
            let file = try indexFileForHooks()
            let code = try repository.runHook("pre-commit", .init(variables: hookVariables(file)))
            if code != 0 { return .failure }
            // The hook may have staged more.
            index = try repository.readIndex(file)
            return try finish { try session.commitWritten() }
        }
        return try finish { [self] in
            session.index = realIndex ?? index
            try session.commit(worktree)
        }
    }

    private var isStatusOnly: Bool {
        arguments.has("short") || arguments.has("porcelain") || arguments.has("long") || arguments.has("null")
    }

    /// The commits that a message is made from have to be there before anything else is judged.
    private func lookUpNamedCommits() throws {
        let fixup = arguments.text("fixup").map { text in
            text.hasPrefix("amend:") || text.hasPrefix("reword:")
                ? String(text.drop { $0 != ":" }.dropFirst()) : text
        }
        for name in [fixup, arguments.text("squash")] { if let name { _ = try context.revision(name) } }
    }

    /// Makes the commit, then `commitIndex` puts the index in place.
    private func finish(_ commitIndex: () throws -> Void) throws -> ExitCode {
        let parents = try parents()
        let batch = repository.objects.beginBatch()
        let tree = try index.writeTree(into: batch)
        try batch.finish()
        if realIndex == nil {
        } else if var real = realIndex {
            // What the commit holds stands in the real index too; its own trees may differ.
            _ = try? real.writeTree(into: nil)
        }
        guard try isWorthCommitting(tree, parents) else { return .failure }
        var message = try MessageBuilder(self).build()
        guard try prepareMessage(&message) else { return .failure }
        try check(message)
        let author = try author()
        var new = NewCommit(
            tree: tree, parents: parents, author: author, committer: try context.committer(), message: message.text)
        if let encoding = repository.config.string("i18n.commitencoding"),
            !["utf-8", "utf8"].contains(encoding.lowercased())
        {
            new.encoding = encoding
        }
        if isAmending, let head {
            new.extraHeaders = head.extraHeaders.filter {
                !["encoding", "gpgsig", "gpgsig-sha256", "mergetag"].contains($0.name)
            }
        }
        for tag in try mergedTags() { new.extraHeaders.append(("mergetag", tag)) }
        let id = try repository.writeCommit(
            new, signer: try context.signer(try context.signing(arguments), new.committer))
        try moveHead(to: id, new, isMerge: state.isMerging)
        try removeStateFiles()
        try commitIndex()
        try RerereDatabase(context, repository)?.recordResolutions()
        try runAfter(id)
        if !arguments.isOn("quiet") { try printSummary(id) }
        try MergeAutostash(arguments, context, repository).restore()
        return .success
    }

    // MARK: The index

    private func prepareIndex(_ batch: ObjectBatch) throws {
        if arguments.isOn("all") || (arguments.isOn("include") && !operands.isEmpty) {
            let pathspec = try context.pathspec(operands, attributes: worktree.attributes)

            try stageTracked(pathspec, in: &index, batch)
            return
        }
        if !operands.isEmpty, !arguments.isOn("patch") {
            try prepareOnly(batch)
            return
        }
        let comparison = try worktree.compare(index)
        worktree.refresh(&index, comparison)
    }

    private func stageTracked(_ pathspec: Pathspec, in index: inout Index, _ batch: ObjectBatch) throws {
        var options = Worktree.ComparisonOptions()
        options.pathspec = pathspec
        options.comparesContent = false
        var paths = try worktree.compare(index, options).changes.map { index.entries[$0.position].path }
        paths += index.conflictedPaths.filter { pathspec.matches($0) }
        let outcome = try worktree.stage(paths, in: &index, batch: batch)
        for notice in outcome.notices { context.errors.line(notice) }
    }

    /// Only the named paths, on top of the last commit; the real index gets them too.
    private func prepareOnly(_ batch: ObjectBatch) throws {
        if state.isMerging { throw CommandError.fatal("cannot do a partial commit during a merge.") }
        if state.cherryPick != nil { throw CommandError.fatal("cannot do a partial commit during a cherry-pick.") }
        let pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        var base = Index(algorithm: repository.algorithm)
        if let head {
            base.replaceEntries(
                try TreeFiles.list(head.tree, repository.objects).map {
                    IndexEntry(path: $0.path, id: $0.id, mode: $0.mode)
                })
            try base.primeCacheTree(head.tree, repository.objects)
        }
        var known = index
        known.apply(adding: base.entries.filter { !index.contains($0.path) })
        try checkMatches(pathspec, known)
        let paths = known.entries.filter { pathspec.matches($0.path) }.map(\.path)
        _ = try worktree.stage(paths, in: &index, batch: batch)
        for path in paths {
            base.remove(path)
            if let entry = index[path] { base.add(entry) }
        }
        realIndex = index
        index = base
    }

    private func checkMatches(_ pathspec: Pathspec, _ index: Index) throws {
        var seen = Array(repeating: Pathspec.Match.none, count: pathspec.items.count)
        for entry in index.entries { _ = pathspec.match(entry.path, seen: &seen) }
        var isBad = false
        for (item, match) in zip(pathspec.items, seen) where match == .none && !item.isExcluding {
            isBad = true
            context.errors.line(
                "error: pathspec '\(String(decoding: item.original, as: UTF8.self))' did not match any file(s) known to git"
            )
        }
        if isBad { throw CommandError(.silent, "", exitCode: .failure) }
    }

    private func unresolved() -> CommandError {
        context.errors.line("error: Committing is not possible because you have unmerged files.")
        if context.advises("resolveConflict") {
            context.hint(
                "Fix them up in the work tree, and then use 'git add/rm <file>'",
                "as appropriate to mark resolution and make a commit.")
        }
        context.errors.line("fatal: Exiting because of an unresolved conflict.")
        for path in index.conflictedPaths { context.output.line(Array("U\t".utf8) + context.shown(path)) }
        return CommandError(.silent, "", exitCode: .fatal)
    }

    private func indexFileForHooks() throws -> FilePath {
        guard realIndex != nil else { return FilePath(repository.indexFile.string + ".lock") }
        let file = repository.gitDirectory.appending("next-index-\(ProcessInfoNumber.current).lock")
        try TemporaryFile.replace(file, with: index.encoded(), synchronizing: false)
        temporaryIndex = file
        return file
    }

    private var temporaryIndex: FilePath?

    deinit { if let temporaryIndex { _ = try? Files.remove(temporaryIndex) } }

    func hookVariables(_ index: FilePath? = nil) -> [(name: String, value: String)] {
        var variables = [(name: "GIT_INDEX_FILE", value: (index ?? repository.indexFile).string)]
        if !usesEditor { variables.append(("GIT_EDITOR", ":")) }
        if let date = arguments.text("date") { variables.append(("GIT_AUTHOR_DATE", date)) }
        return variables
    }

    var usesEditor: Bool {
        if let edit = arguments.flag("edit") { return edit }
        if arguments.last("message") != nil || arguments.last("file") != nil || arguments.last("reuse-message") != nil {
            return false
        }
        if let fixup = arguments.text("fixup"), !fixup.hasPrefix("amend:"), !fixup.hasPrefix("reword:") { return false }
        return true
    }

    // MARK: What the commit is of

    private func parents() throws -> [ObjectID] {
        if isAmending { return head?.parents ?? [] }
        var parents = state.head.map { [$0] } ?? []
        if state.isMerging {
            let content = try Files.read(repository.gitDirectory.appending("MERGE_HEAD"))
            for line in content.split(separator: 10) {
                guard let id = ObjectID(hex: Array(line), algorithm: repository.algorithm) else {
                    throw CommandError.fatal("Corrupt MERGE_HEAD file (\(String(decoding: line, as: UTF8.self)))")
                }
                let commit = try repository.objects.peel(id, to: .commit)
                if !parents.contains(commit) { parents.append(commit) }
            }
        }
        return parents
    }

    /// The signed tags that are merged: the commit holds them.
    private func mergedTags() throws -> [[UInt8]] {
        guard state.isMerging, !isAmending else { return [] }
        let content = try Files.read(repository.gitDirectory.appending("MERGE_HEAD"))
        return try content.split(separator: 10).compactMap { line in
            guard let id = ObjectID(hex: Array(line), algorithm: repository.algorithm) else { return nil }
            let (kind, tag) = try (repository.objects.header(id).kind, repository.objects.read(id).content)
            guard kind == .tag, MergeMessage.signatureStart(tag[...]) != nil else { return nil }
            return tag.last == 10 ? tag.dropLast() : tag
        }
    }

    private func isWorthCommitting(_ tree: ObjectID, _ parents: [ObjectID]) throws -> Bool {
        if arguments.isOn("allow-empty") || state.isMerging || (isAmending && parents.count > 1) { return true }
        if let fixup = arguments.text("fixup"), fixup.hasPrefix("reword:") { return true }
        let before = try isAmending ? head?.parents.first.map { try repository.objects.commit($0).tree } : head?.tree
        if tree != before ?? .emptyTree(repository.algorithm) { return true }
        // An announced path counts as nothing; a commit without a parent may be empty of files no more than others.
        if state.cherryPick != nil, !isAmending { return try refuseEmptyPick() }
        try printNothingToCommit()
        if isAmending {
            context.errors.write(
                """
                You asked to amend the most recent commit, but doing so would make
                it empty. You can repeat your command with --allow-empty, or you can
                remove the commit entirely with "git reset HEAD^".

                """)
        }
        return false
    }

    private func refuseEmptyPick() throws -> Bool {
        if replay == nil { try printNothingToCommit() }
        context.errors.write(
            """
            The previous cherry-pick is now empty, possibly due to conflict resolution.
            If you wish to commit it anyway, use:

                git commit --allow-empty

            Otherwise, please use 'git \(state.rebase == nil ? "cherry-pick" : "rebase") --skip'

            """)
        if replay != nil { try printNothingToCommit() }
        return false
    }

    private func printNothingToCommit() throws {
        var style = try StatusStyle(forCommit: context, arguments)
        style.isAmending = isAmending
        try printStatus(style)
    }

    func printStatus(_ style: StatusStyle) throws {
        var options = try StatusReport.Options(arguments, context)
        options.isAmending = isAmending
        options.reference = isAmending ? head?.parents.first : state.head
        var style = style
        if isAmending { style.reference = "HEAD^1" }
        style.showsUntracked = options.untracked != "no"
        let report = try StatusReport(context, index, worktree, options)
        var printer = StatusPrinter(context, report, style)
        try printer.print()
        (replay != nil && arguments.isOn("quiet") ? context.errors : context.output).write(printer.text)
    }

    private func dryRun() throws -> ExitCode {
        index = try context.index()
        try prepareIndex(repository.objects.beginBatch())
        var style = try StatusStyle(arguments, context)
        style.isForCommit = style.format == .long
        var options = try StatusReport.Options(arguments, context)
        options.isAmending = isAmending
        options.reference = isAmending ? head?.parents.first : state.head
        let report = try StatusReport(context, index, worktree, options)
        var printer = StatusPrinter(context, report, style)
        try printer.print()
        context.output.write(printer.text)
        return report.isCommittable || arguments.isOn("allow-empty") ? .success : .failure
    }

    // MARK: Who

    func author() throws -> Signature {
        var base = isAmending ? nil : replay?.author
        if isAmending, !arguments.isOn("reset-author") { base = head?.author }
        if let name = arguments.text("reuse-message") ?? arguments.text("reedit-message"),
            !arguments.isOn("reset-author")
        {
            base = try repository.objects.commit(try context.revision(name)).author
        }
        if base == nil, let pick = state.cherryPick, !pick.isZero { base = try repository.objects.commit(pick).author }
        var author = try base ?? context.author()
        if let given = arguments.text("author") {
            let parsed = try explicitAuthor(given)
            author.name = parsed.name
            author.email = parsed.email
        }
        if let date = arguments.text("date") {
            guard let parsed = DateParser.parse(date, now: context.now, localZone: context.localZone) else {
                throw CommandError.fatal("invalid date format: \(date)")
            }
            author.time = parsed.seconds
            author.zoneMinutes = parsed.zone
            author.isNegativeZero = false
        }
        return author
    }

    private func explicitAuthor(_ text: String) throws -> (name: [UInt8], email: [UInt8]) {
        if let open = text.firstIndex(of: "<"), let close = text[open...].firstIndex(of: ">") {
            let signature = Signature(parsing: Array("\(text[...close]) 0 +0000".utf8))
            guard !signature.name.isEmpty || open == text.startIndex else {
                throw CommandError.fatal(
                    "empty ident name (for <\(String(decoding: signature.email, as: UTF8.self))>) not allowed")
            }
            return (signature.name, signature.email)
        }
        // An earlier author whose name or address holds the text.
        guard let head = state.head else {
            throw CommandError.fatal("--author '\(text)' is not 'Name <email>' and matches no existing author")
        }
        var walk = RevisionWalk(repository, options: RevisionWalk.Options())
        try walk.include(head)
        while let entry = try walk.next() {
            let author = try repository.objects.commit(entry.id).author
            let line = String(decoding: author.name + Array(" <".utf8) + author.email + Array(">".utf8), as: UTF8.self)
            if line.lowercased().contains(text.lowercased()) { return (author.name, author.email) }
        }
        throw CommandError.fatal("--author '\(text)' is not 'Name <email>' and matches no existing author")
    }
}
