internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

extension Context {
    /// An id cut to what names it alone.
    func abbreviated(_ id: ObjectID) -> String {
        (try? repository().objects.abbreviate(id, minimum: nil)) ?? String(id.hex.prefix(7))
    }

    /// A ref's short name, or an id cut short.
    func shortName(_ text: String) -> String {
        if let id = ObjectID(hex: text) { return abbreviated(id) }
        for prefix in ["refs/heads/", "refs/tags/", "refs/remotes/"] where text.hasPrefix(prefix) {
            return String(text.dropFirst(prefix.count))
        }
        return text
    }

    /// A file in the repository's directory as messages name it.
    func gitPath(_ name: String) -> String {
        guard let repository = try? repository() else { return name }
        var path = repository.gitDirectory.appending(name)
        if let top = repository.workTree, path.removePrefix(top) { return path.string }
        return repository.gitDirectory.appending(name).string
    }

    func hasGitFile(_ name: String) -> Bool {
        guard let repository = try? repository() else { return false }
        return ((try? FileStatus.of(repository.gitDirectory.appending(name))) ?? nil) != nil
    }

    /// How many stashes there are.
    func stashCount() throws -> Int {
        try repository().refs.reflog(RefName("refs/stash"))?.entries.count ?? 0
    }

    /// What a detached `HEAD` was taken from, by its log; nil where the log does not say.
    func detachedFrom(_ head: ObjectID?) throws -> (name: String, isAt: Bool)? {
        let repository = try repository()
        guard let log = try repository.refs.reflog(.head) else { return nil }
        for entry in log.entries.reversed() {
            let text = entry.text
            guard text.hasPrefix("checkout: moving from "), let start = text.index(afterLast: " to ") else { continue }
            var target = String(text[start...])
            if target == "HEAD" { target = "" }
            let name = try detachedName(target, entry.new, repository)
            return (name, head == entry.new)
        }
        return nil
    }

    private func detachedName(_ target: String, _ id: ObjectID, _ repository: Repository) throws -> String {
        for prefix in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
            guard !target.isEmpty, let name = try? RefName(prefix + target),
                let found = try? repository.refs.resolve(name)
            else { continue }
            guard found == id || (try? repository.objects.peel(found, to: .commit)) == id else { continue }
            let full = name.string
            if full.hasPrefix("refs/tags/") { return String(full.dropFirst(10)) }
            if full.hasPrefix("refs/remotes/") { return String(full.dropFirst(13)) }
            return full
        }
        return abbreviated(id)
    }
}

extension String {
    /// Where the text after the last occurrence of another begins.
    fileprivate func index(afterLast other: String) -> String.Index? {
        var search = endIndex
        while search > startIndex {
            search = index(before: search)
            if self[search...].hasPrefix(other) { return index(search, offsetBy: other.count) }
        }
        return nil
    }
}

extension StatusReport {
    /// The id of nothing, for formats that print one.
    var zero: ObjectID { .zero(state.head?.algorithm ?? items.first?.indexID?.algorithm ?? .sha1) }
}
