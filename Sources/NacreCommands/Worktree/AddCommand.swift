internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct AddCommand: Command {
    static let name = "add"
    static let summary = "add file contents to the index"
    static let usage = ["[<options>] [--] <pathspec>..."]
    static let aliases = ["stage"]
    static let options: [OptionSpec] = [
        .flag("dry-run", "n", "dry run"),
        .flag("verbose", "v", "be verbose"),
        .flag("patch", "p", "select hunks interactively"),
        .flag("interactive", "i", hidden: true, "interactive picking"),
        .flag("force", "f", "allow adding otherwise ignored files"),
        .flag("update", "u", "update tracked files"),
        .flag("renormalize", "renormalize EOL of tracked files (implies -u)"),
        .flag("intent-to-add", "N", "record only the fact that the path will be added later"),
        .flag("all", "A", aliases: ["no-ignore-removal"], "add changes from all tracked and untracked files"),
        .flag("ignore-removal", "ignore paths removed in the working tree (same as --no-all)"),
        .flag("refresh", "don't add, only refresh the index"),
        .flag("ignore-errors", "just skip files which cannot be added because of errors"),
        .flag("sparse", "allow updating entries outside of the sparse-checkout cone"),
        .flag("ignore-missing", "check if - even missing - files are ignored in dry run"),
        .value("chmod", "(+|-)x", "override the executable bit of the listed files"),
        .value("pathspec-from-file", "file", "read pathspec from file"),
        .flag("pathspec-file-nul", "with --pathspec-from-file, pathspec elements are separated with NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var add = try AddOperation(arguments, context)
        return try add.run()
    }
}

/// One run of `add`.
private struct AddOperation {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    let worktree: Worktree
    let operands: [[UInt8]]
    var pathspec: Pathspec
    /// The best match of each operand.
    var seen: [Pathspec.Match]
    /// The best match of each operand among entries whose files are not wanted in the work tree.
    var seenOutside: [Pathspec.Match]

    var isUpdating: Bool { arguments.isOn("update") || arguments.isOn("renormalize") }
    var addsNew: Bool { !isUpdating && !arguments.isOn("refresh") }
    var removesMissing: Bool {
        if arguments.isOn("ignore-removal") { return false }
        return arguments.flag("all") ?? true
    }

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        if arguments.isOn("interactive") {
            throw CommandError.fatal(
                "--interactive is not supported; choose hunks with --patch, and look around with 'nacre status' and "
                    + "'nacre diff'")
        }
        if arguments.isOn("all") && arguments.isOn("update") {
            throw CommandError.fatal("options '-A' and '-u' cannot be used together")
        }
        if arguments.isOn("ignore-missing") && !arguments.isOn("dry-run") {
            throw CommandError.fatal("the option '--ignore-missing' requires '--dry-run'")
        }
        if let mode = arguments.text("chmod"), mode != "+x", mode != "-x" {
            throw CommandError.fatal("--chmod param '\(mode)' must be either -x or +x")
        }
        (repository, _) = try context.repositoryWithWorkTree()
        worktree = try context.worktree(ignoring: arguments.isOn("force") ? Context.noIgnores : nil)
        operands = try context.operands(arguments, arguments.operands)
        pathspec = try context.pathspec(operands, attributes: worktree.attributes)
        seen = Array(repeating: .none, count: pathspec.items.count)
        seenOutside = seen
    }

    /// Whether an entry's file is one that `add` looks at.
    private func isUpdated(_ entry: IndexEntry) -> Bool {
        arguments.isOn("sparse") || !entry.flags.contains(.skipWorktree)
    }

    mutating func run() throws -> ExitCode {
        if arguments.isOn("patch") {
            if arguments.isOn("dry-run") {
                throw CommandError.fatal("options '--dry-run' and '--interactive/--patch' cannot be used together")
            }
            return try HunkSelector(context, .stage(), pathspec).run()
        }
        if operands.isEmpty && !arguments.isOn("all") && !isUpdating && !arguments.isOn("refresh") {
            context.errors.line("Nothing specified, nothing added.")
            if context.advises("addEmptyPathspec") {
                context.hint(
                    "Maybe you wanted to say 'git add .'?", "Turn this message off by running",
                    "\"git config advice.addEmptyPathspec false\"")
            }
            return .success
        }
        let session = try IndexSession(repository)
        try checkLinks(session.index)
        if arguments.isOn("refresh") { return try refresh(session) }
        let tracked = try trackedPaths(session.index)
        let untracked = try untrackedPaths(session.index)
        var outside: [[UInt8]] = []
        let ignored = try checkMatches(session.index, &outside)
        let paths = tracked + untracked
        if arguments.isOn("intent-to-add") {
            try announce(untracked, in: &session.index)
            try session.commit(worktree)
            context.adviseOnUnwanted(outside)
            return ignored || !outside.isEmpty ? .failure : .success
        }
        let code = try stage(paths, tracked, in: &session.index)
        context.adviseOnUnwanted(outside)
        if !outside.isEmpty, code == .success {
            if !arguments.isOn("dry-run") { try session.commit(worktree) }
            return .failure
        }
        if !arguments.isOn("dry-run") { try session.commit(worktree) }
        return ignored ? .failure : code
    }

    /// Operands must not lead through links or into nested repositories.
    private func checkLinks(_ index: Index) throws {
        for item in pathspec.items where !item.isExcluding && item.isPlain {
            let path = GitPath(item.match)
            let shown = String(decoding: item.original, as: UTF8.self)
            if try worktree.linkAbove(path) != nil {
                throw CommandError.fatal("pathspec '\(shown)' is beyond a symbolic link")
            }
            var ancestor = path.parent
            while let directory = ancestor, !directory.isRoot {
                if let entry = index[directory], entry.mode == .gitlink {
                    throw CommandError.fatal("Pathspec '\(shown)' is in submodule '\(directory)'")
                }
                ancestor = directory.parent
            }
        }
    }

    /// Tracked paths whose file may have changed, in order.
    private mutating func trackedPaths(_ index: Index) throws -> [GitPath] {
        var paths: [GitPath] = []
        if !pathspec.isEmpty {
            for entry in index.entries {
                if isUpdated(entry) {
                    _ = pathspec.match(entry.path, isDirectory: entry.mode == .gitlink, seen: &seen)
                } else {
                    _ = pathspec.match(entry.path, seen: &seenOutside)
                }
            }
        }
        if arguments.isOn("renormalize") {
            let paths = index.entries.filter {
                $0.stage == .merged && $0.mode.isBlob && isUpdated($0) && pathspec.matches($0.path)
            }.map(\.path)
            for path in paths where try worktree.status(path) == nil {
                throw CommandError.fatal("unable to stat '\(path)': No such file or directory")
            }
            return paths
        }
        var options = Worktree.ComparisonOptions()
        options.pathspec = pathspec
        options.comparesContent = false
        options.ignoresMarks = arguments.isOn("sparse")
        for change in try worktree.compare(index, options).changes {
            if change.kind == .deleted && !removesMissing { continue }
            if index.entries[change.position].flags.contains(.assumeValid) { continue }
            paths.append(index.entries[change.position].path)
        }
        for path in index.conflictedPaths where pathspec.matches(path) { paths.append(path) }
        if arguments.has("chmod") {
            for entry in index.entries where entry.stage == .merged && pathspec.matches(entry.path) {
                if entry.mode == .regular || entry.mode == .executable, !paths.contains(entry.path) {
                    paths.append(entry.path)
                }
            }
        }
        return paths.sorted()
    }

    /// Untracked paths that match, in order.
    private mutating func untrackedPaths(_ index: Index) throws -> [GitPath] {
        guard addsNew else { return [] }
        var options = UntrackedScan.Options()
        options.listsAllFiles = true
        options.pathspec = pathspec
        options.disregardsRules = arguments.isOn("force")
        let found = try UntrackedScan.run(worktree, index, options).untracked
        if !pathspec.isEmpty { for path in found { _ = pathspec.match(path, seen: &seen) } }
        return found.map { path in
            guard path.bytes.last == UInt8(ascii: "/") else { return path }
            return nested(GitPath(path.bytes.dropLast()))
        }
    }

    /// Says that a repository inside this one is added as a link to its commit.
    private func nested(_ path: GitPath) -> GitPath {
        guard worktree.nestedHead(path) != nil else { return path }
        context.errors.line("warning: adding embedded git repository: \(path)")
        if context.advises("addEmbeddedRepo") {
            context.hint(
                "You've added another git repository inside your current repository.",
                "Clones of the outer repository will not contain the contents of",
                "the embedded repository and will not know how to obtain it.",
                "If you meant to add a submodule, use:", "",
                "\tgit submodule add <url> \(path)", "",
                "If you added this path by mistake, you can remove it from the", "index with:", "",
                "\tgit rm --cached \(path)", "", "See \"git help submodule\" for more information.")
        }
        return path
    }

    /// Complains about operands that match nothing, and about ignored ones.
    ///
    /// - Returns: whether something was ignored.
    private func checkMatches(_ index: Index, _ outside: inout [[UInt8]]) throws -> Bool {
        guard addsNew || isUpdating else { return false }
        var ignored: [GitPath] = []
        for (position, item) in pathspec.items.enumerated() where !item.isExcluding && !item.match.isEmpty {
            let path = GitPath(item.match)
            if seen[position] == .none, seenOutside[position] != .none {
                outside.append(item.original)
                continue
            }
            if addsNew, !arguments.isOn("force"), let found = ignoredPart(of: item, index) {
                if !ignored.contains(found) { ignored.append(found) }
                if seen[position] == .none && (item.isPlain) { continue }
            }
            guard seen[position] == .none else { continue }
            if !item.isGlob && !item.ignoresCase, try worktree.status(path) != nil { continue }
            if arguments.isOn("ignore-missing") {
                if worktree.ignores.isIgnored(path, isDirectory: false), !ignored.contains(path) {
                    ignored.append(path)
                }
                continue
            }
            throw CommandError.fatal(
                "pathspec '\(String(decoding: item.original, as: UTF8.self))' did not match any files")
        }
        guard !ignored.isEmpty else { return false }
        context.errors.line("The following paths are ignored by one of your .gitignore files:")
        for path in ignored.sorted() { context.errors.line(path.bytes) }
        if context.advises("addIgnoredFile") {
            context.hint(
                "Use -f if you really want to add them.", "Turn this message off by running",
                "\"git config advice.addIgnoredFile false\"")
        }
        return true
    }

    /// The operand itself or the outermost directory above it that is ignored and untracked.
    private func ignoredPart(of item: Pathspec.Item, _ index: Index) -> GitPath? {
        let literal = item.isPlain ? item.match : Array(item.match.prefix(item.literalCount))
        var prefix: [UInt8] = []
        let components = literal.split(separator: UInt8(ascii: "/"))
        for (position, component) in components.enumerated() {
            if !prefix.isEmpty { prefix.append(UInt8(ascii: "/")) }
            prefix.append(contentsOf: component)
            let isLast = position == components.count - 1
            if isLast && !item.isPlain { return nil }
            let path = GitPath(prefix)
            guard let status = try? worktree.status(path) else { return nil }
            if index.contains(path) { return nil }
            let isDirectory = status.kind == .directory
            if isDirectory && index.containsDirectory(path) { continue }
            if worktree.ignores.isIgnored(path, isDirectory: isDirectory) { return path }
        }
        return nil
    }

    private func announce(_ paths: [GitPath], in index: inout Index) throws {
        var entries: [IndexEntry] = []
        for path in paths {
            guard let status = try? worktree.status(path), let mode = worktree.mode(of: status, previous: nil) else {
                continue
            }
            if arguments.isOn("verbose") || arguments.isOn("dry-run") { context.output.line(bytes: "add '\(path)'") }
            entries.append(
                IndexEntry(path: path, id: .emptyBlob(repository.algorithm), mode: mode, flags: [.intentToAdd]))
        }
        guard !arguments.isOn("dry-run") else { return }
        if !entries.isEmpty { _ = try repository.objects.write(.blob, []) }
        index.apply(adding: entries)
    }

    private func stage(_ paths: [GitPath], _ tracked: [GitPath], in index: inout Index) throws -> ExitCode {
        var options = StageOptions()
        options.isRenormalizing = arguments.isOn("renormalize")
        options.ignoresErrors =
            try arguments.flag("ignore-errors") ?? repository.config.bool("add.ignoreerrors")
            ?? repository.config.bool("add.ignore-errors") ?? false
        options.isDryRun = arguments.isOn("dry-run")
        if let mode = arguments.text("chmod") { options.executable = mode == "+x" }
        let batch = repository.objects.beginBatch()
        let outcome: StageOutcome
        do throws(WorktreeError) {
            outcome = try worktree.stage(paths, in: &index, batch: batch, options)
        } catch {
            throw AddOperation.failure(error)
        }
        if arguments.isOn("verbose") || arguments.isOn("dry-run") { report(outcome, Set(tracked)) }
        for notice in outcome.notices { context.errors.line(notice) }
        for failure in outcome.failures {
            context.errors.line("error: \(AddOperation.reason(failure.error))")
            context.errors.line("error: unable to index file '\(failure.path)'")
        }
        if !options.isDryRun { try batch.finish() }
        return outcome.failures.isEmpty ? .success : .failure
    }

    /// Tracked paths first, then new ones, as they are staged.
    private func report(_ outcome: StageOutcome, _ tracked: Set<GitPath>) {
        let removed = Set(outcome.removed)
        for path in (outcome.changed + outcome.removed).filter({ tracked.contains($0) }).sorted() {
            context.output.line(bytes: "\(removed.contains(path) ? "remove" : "add") '\(path)'")
        }
        for path in outcome.changed where !tracked.contains(path) { context.output.line(bytes: "add '\(path)'") }
    }

    private static func reason(_ error: WorktreeError) -> String {
        if case .file(let file) = error, file.operation == "open" { return "open(\"\(file.path)\"): \(file.code)" }
        return error.description
    }

    private static func failure(_ error: WorktreeError) -> CommandError {
        switch error {
        case .file(let file) where file.operation == "open":
            return CommandError(
                .silent, "", exitCode: .fatal,
                hints: []
            ).printing(
                "error: open(\"\(file.path)\"): \(file.code)\nerror: unable to index file '\(file.path)'\nfatal: adding files failed\n"
            )
        case .invalidPath(let path):
            return CommandError(.silent, "", exitCode: .fatal).printing(
                "error: invalid path '\(path)'\nerror: unable to add '\(path)' to index\nfatal: adding files failed\n")
        case .unsupportedFile:
            return CommandError(.silent, "", exitCode: .fatal).printing(
                "error: \(error)\nfatal: adding files failed\n")
        default: return .fatal(error.description)
        }
    }

    private func refresh(_ session: IndexSession) throws -> ExitCode {
        var options = Worktree.ComparisonOptions()
        options.pathspec = pathspec
        let comparison = try worktree.compare(session.index, options)
        worktree.refresh(&session.index, comparison)
        try session.commit(worktree)
        return .success
    }
}

extension CommandError {
    /// Prints a text of several kinds of lines at once; the error itself then says no more.
    func printing(_ text: String) -> CommandError {
        StandardError.write(text)
        return self
    }
}
