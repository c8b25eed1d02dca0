internal import GitConfig
internal import GitRefs

extension Repository {
    /// The short name of the branch that `HEAD` names; nil where it names none.
    public var currentBranch: String? {
        guard case .symbolic(let name)? = (try? refs.read(.head)) ?? nil else { return nil }
        return name.dropping("refs/heads/")
    }

    /// The remote that a fetch without operands asks: the current branch's, the only one, or `origin`.
    public func fetchRemote() throws -> String {
        if let branch = currentBranch, let name = config.string("branch.\(branch).remote") { return name }
        let names = Remote.names(config)
        return names.count == 1 ? names[0] : "origin"
    }

    /// The remote that a push without operands sends to.
    public func pushRemote() throws -> String {
        if let branch = currentBranch, let name = config.string("branch.\(branch).pushremote") { return name }
        return try config.string("remote.pushdefault") ?? fetchRemote()
    }

    /// The refs of a remote that the current branch merges.
    public func mergeRefs(of remote: Remote) throws -> [String] {
        guard let branch = currentBranch, config.string("branch.\(branch).remote") == remote.name else { return [] }
        return config.strings("branch.\(branch).merge")
    }
}
