internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitWorktree

/// Applies patches for `apply` and `am`.
final class PatchOperation {
    let context: Context
    let settings: PatchSettings
    /// Errors in white space that patches add.
    private(set) var whitespaceErrors = 0
    private var fixedLines = 0

    init(context: Context, settings: PatchSettings) {
        self.context = context
        self.settings = settings
    }

    private var isSilent: Bool { settings.application.verbosity < 0 }

    private func say(_ line: String) { context.errors.line(line) }

    /// Reads and applies one input.
    ///
    /// - Returns: success; 1 where something does not apply; 128 where the input is no patch.
    func run(_ content: [UInt8], name: String) throws -> ExitCode {
        var patches: [FilePatch]
        do throws(PatchError) {
            patches = try PatchParser.parse(content, options: settings.parsing)
        } catch {
            if !isSilent { say("error: \(error)") }
            return .fatal
        }
        let repository = try context.repositoryIfPresent()
        let prefix = repository?.workTree == nil ? GitPath.root : try context.prefix()
        var isSkipping = false
        patches = patches.compactMap { patch in
            let patch = settings.application.isReversed ? place(patch, prefix).reversed : place(patch, prefix)
            if isUsed(patch, prefix) { return patch }
            isSkipping = true
            if settings.application.verbosity > 0 { say("Skipped patch '\(patch.name)'.") }
            return nil
        }
        // Taken back in the opposite order.
        if settings.application.isReversed { patches.reverse() }
        guard !patches.isEmpty || isSkipping else {
            if settings.allowsEmpty { return .success }
            if !isSilent { say("error: No valid patches in input (allow with \"--allow-empty\")") }
            return .fatal
        }
        let worktree = try repository?.workTree == nil ? nil : context.worktree()
        var rules: [GitPath: WhitespaceRules] = [:]
        let source = try repository.map { try RepositoryDiffSource($0, worktree: worktree) }
        for patch in patches where rules[patch.name] == nil {
            var own = source?.attributes(of: patch.name).whitespace ?? WhitespaceRules()
            // Where the old lines end with CR LF, the new ones may.
            let old = patches.filter { $0.name == patch.name }.flatMap(\.hunks).flatMap(\.lines)
            if old.contains(where: { $0.kind != .new && $0.text.suffix(2).elementsEqual([13, 10]) }) {
                own.allowsCarriageReturn = true
            }
            rules[patch.name] = own
        }
        noticeWhitespace(patches, rules, name)
        let code = try apply(patches, worktree, repository, rules, name)
        if code == .success || code == ExitCode(2) { try show(patches) }
        return code
    }

    /// Names of other tools' diffs count from the working directory.
    private func place(_ patch: FilePatch, _ prefix: GitPath) -> FilePatch {
        guard !patch.isRelativeToTop, !prefix.isRoot else { return patch }
        var result = patch
        result.oldName = patch.oldName.map { prefix.appending($0.bytes) }
        result.newName = patch.newName.map { prefix.appending($0.bytes) }
        return result
    }

    private func isUsed(_ patch: FilePatch, _ prefix: GitPath) -> Bool {
        let path = patch.name
        guard prefix.isRoot || path.isInside(prefix) else { return false }
        return settings.includes(prefix.isRoot ? path : GitPath(path.bytes.dropFirst(prefix.bytes.count + 1)))
    }

