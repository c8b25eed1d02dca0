internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import SystemPackage

/// What changes settings of submodules: `init`, `deinit`, `sync`, `set-url`, `set-branch`, `absorbgitdirs`.
struct SubmoduleEdit {
    private let table: SubmoduleTable
    private var context: Context { table.context }
    private var arguments: Arguments { table.arguments }

    init(_ table: SubmoduleTable) { self.table = table }

    // MARK: init, deinit

    func initialize(_ entries: [SubmoduleTable.Entry]) throws -> ExitCode {
        for entry in entries {
            let shown = table.shown(entry.path)
            guard let name = table.name(entry.path) else {
                throw CommandError.fatal("No url found for submodule path '\(shown)' in .gitmodules")
            }
            let config = try table.config()
            if try !table.isActive(entry.path) {
                try table.edit { file throws(ConfigError) in try file.set("submodule.\(name).active", to: "true") }
            }
            if !config.isSet("submodule.\(name).url") {
                guard let written = table.modules.string("submodule.\(name).url") else {
                    throw CommandError.fatal("No url found for submodule path '\(shown)' in .gitmodules")
                }
                let remote = try table.repository.fetchRemote()
                let isRelative = written.hasPrefix("./") || written.hasPrefix("../")
                if isRelative, !config.isSet("remote.\(remote).url") {
                    context.errors.line(
                        "warning: could not look up configuration 'remote.\(remote).url'. "
                            + "Assuming this repository is its own authoritative upstream.")
                }
                let url = try table.resolved(written)
                try table.edit { file throws(ConfigError) in try file.set("submodule.\(name).url", to: url) }
                if !table.isQuiet {
                    context.errors.line("Submodule '\(name)' (\(url)) registered for path '\(shown)'")
                }
            }
            if !config.isSet("submodule.\(name).update"), let mode = table.modules.string("submodule.\(name).update") {
                let isCommand = mode.hasPrefix("!")
                if isCommand {
                    context.errors.line("warning: command update mode suggested for submodule '\(name)'")
                }
                try table.edit { file throws(ConfigError) in
                    try file.set("submodule.\(name).update", to: isCommand ? "none" : mode)
                }
            }
        }
        return .success
    }

    func deinitialize() throws -> ExitCode {
        let isAll = arguments.isOn("all")
        if isAll && !arguments.operands.isEmpty {
            throw CommandError.usage("pathspec and --all are incompatible")
        }
        guard isAll || !arguments.operands.isEmpty else {
            throw CommandError.fatal("Use '--all' if you really want to deinitialize all submodules")
        }
        for entry in try table.selected() {
            guard let name = table.name(entry.path) else { continue }
            try deinitialize(entry, name)
        }
        return .success
    }

    private func deinitialize(_ entry: SubmoduleTable.Entry, _ name: String) throws {
        let place = table.directory(entry.path)
        let shown = table.shown(entry.path)
        if try FileStatus.of(place)?.kind == .directory {
            if try FileStatus.of(place.appending(".git"))?.kind == .directory {
                context.errors.line(
                    "warning: Submodule work tree '\(shown)' contains a .git directory. "
                        + "This will be replaced with a .git file by using absorbgitdirs.")
                try absorb(entry.path, name)
            }
            if !arguments.isOn("force"), let inner = try table.opened(entry.path) {
                let status = try table.program.capture(["status", "--porcelain"], in: place)
                let head = try inner.refs.resolve(.head)
                guard status.output.isEmpty, head == nil || head == entry.id else {
                    throw CommandError.fatal(
                        "Submodule work tree '\(shown)' contains local modifications; use '-f' to discard them")
                }
            }
            try Files.removeTree(place)
            try Files.makeDirectory(place)
            if !table.isQuiet { context.output.line("Cleared directory '\(shown)'") }
        }
        let config = try table.config()
        let url = config.string("submodule.\(name).url")
        guard url != nil || config.isSet("submodule.\(name).active") else { return }
        try table.edit { file throws(ConfigError) in try file.removeSection("submodule.\(name)") }
        if let url, !table.isQuiet {
            context.output.line("Submodule '\(name)' (\(url)) unregistered for path '\(shown)'")
        }
    }

    // MARK: sync, set-url, set-branch

