internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// `worktree add`.
struct WorktreeAddition {
    private let run: WorktreeRun
    private var arguments: Arguments { run.arguments }
    private var context: Context { run.context }
    private var repository: Repository { run.repository }

    init(_ run: WorktreeRun) { self.run = run }

    func add() throws -> ExitCode {
        let detaches = arguments.isOn("detach")
        guard [detaches, arguments.has("b"), arguments.has("B")].count(where: { $0 }) <= 1 else {
            throw CommandError.fatal("options '-b', '-B', and '--detach' cannot be used together")
        }
        if arguments.has("reason"), !arguments.isOn("lock") {
            throw CommandError.fatal("the option '--reason' requires '--lock'")
        }
        guard (1...2).contains(arguments.operands.count) else { throw CommandError.usage("") }
        let path = run.absolute(arguments.operands[0])
        var start = arguments.texts.count > 1 ? CheckoutWords.previous(arguments.texts[1]) : "HEAD"
        var newBranch = arguments.text("B") ?? arguments.text("b")
        if let name = arguments.text("B"), !arguments.isOn("force") { try refuseCheckedOut(name) }
        if arguments.operands.count == 1, newBranch == nil, !detaches {
            start = try guess(path, &newBranch) ?? start
        } else if newBranch == nil, !detaches, try commit(start) == nil,
            let remote = try CheckoutWords.remoteBranch(start, context)
        {
            newBranch = start
            start = remote.string
        }
        if !arguments.isOn("quiet") { try announce(start, newBranch) }
        if let name = newBranch {
            // What keeps the branch from being made was said; Git ends as a process that could not go on.
            guard try makeBranch(name, start) else { return ExitCode(255) }
            start = name
        } else if arguments.has("track") {
            throw CommandError.fatal("--[no-]track can only be used if a new branch is created")
        }
        return try make(path, start, detaches)
    }

    // MARK: The branch

    private func commit(_ name: String) throws -> ObjectID? {
        let resolver = try context.revisionResolver()
        guard let found = try resolver.find(name, hint: .committish) else { return nil }
        return try resolver.peel(found.id, to: .commit)
    }

    private func branch(_ name: String) throws -> RefName? {
        let expanded = try context.resolver().expandBranch(name) ?? name
        guard let branch = try? RefName.branch(expanded), try repository.refs.resolve(branch) != nil else { return nil }
        return branch
    }

    /// Without a commit: the branch of the directory's name, or a new one of that name.
    private func guess(_ path: FilePath, _ newBranch: inout String?) throws -> String? {
        let name = path.lastComponent?.string ?? ""
        if try branch(name) != nil { return name }
        newBranch = name
        let guesses = try arguments.flag("guess-remote") ?? repository.config.bool("worktree.guessremote") ?? false
        guard guesses, let remote = try CheckoutWords.remoteBranch(name, context) else { return nil }
        return remote.string.hasPrefix("refs/remotes/") ? String(remote.string.dropFirst(13)) : remote.string
    }

    private func refuseCheckedOut(_ name: String) throws {
        guard let branch = try branch(name) else { return }
        for worktree in try repository.worktrees() where !worktree.isBare && worktree.branch == branch {
            throw CommandError.fatal(
                "'\(branch.dropping("refs/heads/") ?? name)' is already checked out at '\(worktree.path)'")
        }
    }

    private func announce(_ start: String, _ newBranch: String?) throws {
        let text: String
        if let newBranch {
            if arguments.has("B"), let old = try commit(newBranch) {
                text = "resetting branch '\(newBranch)'; was at \(repository.objects.abbreviate(old))"
            } else {
                text = "new branch '\(newBranch)'"
            }
        } else if !arguments.isOn("detach"), try branch(start) != nil {
            text = "checking out '\(start)'"
        } else {
            guard let id = try commit(start) else { throw CommandError.fatal("invalid reference: \(start)") }
            text = "detached HEAD \(repository.objects.abbreviate(id))"
        }
        context.output.flush()
        context.errors.line("Preparing worktree (\(text))")
    }