    private func apply(
        _ patches: [FilePatch], _ worktree: Worktree?, _ repository: Repository?, _ rules: [GitPath: WhitespaceRules],
        _ name: String
    ) throws -> ExitCode {
        guard settings.applies || settings.checks else { return .success }
        let files: any PatchFiles
        if let worktree {
            files = WorktreePatchFiles(worktree, keptDirectory: try context.prefix())
        } else {
            files = PlainPatchFiles(context.workingDirectory)
        }
        let failsOnWhitespace = [.fail, .failAndListAll].contains(settings.whitespace) && whitespaceErrors > 0
        let writes = settings.applies && !failsOnWhitespace
        guard writes || settings.checks else { return .success }
        let options = settings.application
        let session = try repository.flatMap { repository in
            writes && (options.usesIndex || settings.announcesNew) ? try IndexSession(repository) : nil
        }
        let index = try session?.index ?? (repository == nil ? Index(algorithm: .sha1) : context.index())
        let application = PatchApplication(
            patches, files: files, worktree: worktree, objects: repository?.objects, index: index, options: options,
            whitespace: { rules[$0] ?? WhitespaceRules() }, say: { [self] in say($0) })
        let applies: Bool
        do { applies = try application.check() } catch let error as RepositoryError where error.code == .invalid {
            if !isSilent { say("error: \(error)") }
            return .fatal
        }
        guard applies || options.rejects else { return .failure }
        for line in application.blankEnds { notice(name, line, "new blank line at EOF", [UInt8(ascii: "+")][...]) }
        fixedLines += application.fixedLines
        guard writes else { return .success }
        let written = try application.write()
        if let session {
            session.index = application.index
            if settings.announcesNew { announce(patches, &session.index) }
            try session.commit(worktree)
        }
        if written.isComplete { return .success }
        return options.rejects ? .failure : ExitCode(2)
    }

    private func announce(_ patches: [FilePatch], _ index: inout Index) {
        for patch in patches where patch.isNew == true {
            guard let name = patch.newName, index.range(of: name).isEmpty else { continue }
            index.add(
                IndexEntry(
                    path: name, id: .emptyBlob(index.algorithm), mode: patch.newMode ?? .regular,
                    flags: [.intentToAdd]))
        }
    }

    // MARK: White space

    private func noticeWhitespace(_ patches: [FilePatch], _ rules: [GitPath: WhitespaceRules], _ name: String) {
        guard settings.whitespace != .ignore else { return }
        for patch in patches {
            guard let rules = rules[patch.name] else { continue }
            for hunk in patch.hunks {
                for line in hunk.lines where line.kind == .new {
                    if let complaint = rules.complaint(about: line.text) {
                        notice(name, line.number, complaint, line.text)
                    }
                }
            }
        }
    }

    /// Says the first five, unless all are asked for.
    private func notice(_ name: String, _ line: Int, _ complaint: String, _ text: ArraySlice<UInt8>) {
        whitespaceErrors += 1
        guard settings.whitespace == .failAndListAll || whitespaceErrors <= 5, !isSilent else { return }
        let shown = text.last == 10 ? text.dropLast() : text
        context.errors.write(Array("\(name):\(line): \(complaint).\n".utf8) + shown + [10])
    }

    /// Sums up what was noticed.
    ///
    /// - Returns: false where errors in white space are errors.
    func reportWhitespace() throws -> Bool {
        guard whitespaceErrors > 0 else { return true }
        if settings.whitespace != .failAndListAll, whitespaceErrors > 5 {
            let count = whitespaceErrors - 5
            say("warning: squelched \(count) whitespace error\(count == 1 ? "" : "s")")
        }
        let isOne = whitespaceErrors == 1
        let count = isOne ? "1 line adds whitespace errors." : "\(whitespaceErrors) lines add whitespace errors."
        if [.fail, .failAndListAll].contains(settings.whitespace) {
            say("error: \(count)")
            return false
        }
        if fixedLines > 0 && settings.applies {
            let lines = fixedLines == 1 ? "1 line" : "\(fixedLines) lines"
            say("warning: \(lines) applied after fixing whitespace errors.")
        } else {
            say("warning: \(count)")
        }
        return true
    }

    // MARK: Showing

    private func show(_ patches: [FilePatch]) throws {
        guard !isSilent else { return }
        let listing = PatchListing(context: context, patches: patches, endsWithNUL: settings.endsWithNUL)
        if settings.formats.contains(.stat) { listing.printBars() }
        if settings.formats.contains(.numstat) { listing.printNumbers() }
        if settings.formats.contains(.summary) { listing.printSummary() }
    }
}
