internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

extension Context {
    /// What stands at a path of the work tree.
    func fileStatus(_ path: GitPath) throws -> FileStatus? {
        let (_, workTree) = try repositoryWithWorkTree()
        return try FileStatus.of(path.isRoot ? workTree : workTree.appending(bytes: path.bytes))
    }

    /// The tree that a revision names.
    func tree(_ text: String, complaint: String = "could not resolve") throws -> ObjectID {
        let repository = try repository()
        guard let found = try resolver().find(text, hint: .treeish) else {
            throw CommandError.fatal("\(complaint) \(text)")
        }
        do throws(StorageError) { return try repository.objects.peel(found.id, to: .tree) } catch {
            throw CommandError.fatal("reference is not a tree: \(text)")
        }
    }

    /// The commit that a revision names, or its tree, cut short.
    func abbreviatedCommitOrTree(_ text: String) throws -> String {
        let id = try resolver().resolve(text)
        if let commit = try? repository().objects.peel(id, to: .commit) { return abbreviated(commit) }
        return abbreviated(id)
    }
}

extension Repository {
    /// The remote, and the ref there, that a remote-tracking branch follows.
    func remoteSource(of tracking: RefName) -> (remote: String, ref: String)? {
        for name in config.subsections(of: "remote") {
            let remote = String(decoding: name, as: UTF8.self)
            for line in config.strings("remote.\(remote).fetch") {
                let spec = line.hasPrefix("+") ? String(line.dropFirst()) : line
                let sides = spec.split(separator: ":", maxSplits: 1).map(String.init)
                guard sides.count == 2 else { continue }
                if sides[1] == tracking.string { return (remote, sides[0]) }
                guard sides[1].hasSuffix("*"), sides[0].hasSuffix("*"),
                    tracking.string.hasPrefix(String(sides[1].dropLast()))
                else { continue }
                return (remote, String(sides[0].dropLast()) + tracking.string.dropFirst(sides[1].count - 1))
            }
        }
        return nil
    }

    /// Writes settings into the repository's own configuration.
    func setConfig(_ settings: [(key: String, value: String)]) throws {
        try ConfigFile.edit(commonDirectory.appending("config")) { (file) throws(ConfigError) in
            for setting in settings { try file.set(setting.key, to: setting.value) }
        }
    }
}