    private func makeBranch(_ name: String, _ start: String) throws -> Bool {
        var words: [String] = []
        if arguments.has("B") { words.append("--force") }
        if arguments.isOn("quiet") { words.append("--quiet") }
        if let track = arguments.occurrences.last(where: { $0.name == "track" }) {
            words.append(track.isNegated ? "--no-track" : track.text.map { "--track=\($0)" } ?? "--track")
        }
        words += [name, start]
        let parsed = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: BranchCommand.options)
        do {
            return try BranchCommand.run(parsed, context) == .success
        } catch let error as CommandError {
            context.output.flush()
            context.errors.line("\(error.kind == .error ? "error" : "fatal"): \(error.message)")
            return false
        }
    }

    // MARK: The files

    private func make(_ path: FilePath, _ name: String, _ detaches: Bool) throws -> ExitCode {
        try run.checkCandidate(path, try run.shown(arguments.operands[0]), arguments.count("force"), "add")
        let branch = detaches ? nil : try branch(name)
        if branch != nil, !arguments.isOn("force") { try refuseCheckedOut(name) }
        guard let commit = try commit(name) else { throw CommandError.fatal("invalid reference: \(name)") }
        let directory = try makeDirectory(for: path)
        let lock = directory.appending("locked")
        do {
            try fill(directory, path, branch, commit)
        } catch {
            _ = try? Files.removeTree(directory)
            throw error
        }
        var code = ExitCode.success
        if arguments.flag("checkout") ?? true {
            code = try checkOut(directory, path, commit)
        }
        if !arguments.isOn("lock") { try Files.remove(lock) }
        return code
    }

    /// The part of the repository that belongs to the worktree: named after its directory.
    private func makeDirectory(for path: FilePath) throws -> FilePath {
        let name = WorktreeAddition.sanitized(path.lastComponent?.string ?? "worktree")
        try Files.makeDirectory(repository.worktreesDirectory)
        var counter = 0
        while true {
            let directory = repository.worktreesDirectory.appending(counter == 0 ? name : "\(name)\(counter)")
            if mkdir(directory.string, 0o777) == 0 { return directory }
            guard errno == EEXIST, counter < 1 << 20 else {
                throw CommandError.fatal(
                    "could not create directory of '\(directory)': \(String(cString: strerror(errno)))")
            }
            counter += 1
        }
    }

    /// A name as a part of a ref may be.
    static func sanitized(_ name: String) -> String {
        var result = ""
        for character in name.unicodeScalars {
            let isBad =
                character.value <= 0x20 || character.value == 0x7f || "~^:?*[\\".unicodeScalars.contains(character)
            let isSecondDot = character == "." && (result.isEmpty || result.hasSuffix("."))
            let isBrace = character == "{" && result.hasSuffix("@")
            result.unicodeScalars.append(isBad || isSecondDot || isBrace ? "-" : character)
        }
        while result.hasSuffix(".lock") { result.removeLast(5) }
        if result.hasSuffix(".") { result = result.dropLast() + "-" }
        return result.isEmpty ? "worktree" : result == "@" ? "-" : result
    }

    private func fill(_ directory: FilePath, _ path: FilePath, _ branch: RefName?, _ commit: ObjectID) throws {
        func write(_ file: FilePath, _ text: String) throws {
            try TemporaryFile.replace(file, with: Array((text + "\n").utf8), synchronizing: false)
        }
        let reason = arguments.isOn("lock") ? arguments.text("reason") ?? "added with --lock" : "initializing"
        try write(directory.appending("locked"), reason)
        try Files.makeDirectory(path)
        let real = Repository.realPath(path) ?? path
        try write(directory.appending("gitdir"), real.appending(".git").string)
        let common = Repository.realPath(repository.commonDirectory) ?? repository.commonDirectory
        let name = directory.lastComponent?.string ?? ""
        try write(path.appending(".git"), "gitdir: \(common)/worktrees/\(name)")
        try write(directory.appending("HEAD"), ObjectID.zero(repository.algorithm).hex)
        try write(directory.appending("commondir"), "../..")
        if try repository.config.bool("core.sparsecheckout") ?? false,
            let patterns = try Files.readIfPresent(repository.gitDirectory.appending("info/sparse-checkout"))
        {
            try Files.makeDirectory(directory.appending("info"))
            try TemporaryFile.replace(
                directory.appending("info/sparse-checkout"), with: patterns, synchronizing: false)
        }
        let refs = RefStore(
            gitDirectory: directory, commonDirectory: repository.commonDirectory, algorithm: repository.algorithm)
        var transaction = refs.beginTransaction()
        if let branch {
            transaction.setSymbolic(.head, to: branch)
        } else {
            transaction.update(.head, to: commit, message: "", creatingReflog: true)
        }
        let who = try context.reflogIdentity()
        try transaction.commit(committer: who)
        if branch != nil {
            let entry = ReflogEntry(old: .zero(repository.algorithm), new: commit, committer: who, message: [])
            try refs.appendReflog(.head, entry, creating: true)
        }
    }

    private func checkOut(_ directory: FilePath, _ path: FilePath, _ commit: ObjectID) throws -> ExitCode {
        context.output.flush()
        let other = context.other(gitDirectory: directory, workTree: Repository.realPath(path) ?? path)
        let words = ["--hard"] + (arguments.isOn("quiet") ? ["--quiet"] : [])
        let parsed = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: ResetCommand.options)
        let code = try ResetCommand.run(parsed, other)
        other.output.flush()
        guard code == .success else { return code }
        let zero = ObjectID.zero(repository.algorithm).hex
        let hook = try other.repository().runHook("post-checkout", .init(arguments: [zero, commit.hex, "1"]))
        return hook.map { $0 == 0 ? .success : ExitCode($0) } ?? .success
    }
}
