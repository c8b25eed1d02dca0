internal import GitConfig
internal import GitRefs
internal import GitRepository
internal import SystemPackage

/// `--track=inherit` and `branch.autoSetupMerge=inherit`: a new branch follows what the branch follows that it starts at.
struct UpstreamInheritance {
    let context: Context

    /// What `--track` asks for; nil where it does not stand there.
    ///
    /// - Throws: a usage error for another word than `direct` and `inherit`.
    static func mode(_ arguments: Arguments) throws -> String? {
        guard let option = arguments.last("track") else { return nil }
        let mode = option.text ?? "direct"
        guard mode == "direct" || mode == "inherit" else {
            throw CommandError.usage("option `--track' expects \"direct\" or \"inherit\"")
        }
        return mode
    }

    /// Whether a remote's branch has the name of the new one, as `branch.autoSetupMerge=simple` asks.
    static func isNamed(_ start: RefName, _ name: String) -> Bool {
        guard let rest = start.dropping("refs/remotes/"), let slash = rest.firstIndex(of: "/") else { return false }
        return rest[rest.index(after: slash)...] == name
    }

    /// Writes the settings of `start` for the branch `name`; says so where there are none.
    func inherit(_ name: String, from start: RefName, isQuiet: Bool) throws {
        let repository = try context.repository()
        let base = start.dropping("refs/heads/") ?? start.string
        let what = "warning: asked to inherit tracking from '\(base)', but no"
        guard let remote = repository.config.string("branch.\(base).remote") else {
            context.errors.line("\(what) remote is set")
            return
        }
        let merges = repository.config.strings("branch.\(base).merge")
        guard let first = merges.first else {
            context.errors.line("\(what) merge configuration is set")
            return
        }
        let rebases = repository.config.string("branch.autosetuprebase") ?? "never"
        let isRebasing = rebases == "always" || rebases == (remote == "." ? "local" : "remote")
        try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
            try file.set("branch.\(name).remote", to: Array(remote.utf8), replacingAll: true)
            try file.set("branch.\(name).merge", to: Array(first.utf8), replacingAll: true)
            for merge in merges.dropFirst() { try file.add("branch.\(name).merge", Array(merge.utf8)) }
            if isRebasing { try file.set("branch.\(name).rebase", to: "true") }
        }
        guard !isQuiet else { return }
        let end = isRebasing ? " by rebasing" : ""
        let shown = merges.map { merge in
            "\(remote)/" + (merge.hasPrefix("refs/heads/") ? String(merge.dropFirst("refs/heads/".count)) : merge)
        }
        if shown.count == 1 {
            context.output.line("branch '\(name)' set up to track '\(shown[0])'\(end).")
        } else {
            context.output.line("branch '\(name)' set up to track\(end):")
            for line in shown { context.output.line("  \(line)") }
        }
    }
}
