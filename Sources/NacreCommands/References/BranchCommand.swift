internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `branch`: lists, makes, renames and deletes branches.
enum BranchCommand: Command {
    static let name = "branch"
    static let summary = "list, create, or delete branches"
    static let usage = [
        "[<options>] [-r | -a] [--merged] [--no-merged]", "[<options>] [-f] <branch-name> [<start-point>]",
        "[<options>] [-r] (-d | -D) <branch-name>...", "[<options>] (-m | -M) [<old-branch>] <new-branch>",
        "[<options>] (-c | -C) [<old-branch>] <new-branch>", "[<options>] [-r | -a] [--format]",
    ]
    static let options: [OptionSpec] =
        [
            .flag("verbose", "v", "show hash and subject, give twice for upstream branch"),
            .flag("quiet", "q", "suppress informational messages"),
            .optional("track", "t", "mode", "set branch tracking configuration"),
            .value("set-upstream-to", "u", "upstream", "change the upstream info"),
            .flag("unset-upstream", "unset the upstream info"),
            .optional("color", "when", "use colored output"),
            .flag("remotes", "r", "act on remote-tracking branches"),
            .flag("all", "a", "list both remote-tracking and local branches"),
            .flag("delete", "d", "delete fully merged branch"),
            .shortFlag("D", "delete branch (even if not merged)"),
            .flag("move", "m", "move/rename a branch and its reflog"),
            .shortFlag("M", "move/rename a branch, even if target exists"),
            .flag("copy", "c", "copy a branch and its reflog"),
            .shortFlag("C", "copy a branch, even if target exists"),
            .flag("list", "l", "list branch names"),
            .flag("show-current", "show current branch name"),
            .flag("create-reflog", "create the branch's reflog"),
            .flag("edit-description", "edit the description for the branch"),
            .flag("force", "f", "force creation, move/rename, deletion"),
            .optional("abbrev", "n", "use <n> digits to display object names"),
            .optional("column", "style", "list branches in columns"),
        ] + RefListing.options

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let session = try BranchSession(arguments, context)
        if arguments.isOn("show-current") { return try session.showCurrent() }
        if arguments.isOn("delete") || arguments.has("D") { return try session.delete() }
        if arguments.isOn("move") || arguments.has("M") { return try session.move(copying: false) }
        if arguments.isOn("copy") || arguments.has("C") { return try session.move(copying: true) }
        if arguments.last("set-upstream-to") != nil { return try session.setUpstream() }
        if arguments.isOn("unset-upstream") { return try session.unsetUpstream() }
        if arguments.isOn("edit-description") { return try session.editDescription() }
        let filters = ["merged", "no-merged", "contains", "no-contains", "points-at", "remotes", "all"]
        let isListing =
            arguments.isOn("list") || arguments.operands.isEmpty || filters.contains { arguments.has($0) }
        if isListing {
            var list = try BranchList(arguments, context)
            try list.run()
            return .success
        }
        return try session.create()
    }
}

