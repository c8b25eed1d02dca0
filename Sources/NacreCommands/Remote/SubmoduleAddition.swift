internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

/// `submodule add`.
struct SubmoduleAddition {
    private let table: SubmoduleTable
    private var context: Context { table.context }
    private var arguments: Arguments { table.arguments }

    init(_ table: SubmoduleTable) { self.table = table }

    func run() throws -> ExitCode {
        let words = arguments.texts
        guard (1...2).contains(words.count) else { throw CommandError.usage("a repository and a path") }
        let written = words[0]
        let path = try path(words.count > 1 ? words[1] : SubmoduleURL.directoryName(written))
        let url: String
        if written.hasPrefix("./") || written.hasPrefix("../") {
            guard try context.prefix() == .root else {
                throw CommandError.fatal("Relative path can only be used from the toplevel of the working tree")
            }
            url = try table.resolved(written)
        } else {
            url = written
            guard written.contains(":") || written.hasPrefix("/") else {
                throw CommandError.fatal("repo URL: '\(written)' must be absolute or begin with ./|../")
            }
        }
        try check(path)
        let name = arguments.text("name") ?? table.name(path) ?? path
        guard SubmoduleTable.isSafe(name) else { throw CommandError.fatal("'\(name)' is not a valid submodule name") }
        if table.name(path) == nil, table.modules.subsections(of: "submodule").contains(Array(name.utf8)),
            !arguments.isOn("force")
        {
            throw CommandError.fatal(
                "submodule name '\(name)' already used for path '"
                    + "\(table.modules.string("submodule.\(name).path") ?? "")'")
        }
        try bring(url, path, name)
        let branch = arguments.text("branch")
        try configure(written, url, path, name, branch)
        return .success
    }

    private func path(_ text: String) throws -> String {
        var full = context.workingDirectory.pushing(FilePath(text)).lexicallyNormalized()
        guard full.removePrefix(table.workTree), !full.isEmpty, GitPath(full.string).isSafe(mode: .gitlink) else {
            throw CommandError.fatal("'\(text)' is not a path in this work tree")
        }
        return full.string
    }

    private func check(_ path: String) throws {
        let index = try context.index()
        let range = index.range(of: GitPath(path))
        if let entry = range.map({ index.entries[$0] }).first {
            if arguments.isOn("force"), entry.mode == .gitlink { return }
            throw CommandError.fatal(
                "'\(path)' already exists in the index\(entry.mode == .gitlink ? "" : " and is not a submodule")")
        }
        if !arguments.isOn("force") {
            let ignored = try table.program.capture(["check-ignore", "-q", path], in: table.workTree, errors: true)
            if ignored.status.isSuccess {
                context.errors.line("The following paths are ignored by one of your .gitignore files:\n\(path)")
                context.hint("Use -f if you really want to add them.")
                throw CommandError(.silent, "", exitCode: .failure)
            }
        }
    }

    /// Makes sure that a repository stands at the path.
    private func bring(_ url: String, _ path: String, _ name: String) throws {
        let place = table.directory(path)
        if let entries = try Files.list(place), !entries.isEmpty {
            guard let inner = try table.opened(path) else {
                throw CommandError.fatal("'\(path)' already exists and is not a valid git repo")
            }
            guard try inner.refs.resolve(.head) != nil else {
                throw CommandError.fatal("'\(path)' does not have a commit checked out")
            }
            if !table.isQuiet { context.output.line("Adding existing repo at '\(path)' to the index") }
            return
        }
        if try FileStatus.of(table.storage(name).appending("HEAD")) != nil, !arguments.isOn("force") {
            context.errors.line("A git directory for '\(name)' is found locally with remote(s):")
            if let kept = try? Repository.open(table.storage(name), context.discovery) {
                for remote in Remote.names(kept.config) {
                    context.errors.line("  \(remote)\t\(kept.config.string("remote.\(remote).url") ?? "")")
                }
            }
            throw CommandError.fatal(
                "If you want to reuse this local git directory instead of cloning again from\n  \(url)\n"
                    + "use the '--force' option. If the local git directory is not the correct repo\n"
                    + "or you are unsure what this means choose another name with the '--name' option.")
        }
        try SubmoduleClones(table).clone(url, path, name, depth: arguments.text("depth"), table.config())
        var words = ["checkout", "-f", "-q"]
        if let branch = arguments.text("branch") { words += ["-B", branch, "origin/\(branch)"] }
        guard try table.program.run(words, in: place).isSuccess else {
            throw CommandError.fatal("unable to checkout submodule '\(path)'")
        }
    }

    private func configure(_ written: String, _ url: String, _ path: String, _ name: String, _ branch: String?) throws {
        guard let inner = try table.opened(path), let head = try inner.refs.resolve(.head) else {
            throw CommandError.fatal("'\(path)' does not have a commit checked out")
        }
        let session = try IndexSession(table.repository)
        session.index.remove(GitPath(path))
        session.index.add(IndexEntry(path: GitPath(path), id: head, mode: .gitlink))
        try session.commit(nil)
        try table.edit { file throws(ConfigError) in try file.set("submodule.\(name).url", to: url) }
        try table.editModules { file throws(ConfigError) in
            try file.set("submodule.\(name).path", to: path)
            try file.set("submodule.\(name).url", to: written)
            if let branch { try file.set("submodule.\(name).branch", to: branch) }
        }
        context.output.flush()
        guard try table.program.run(["add", "--force", "--", ".gitmodules"], in: table.workTree).isSuccess else {
            throw CommandError.fatal("Failed to register submodule '\(path)'")
        }
        let config = try table.config()
        let patterns = config.strings("submodule.active")
        let isCovered =
            try !patterns.isEmpty
            && context.pathspec(patterns.map { Array((":(top)" + $0).utf8) }).matches(GitPath(path))
        if !isCovered {
            try table.edit { file throws(ConfigError) in try file.set("submodule.\(name).active", to: "true") }
        }
    }
}
