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

/// One command of `worktree`.
struct WorktreeRun {
    let arguments: Arguments
    let context: Context
    let repository: Repository

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
    }

    private func expectOperands(_ count: ClosedRange<Int>) throws {
        guard count.contains(arguments.operands.count) else { throw CommandError.usage("") }
    }

    /// The moment of `--expire`; without one everything is old enough.
    private func expiry() throws -> Int64 {
        guard let text = arguments.text("expire") else { return .max }
        switch text {
        case "never", "false": return 0
        case "all", "now": return .max
        default: return ApproximateDate.limit(text, now: context.now, localZone: context.localZone)
        }
    }

    func absolute(_ operand: [UInt8]) -> FilePath {
        context.workingDirectory.pushing(FilePath(bytes: operand)).lexicallyNormalized()
    }

    /// A path as messages show it: as it was given, from the top of the work tree.
    func shown(_ operand: [UInt8]) throws -> String {
        let prefix = try repository.workTree == nil ? .root : context.prefix()
        let isBare = prefix.isRoot || operand.first == UInt8(ascii: "/")
        return String(decoding: isBare ? operand : prefix.bytes + [UInt8(ascii: "/")] + operand, as: UTF8.self)
    }

    /// The worktree that an operand names: by the end of its path, where that is clear, or by its path.
    private func find(_ operand: [UInt8]) throws -> LinkedWorktree {
        let all = try repository.worktrees()
        let text = String(decoding: operand, as: UTF8.self)
        let named = all.filter { worktree in
            let path = worktree.path.string
            return !text.isEmpty && (path == text || path.hasSuffix("/" + text))
        }
        if named.count == 1 { return named[0] }
        let path = absolute(operand)
        let real = Repository.realPath(path) ?? path
        if let found = all.first(where: { (Repository.realPath($0.path) ?? $0.path) == real }) { return found }
        throw CommandError.fatal("'\(text)' is not a working tree")
    }

    private func text(_ operand: Int) -> String { String(decoding: arguments.operands[operand], as: UTF8.self) }

    // MARK: list

    func list() throws -> ExitCode {
        try expectOperands(0...0)
        let isPorcelain = arguments.isOn("porcelain")
        if arguments.isOn("verbose"), isPorcelain {
            throw CommandError.fatal("options '--verbose' and '--porcelain' cannot be used together")
        }
        if arguments.has("z"), !isPorcelain { throw CommandError.fatal("the option '-z' requires '--porcelain'") }
        let all = try repository.worktrees()
        let expiry = try expiry()
        let width = all.map { $0.path.string.utf8.count }.max() ?? 0
        let digits = all.map { repository.objects.abbreviate($0.head).utf8.count }.max() ?? 0
        for worktree in all {
            let reason = try worktree.name.flatMap { try repository.pruneReason(worktree: $0, expiry: expiry) }
            if isPorcelain {
                showPorcelain(worktree, reason)
            } else {
                try show(worktree, reason, width, digits)
            }
        }
        return .success
    }

    private func showPorcelain(_ worktree: LinkedWorktree, _ reason: String?) {
        let end = arguments.has("z") ? "\0" : "\n"
        var text = "worktree \(worktree.path)\(end)"
        if worktree.isBare {
            text += "bare\(end)"
        } else {
            text += "HEAD \(worktree.head)\(end)"
            text += worktree.branch.map { "branch \($0.string)\(end)" } ?? "detached\(end)"
        }
        if let lock = worktree.lockReason {
            let quoted = end == "\0" ? Array(lock.utf8) : context.quoted(Array(lock.utf8))
            text += lock.isEmpty ? "locked\(end)" : "locked \(String(decoding: quoted, as: UTF8.self))\(end)"
        }
        if let reason { text += "prunable \(reason)\(end)" }
        context.output.write(text + end)
    }

    private func show(_ worktree: LinkedWorktree, _ reason: String?, _ width: Int, _ digits: Int) throws {
        let path = worktree.path.string
        var line = path + String(repeating: " ", count: width + 2 - path.utf8.count)
        if worktree.isBare {
            line += "(bare)"
        } else {
            let id = repository.objects.abbreviate(worktree.head)
            line += id + String(repeating: " ", count: digits + 1 - id.utf8.count)
            if let branch = worktree.branch {
                line += "[\(branch.dropping("refs/heads/") ?? branch.string)]"
            } else {
                line += "(detached HEAD)"
            }
        }
        let isVerbose = arguments.isOn("verbose")
        if let lock = worktree.lockReason {
            line += isVerbose && !lock.isEmpty ? "\n\tlocked: \(lock)" : " locked"
        }
        if let reason { line += isVerbose ? "\n\tprunable: \(reason)" : " prunable" }
        context.output.line(line)
    }

    // MARK: lock

    func lock() throws -> ExitCode {
        try expectOperands(1...1)
        let worktree = try find(arguments.operands[0])
        if worktree.isMain { throw CommandError.fatal("The main working tree cannot be locked or unlocked") }
        if let reason = worktree.lockReason {
            throw CommandError.fatal("'\(text(0))' is already locked" + (reason.isEmpty ? "" : ", reason: \(reason)"))
        }
        let reason = arguments.bytes("reason") ?? []
        let line = reason.isEmpty || reason.last == 10 ? reason : reason + [10]
        try TemporaryFile.replace(worktree.gitDirectory.appending("locked"), with: line, synchronizing: false)
        return .success
    }

    func unlock() throws -> ExitCode {
        try expectOperands(1...1)
        let worktree = try find(arguments.operands[0])
        if worktree.isMain { throw CommandError.fatal("The main working tree cannot be locked or unlocked") }
        if worktree.lockReason == nil { throw CommandError.fatal("'\(text(0))' is not locked") }
        try Files.remove(worktree.gitDirectory.appending("locked"))
        return .success
    }

    // MARK: move, remove

    /// Refuses what is locked, unless `-f` was said twice.
    private func refuseLocked(_ worktree: LinkedWorktree, _ verb: String) throws {
        guard arguments.count("force") < 2, let reason = worktree.lockReason else { return }
        let tail = "use '\(verb) -f -f' to override or unlock first"
        throw CommandError.fatal(
            reason.isEmpty
                ? "cannot \(verb) a locked working tree;\n\(tail)"
                : "cannot \(verb) a locked working tree, lock reason: \(reason)\n\(tail)")
    }

    /// Refuses a worktree that does not lead back to here.
    private func validate(_ worktree: LinkedWorktree, _ verb: String) throws {
        let file = worktree.path.appending(".git")
        func refuse(_ reason: String) -> CommandError {
            .fatal("validation failed, cannot \(verb) working tree: \(reason)")
        }
        if try FileStatus.of(worktree.path) == nil {
            if verb == "remove" { return }
            throw refuse("'\(file)' does not exist")
        }
        guard try FileStatus.of(file) != nil else { throw refuse("'\(file)' does not exist") }
        guard let link = gitFile(file) else { throw refuse("'\(file)' is not a .git file, error code 2") }
        let back = Repository.realPath(link) ?? link
        guard back == Repository.realPath(worktree.gitDirectory) else {
            throw refuse("'\(worktree.path)' does not point back to '\(worktree.gitDirectory)'")
        }
    }

    /// Where a `.git` file leads; nil where it is none.
    private func gitFile(_ file: FilePath) -> FilePath? {
        guard (try? FileStatus.of(file))??.kind == .regular, let content = try? Files.read(file),
            content.starts(with: "gitdir: ".utf8)
        else { return nil }
        let target = FilePath(bytes: content.dropFirst(8).prefix { $0 != 10 && $0 != 13 })
        return file.removingLastComponent().pushing(target).lexicallyNormalized()
    }

    private func refuseSubmodules(_ worktree: LinkedWorktree) throws {
        let index = try repository.readIndex(worktree.gitDirectory.appending("index"))
        let hasNested = try index.entries.contains { entry in
            guard entry.mode == .gitlink else { return false }
            return try FileStatus.of(worktree.path.appending(bytes: entry.path.bytes).appending(".git")) != nil
        }
        let modules = try FileStatus.of(worktree.gitDirectory.appending("modules"))
        if hasNested || modules?.kind == .directory {
            throw CommandError.fatal("working trees containing submodules cannot be moved or removed")
        }
    }

    func move() throws -> ExitCode {
        try expectOperands(2...2)
        var target = absolute(arguments.operands[1])
        let worktree = try find(arguments.operands[0])
        if worktree.isMain { throw CommandError.fatal("'\(text(0))' is a main working tree") }
        var name = try shown(arguments.operands[1])
        if try FileStatus.of(target, followingLinks: true)?.kind == .directory, let last = worktree.path.lastComponent {
            target.append(last)
            while name.hasSuffix("/") { name.removeLast() }
            name += "/" + last.string
        }
        try checkCandidate(target, name, arguments.count("force"), "move")
        try refuseSubmodules(worktree)
        try refuseLocked(worktree, "move")
        try validate(worktree, "move")
        guard rename(worktree.path.string, target.string) == 0 else {
            throw CommandError.fatal(
                "failed to move '\(worktree.path)' to '\(target)': \(String(cString: strerror(errno)))")
        }
        let file = (Repository.realPath(target) ?? target).appending(".git")
        try TemporaryFile.replace(
            worktree.gitDirectory.appending("gitdir"), with: file.bytes + [10], synchronizing: false)
        return .success
    }

    /// Refuses a path where something stands, or a worktree is registered.
    func checkCandidate(_ path: FilePath, _ name: String, _ force: Int, _ verb: String) throws {
        if try FileStatus.of(path, followingLinks: true) != nil, try Files.list(path)?.isEmpty != true {
            throw CommandError.fatal("'\(name)' already exists")
        }
        let real = Repository.realPath(path) ?? path
        guard let known = try repository.worktrees().first(where: { (Repository.realPath($0.path) ?? $0.path) == real })
        else { return }
        let isLocked = known.lockReason != nil
        if force > (isLocked ? 1 : 0), !known.isMain {
            try Files.removeTree(known.gitDirectory)
            return
        }
        throw CommandError.fatal(
            isLocked
                ? "'\(name)' is a missing but locked worktree;\nuse '\(verb) -f -f' to override, or 'unlock' and 'prune' or 'remove' to clear"
                : "'\(name)' is a missing but already registered worktree;\nuse '\(verb) -f' to override, or 'prune' or 'remove' to clear"
        )
    }

    func remove() throws -> ExitCode {
        try expectOperands(1...1)
        let worktree = try find(arguments.operands[0])
        if worktree.isMain { throw CommandError.fatal("'\(text(0))' is a main working tree") }
        try refuseLocked(worktree, "remove")
        try validate(worktree, "remove")
        if try FileStatus.of(worktree.path) != nil {
            if arguments.count("force") == 0 { try refuseDirty(worktree) }
            try Files.removeTree(worktree.path)
        }
        try Files.removeTree(worktree.gitDirectory)
        _ = try? Files.removeEmptyDirectory(repository.worktreesDirectory)
        return .success
    }

    private func refuseDirty(_ worktree: LinkedWorktree) throws {
        try refuseSubmodules(worktree)
        let other = context.other(gitDirectory: worktree.gitDirectory, workTree: worktree.path)
        let tree = try other.worktree()
        let index = try other.index()
        let head = try worktree.head.isZero ? nil : repository.objects.links(worktree.head).tree
        let isClean =
            try tree.compare(index).changes.isEmpty && index.conflictedPaths.isEmpty
            && TreeFiles.changes(from: head, to: index, repository.objects).isEmpty
            && UntrackedScan.run(tree, index, .init()).untracked.isEmpty
        guard isClean else {
            throw CommandError.fatal("'\(text(0))' contains modified or untracked files, use --force to delete it")
        }
    }

    // MARK: prune, repair

    func prune() throws -> ExitCode {
        try expectOperands(0...0)
        let expiry = try expiry()
        var kept: [(path: String, name: String)] = []
        func remove(_ name: String, _ reason: String) throws {
            if arguments.isOn("dry-run") || arguments.isOn("verbose") {
                context.errors.line("Removing worktrees/\(name): \(reason)")
            }
            if !arguments.isOn("dry-run") { try Files.removeTree(repository.worktreesDirectory.appending(name)) }
        }
        guard let entries = try Files.list(repository.worktreesDirectory) else { return .success }
        for entry in entries {
            let name = String(decoding: entry.name, as: UTF8.self)
            if let reason = try repository.pruneReason(worktree: name, expiry: expiry) {
                try remove(name, reason)
            } else if try FileStatus.of(repository.worktreesDirectory.appending("\(name)/locked")) == nil,
                let link = try Files.readIfPresent(repository.worktreesDirectory.appending("\(name)/gitdir"))
            {
                kept.append((String(decoding: link.prefix { $0 != 10 }, as: UTF8.self), name))
            }
        }
        var seen: Set<String> = [repository.commonDirectory.string]
        for item in kept.sorted(by: { $0 < $1 }) where !seen.insert(item.path).inserted {
            try remove(item.name, "duplicate entry")
        }
        if !arguments.isOn("dry-run") { _ = try? Files.removeEmptyDirectory(repository.worktreesDirectory) }
        return .success
    }

    func repair() throws -> ExitCode {
        var code = ExitCode.success
        func report(_ message: String, _ path: FilePath, isError: Bool = false) {
            context.errors.line("\(isError ? "error" : "repair"): \(message): \(path)")
            if isError { code = .failure }
        }
        for operand in arguments.operands.isEmpty ? [Array(".".utf8)] : arguments.operands {
            try repairLink(operand, report)
        }
        for worktree in try repository.worktrees() where !worktree.isMain {
            guard let status = try FileStatus.of(worktree.path, followingLinks: true) else { continue }
            guard status.kind == .directory else {
                report("not a directory", worktree.path, isError: true)
                continue
            }
            let file = worktree.path.appending(".git")
            let wanted = Repository.realPath(worktree.gitDirectory) ?? worktree.gitDirectory
            if try FileStatus.of(file)?.kind == .directory {
                report(".git is not a file", worktree.path, isError: true)
                continue
            }
            let link = gitFile(file)
            if let link, link == wanted { continue }
            let isBroken = try link.map { try FileStatus.of($0.appending("HEAD")) == nil } ?? true
            report(isBroken ? ".git file broken" : ".git file incorrect", worktree.path)
            try TemporaryFile.replace(file, with: Array("gitdir: \(wanted)\n".utf8), synchronizing: false)
        }
        return code
    }

    /// Makes the repository's part of a worktree lead to where that stands now.
    private func repairLink(_ operand: [UInt8], _ report: (String, FilePath, Bool) -> Void) throws {
        let path = absolute(operand)
        let shown = FilePath(bytes: operand)
        let main = Repository.realPath(repository.commonDirectory)
        if let real = Repository.realPath(path), let main {
            let top = main.lastComponent?.string == ".git" ? main.removingLastComponent() : main
            let target = real.lastComponent?.string == ".git" ? real.removingLastComponent() : real
            if top == target { return }
        }
        guard let file = Repository.realPath(path.appending(".git")) else {
            return report("not a valid path", shown, true)
        }
        guard try FileStatus.of(file)?.kind == .regular else {
            return report("unable to locate repository; .git is not a file", file, true)
        }
        guard var link = gitFile(file) else {
            return report("unable to locate repository; .git file broken", file, true)
        }
        if try FileStatus.of(link.appending("HEAD")) == nil {
            let inferred = link.lastComponent.map { repository.worktreesDirectory.appending($0.string) }
            guard let inferred, try FileStatus.of(inferred)?.kind == .directory else {
                return report(
                    "unable to locate repository; .git file does not reference a repository", file, true)
            }
            link = inferred
        }
        let place = link.appending("gitdir")
        let known = try Files.readIfPresent(place).map { FilePath(bytes: $0.prefix { $0 != 10 && $0 != 13 }) }
        if known == file { return }
        report(known == nil ? "gitdir unreadable" : "gitdir incorrect", place, false)
        try TemporaryFile.replace(place, with: file.bytes + [10], synchronizing: false)
    }
}

extension Context {
    /// A context for another work tree of the same repository.
    func other(gitDirectory: FilePath, workTree: FilePath) -> Context {
        var options = options
        options.gitDirectory = gitDirectory.string
        options.workTree = workTree.string
        options.isBare = false
        var variables = environment.variables
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"] { variables[name] = nil }
        return Context(environment: ProcessEnvironment(variables), options: options)
    }
}