/// What `branch` does to branches.
struct BranchSession {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository
    private let resolver: RevisionResolver

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        resolver = try context.revisionResolver()
    }

    private var isForced: Bool {
        arguments.isOn("force") || arguments.has("D") || arguments.has("M") || arguments.has("C")
    }

    private func valid(_ text: String) throws -> RefName {
        let expanded = try resolver.expandBranch(text) ?? text
        guard let name = try? RefName.branch(expanded) else {
            throw CommandError.fatal("'\(text)' is not a valid branch name")
        }
        return name
    }

    private func headBranch() throws -> RefName? {
        if case .symbolic(let name)? = try repository.refs.read(.head) { name } else { nil }
    }

    func showCurrent() throws -> ExitCode {
        if let name = try headBranch() { context.output.line(name.shortened) }
        return .success
    }

    // MARK: Making

    func create() throws -> ExitCode {
        guard arguments.operands.count <= 2 else { throw CommandError.usage("too many arguments") }
        let text = arguments.texts[0]
        let name = try valid(text)
        let startText = try arguments.operands.count > 1 ? arguments.texts[1] : headBranch()?.shortened ?? "HEAD"
        let exists = try repository.refs.resolve(name)
        if exists != nil, !isForced { throw CommandError.fatal("a branch named '\(name.shortened)' already exists") }
        if exists != nil { try demandNotCheckedOut(name) }
        guard let found = try resolver.find(startText, hint: .committish) else {
            throw CommandError.fatal("not a valid object name: '\(startText)'")
        }
        guard let id = try resolver.peel(found.id, to: .commit) else {
            throw CommandError.fatal("not a valid branch point: '\(startText)'")
        }
        var transaction = repository.refs.beginTransaction()
        let message = exists != nil ? "branch: Reset to \(startText)" : "branch: Created from \(startText)"
        transaction.update(
            name, to: id, expecting: exists.map { .exactly($0) } ?? .absent, message: message,
            creatingReflog: arguments.isOn("create-reflog"))
        try transaction.commit(committer: context.reflogIdentity())
        let base = try resolver.fullName(startText)
        try track(name, base, startText)
        return .success
    }

    /// A branch that a work tree stands on is not moved from under it.
    private func demandNotCheckedOut(_ name: RefName) throws {
        if let path = try RefListContext(repository, context).worktrees[name] {
            throw CommandError.fatal("cannot force update the branch '\(name.shortened)' checked out at '\(path)'")
        }
    }

    /// Remembers what the branch was made from, where that is asked for or configured.
    private func track(_ name: RefName, _ base: RefName?, _ text: String) throws {
        let option = arguments.last("track")
        if arguments.flag("track") == false { return }
        let setting = repository.config.string("branch.autosetupmerge") ?? "true"
        let mode = try UpstreamInheritance.mode(arguments)
        let isAsked = option != nil
        if let base, mode == "inherit" || (mode == nil && setting == "inherit") {
            return try UpstreamInheritance(context: context).inherit(
                name.shortened, from: base, isQuiet: arguments.isOn("quiet"))
        }
        guard let base else {
            if isAsked {
                throw CommandError.fatal("cannot set up tracking information; starting point '\(text)' is not a branch")
            }
            return
        }
        guard isAsked || (setting != "false" && base.isRemote) || (setting == "always" && base.isBranch) else { return }
        if !isAsked, setting == "simple", !UpstreamInheritance.isNamed(base, name.shortened) { return }
        try setTracking(name, base)
    }

    private func setTracking(_ name: RefName, _ base: RefName) throws {
        var remote = "."
        var merge = base.string
        if base.isRemote {
            let candidates = repository.config.subsections(of: "remote").map { String(decoding: $0, as: UTF8.self) }
            for candidate in candidates {
                for refspec in repository.fetchRefspecs(of: candidate) {
                    if let source = refspec.source(for: base) { (remote, merge) = (candidate, source.string) }
                }
            }
            if remote == "." {
                throw CommandError.fatal(
                    "cannot set up tracking information; starting point '\(base.shortened)' is not a branch")
            }
        }
        let short = name.shortened
        let rebases = repository.config.string("branch.autosetuprebase") ?? "never"
        let isRebasing =
            rebases == "always" || (rebases == "remote" && remote != ".") || (rebases == "local" && remote == ".")
        try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
            try file.set("branch.\(short).remote", to: Array(remote.utf8), replacingAll: true)
            try file.set("branch.\(short).merge", to: Array(merge.utf8), replacingAll: true)
            if isRebasing { try file.set("branch.\(short).rebase", to: "true") }
        }
        if !arguments.isOn("quiet") {
            let shown = base.dropping("refs/heads/") ?? base.dropping("refs/remotes/") ?? base.string
            context.output.line("branch '\(short)' set up to track '\(shown)'\(isRebasing ? " by rebasing" : "").")
        }
    }

    // MARK: Deleting

    func delete() throws -> ExitCode {
        guard !arguments.operands.isEmpty else { throw CommandError.fatal("branch name required") }
        let isRemote = arguments.isOn("remotes")
        let list = try RefListContext(repository, context)
        let head = try repository.refs.resolve(.head)
        var code = ExitCode.success
        func complain(_ text: String) {
            context.output.flush()
            context.errors.line("error: " + text)
            code = .failure
        }
        for operand in arguments.texts {
            let expanded = try resolver.expandBranch(operand) ?? operand
            let parsed = try? RefName((isRemote ? "refs/remotes/" : "refs/heads/") + expanded)
            if !isRemote, let name = parsed, let path = list.worktrees[name] {
                complain("Cannot delete branch '\(expanded)' checked out at '\(path)'")
                continue
            }
            guard let name = parsed, let ref = try repository.refs.ref(name) else {
                complain(
                    isRemote ? "remote-tracking branch '\(expanded)' not found." : "branch '\(expanded)' not found.")
                continue
            }
            if !isRemote, !isForced, let id = ref.id, try !isMerged(id, expanded, head) {
                complain(
                    "The branch '\(expanded)' is not fully merged.\nIf you are sure you want to delete it, run 'git branch -D \(expanded)'."
                )
                continue
            }
            var transaction = repository.refs.beginTransaction()
            transaction.delete(name, expecting: ref.id.map { .exactly($0) } ?? .any, followingSymbolic: false)
            try transaction.commit(committer: context.reflogIdentity())
            if !isRemote { try removeSettings(expanded) }
            if !arguments.isOn("quiet") {
                let what: String
                if case .symbolic(let target) = ref.target {
                    what = target.string
                } else {
                    what = ref.id.map { repository.objects.abbreviate($0) } ?? "broken"
                }
                context.output.line("Deleted \(isRemote ? "remote-tracking " : "")branch \(expanded) (was \(what)).")
            }
        }
        return code
    }

    private func isMerged(_ id: ObjectID, _ branch: String, _ head: ObjectID?) throws -> Bool {
        var bases = MergeBases(repository)
        let upstream = try (try? repository.upstream(of: branch)).flatMap { try repository.refs.resolve($0) }
        guard let reference = upstream ?? head else { return false }
        let isInReference = try bases.isAncestor(id, of: reference)
        if let head, upstream != nil {
            let isInHead = try bases.isAncestor(id, of: head)
            if isInHead != isInReference {
                let tracked = (try? repository.upstream(of: branch))?.string ?? ""
                context.errors.line(
                    isInReference
                        ? "warning: deleting branch '\(branch)' that has been merged to\n         '\(tracked)', but not yet merged to HEAD."
                        : "warning: not deleting branch '\(branch)' that is not yet merged to\n         '\(tracked)', even though it is merged to HEAD."
                )
            }
        }
        return isInReference
    }

    private func removeSettings(_ branch: String) throws {
        guard repository.config.subsections(of: "branch").contains(Array(branch.utf8)) else { return }
        do {
            try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
                try file.removeSection("branch.\(branch)")
            }
        } catch ConfigError.noSection {
            // It stands in another file.
        }
    }

    // MARK: Renaming

    func move(copying: Bool) throws -> ExitCode {
        let words = arguments.texts
        guard !words.isEmpty else { throw CommandError.fatal("branch name required") }
        guard words.count <= 2 else {
            throw CommandError.fatal("too many arguments for a \(copying ? "copy" : "rename") operation")
        }
        let head = try headBranch()
        let oldName: RefName
        if words.count == 2 {
            guard let name = try? valid(words[0]) else {
                throw CommandError.fatal("Invalid branch name: '\(words[0])'")
            }
            oldName = name
        } else if let head {
            oldName = head
        } else {
            throw CommandError.fatal("cannot \(copying ? "copy" : "rename") the current branch while not on any.")
        }
        let newName = try valid(words[words.count - 1])
        let id = try repository.refs.resolve(oldName)
        if id == nil, head != oldName || copying {
            throw CommandError.fatal(
                head == oldName
                    ? "No commit on branch '\(oldName.shortened)' yet." : "No branch named '\(oldName.shortened)'.")
        }
        if newName != oldName, try repository.refs.resolve(newName) != nil {
            guard isForced else { throw CommandError.fatal("a branch named '\(newName.shortened)' already exists") }
            try demandNotCheckedOut(newName)
        }
        let committer = try context.reflogIdentity()
        let message = "Branch: \(copying ? "copied" : "renamed") \(oldName) to \(newName)"
        if let id {
            try repository.refs.rename(
                oldName, to: newName, id: id, copying: copying, message: message, committer: committer)
        }
        if !copying {
            for head in try heads(on: oldName) {
                var transaction = repository.refs.beginTransaction()
                transaction.setSymbolic(head, to: newName, message: message)
                try transaction.commit(committer: committer)
            }
        }
        let section = Array(oldName.shortened.utf8)
        if repository.config.subsections(of: "branch").contains(section), oldName != newName {
            try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
                if copying {
                    try file.copySection("branch.\(oldName.shortened)", to: "branch.\(newName.shortened)")
                } else {
                    try file.renameSection("branch.\(oldName.shortened)", to: "branch.\(newName.shortened)")
                }
            }
        }
        return .success
    }

    /// The `HEAD`s, of this and of other work trees, that name a branch.
    private func heads(on branch: RefName) throws -> [RefName] {
        var heads: [RefName] = [.head]
        if repository.gitDirectory != repository.commonDirectory { heads.append(try RefName("main-worktree/HEAD")) }
        for entry in try Files.list(repository.commonDirectory.appending("worktrees")) ?? [] {
            let directory = repository.commonDirectory.appending("worktrees").appending(bytes: entry.name)
            guard directory != repository.gitDirectory,
                let name = try? RefName("worktrees/\(String(decoding: entry.name, as: UTF8.self))/HEAD")
            else { continue }
            heads.append(name)
        }
        return heads.filter { (try? repository.refs.read($0)) == .symbolic(branch) }
    }

    // MARK: Upstreams

    private func target() throws -> RefName {
        guard arguments.operands.count <= 1 else { throw CommandError.fatal("too many arguments to set new upstream") }
        if let text = arguments.texts.first { return try valid(text) }
        guard let head = try headBranch() else {
            throw CommandError.fatal(
                "could not set upstream of HEAD to \(arguments.text("set-upstream-to") ?? "") when it does not point to any branch."
            )
        }
        return head
    }

    func setUpstream() throws -> ExitCode {
        let name = try target()
        let text = arguments.text("set-upstream-to") ?? ""
        guard try repository.refs.resolve(name) != nil else {
            throw CommandError.fatal("branch '\(name.shortened)' does not exist")
        }
        guard let base = try resolver.fullName(text), base.isBranch || base.isRemote else {
            if try resolver.find(text) != nil {
                throw CommandError.fatal("cannot set up tracking information; starting point '\(text)' is not a branch")
            }
            throw CommandError.fatal(
                "the requested upstream branch '\(text)' does not exist",
                hints: [
                    "", "If you are planning on basing your work on an upstream",
                    "branch that already exists at the remote, you may need to",
                    "run \"git fetch\" to retrieve it.", "", "If you are planning to push out a new local branch that",
                    "will track its remote counterpart, you may want to use",
                    "\"git push -u\" to set the upstream config as you push.",
                ])
        }
        try setTracking(name, base)
        return .success
    }

    func unsetUpstream() throws -> ExitCode {
        let name = try target().shortened
        guard repository.config.isSet("branch.\(name).merge") else {
            throw CommandError.fatal("Branch '\(name)' has no upstream information")
        }
        try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
            for key in ["branch.\(name).remote", "branch.\(name).merge"] {
                do throws(ConfigError) {
                    try file.unset(key, all: true)
                } catch {
                    guard case .nothingToUnset = error else { throw error }
                }
            }
        }
        return .success
    }

    func editDescription() throws -> ExitCode {
        guard arguments.operands.count <= 1 else {
            throw CommandError.fatal("cannot edit description of more than one branch")
        }
        let name: String
        if let text = arguments.texts.first {
            name = try valid(text).shortened
        } else if let head = try headBranch() {
            name = head.shortened
        } else {
            throw CommandError.fatal("Cannot give description to detached HEAD")
        }
        let file = repository.gitDirectory.appending("EDIT_DESCRIPTION")
        let old = repository.config.string("branch.\(name).description") ?? ""
        let help = """
            # Please edit the description for the branch
            #   \(name)
            # Lines starting with '#' will be stripped.

            """
        try TemporaryFile.replace(
            file, with: Array((old + (old.isEmpty || old.hasSuffix("\n") ? "" : "\n") + help).utf8))
        try context.edit(file)
        let text = String(decoding: try Files.read(file), as: UTF8.self)
        try Files.remove(file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }
        var kept = lines.joined(separator: "\n").trimmed
        if !kept.isEmpty { kept += "\n" }
        let value = kept
        try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
            if value.isEmpty {
                do throws(ConfigError) {
                    try file.unset("branch.\(name).description", all: true)
                } catch {
                    guard case .nothingToUnset = error else { throw error }
                }
            } else {
                try file.set("branch.\(name).description", to: value)
            }
        }
        return .success
    }
}