    func synchronize() throws -> ExitCode {
        try synchronize(table.selected())
        return .success
    }

    private func synchronize(_ entries: [SubmoduleTable.Entry]) throws {
        for entry in entries {
            guard try table.isActive(entry.path), let name = table.name(entry.path) else { continue }
            let written = table.modules.string("submodule.\(name).url") ?? ""
            try synchronize(entry.path, name, written)
        }
    }

    private func synchronize(_ path: String, _ name: String, _ written: String) throws {
        let shown = table.shown(path)
        if !table.isQuiet { context.output.line("Synchronizing submodule url for '\(shown)'") }
        let up = String(repeating: "../", count: path.split(separator: "/").count)
        let url = try table.resolved(written)
        let innerURL = try table.resolved(written, upPath: up)
        try table.edit { file throws(ConfigError) in try file.set("submodule.\(name).url", to: url) }
        guard let inner = try table.opened(path) else { return }
        let remote = try inner.fetchRemote()
        try ConfigFile.edit(inner.commonDirectory.appending("config")) { file throws(ConfigError) in
            try file.set("remote.\(remote).url", to: innerURL)
        }
        guard arguments.isOn("recursive") else { return }
        context.output.flush()
        var words = ["submodule", "sync", "--recursive", "--super-prefix=\(shown)/"]
        if table.isQuiet { words.append("--quiet") }
        guard try table.program.run(words, in: table.directory(path)).isSuccess else {
            throw CommandError.fatal("failed to recurse into submodule '\(path)'")
        }
    }

    func setURL() throws -> ExitCode {
        let words = arguments.texts
        guard words.count == 2, !words[1].isEmpty else { throw CommandError.usage("a path and a new address") }
        let path = try normalized(words[0])
        guard let name = table.name(path) else {
            throw CommandError.fatal("no submodule mapping found in .gitmodules for path '\(words[0])'")
        }
        try table.editModules { file throws(ConfigError) in try file.set("submodule.\(name).url", to: words[1]) }
        if try table.isActive(path) { try synchronize(path, name, words[1]) }
        return .success
    }

    func setBranch() throws -> ExitCode {
        let branch = arguments.text("branch")
        let isDefault = arguments.isOn("default")
        if branch == nil && !isDefault { throw CommandError.fatal("--branch or --default required") }
        if branch != nil && isDefault {
            throw CommandError.fatal("options '--branch' and '--default' cannot be used together")
        }
        guard arguments.operands.count == 1 else { throw CommandError.usage("one path") }
        let path = try normalized(arguments.texts[0])
        guard let name = table.name(path) else {
            throw CommandError.fatal("no submodule mapping found in .gitmodules for path '\(arguments.texts[0])'")
        }
        let isSet = table.modules.isSet("submodule.\(name).branch")
        try table.editModules { file throws(ConfigError) in
            if let branch {
                try file.set("submodule.\(name).branch", to: branch)
            } else if isSet {
                try file.unset("submodule.\(name).branch")
            }
        }
        return .success
    }

    private func normalized(_ text: String) throws -> String {
        var full = context.workingDirectory.pushing(FilePath(text)).lexicallyNormalized()
        guard full.removePrefix(table.workTree) else {
            throw CommandError.fatal("'\(text)' is outside repository at '\(table.workTree)'")
        }
        return full.string
    }

    // MARK: absorbgitdirs

    func absorb() throws -> ExitCode {
        for entry in try table.selected() {
            guard let name = table.name(entry.path) else { continue }
            try absorb(entry.path, name)
        }
        return .success
    }

    /// Moves a submodule's repository out of its work tree.
    private func absorb(_ path: String, _ name: String) throws {
        let place = table.directory(path)
        guard try FileStatus.of(place.appending(".git"))?.kind == .directory else { return }
        let storage = table.storage(name)
        guard try FileStatus.of(storage) == nil else {
            throw CommandError.fatal("a repository is kept for submodule '\(name)' already, in '\(storage)'")
        }
        try Files.makeDirectory(storage.removingLastComponent())
        context.errors.line(
            "Migrating git directory of '\(table.shown(path))' from\n'\(place.appending(".git"))' to\n'\(storage)'")
        try Files.rename(place.appending(".git"), to: storage)
        try SubmoduleClones(table).connect(place, storage)
    }
}
