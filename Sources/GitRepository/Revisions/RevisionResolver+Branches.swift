internal import GitConfig
internal import GitObjects
public import GitRefs

extension RevisionResolver {
    /// The branch's or ref's name that `@`, `@{-1}`, `@{upstream}` and `@{push}` at the front or end of a text stand for;
    /// nil where the text has none of them.
    ///
    /// - Throws: ``RevisionError/noUpstream(_:)``, ``RevisionError/noPush(_:)``.
    public func expandBranch(_ text: String) throws -> String? {
        if text == "@" { return "HEAD" }
        guard let at = text.range(of: "@{") else { return nil }
        if at.lower == text.startIndex, let (number, rest) = Self.prior(text) {
            guard let branch = try priorCheckout(number) else { return nil }
            return rest.isEmpty ? branch : try expandBranch(branch + rest) ?? branch + rest
        }
        guard text.hasSuffix("}") else { return nil }
        let base = String(text[..<at.lower])
        let mark = text[at.upper...].dropLast().lowercased()
        switch mark {
        case "u", "upstream": return try upstreamName(try expandBranch(base) ?? base).string
        case "push": return try pushName(try expandBranch(base) ?? base).string
        default: return nil
        }
    }

    private static func prior(_ text: String) -> (number: Int, rest: String)? {
        guard text.hasPrefix("@{-"), let close = text.firstIndex(of: "}") else { return nil }
        guard let number = Int(text[text.index(text.startIndex, offsetBy: 3)..<close]), number > 0 else { return nil }
        return (number, String(text[text.index(after: close)...]))
    }

    /// The branch (or commit) that was checked out before the last `count` switches, by the log of `HEAD`.
    public func priorCheckout(_ count: Int) throws -> String? {
        guard let log = try repository.refs.reflog(.head) else { return nil }
        var left = count
        for entry in log.entries.reversed() {
            let text = entry.text
            guard text.hasPrefix("checkout: moving from "), let to = text.range(of: " to ") else { continue }
            left -= 1
            if left == 0 {
                return String(text[text.index(text.startIndex, offsetBy: "checkout: moving from ".count)..<to.lower])
            }
        }
        return nil
    }

    private func branchName(_ text: String) throws -> String {
        if text.isEmpty || text == "HEAD" {
            let head = try repository.refs.resolveFully(.head).name
            guard let name = head.dropping("refs/heads/") else {
                throw RevisionError.noUpstream("HEAD does not point to a branch")
            }
            return name
        }
        return text.hasPrefix("refs/heads/") ? String(text.dropFirst(11)) : text
    }

    private func upstreamName(_ text: String) throws -> RefName {
        let name = try branchName(text)
        guard let full = try? RefName("refs/heads/" + name),
            try repository.refs.resolveFully(full).id != nil
                || repository.refs.resolveFully(.head).name == full
        else { throw RevisionError.noUpstream("no such branch: '\(name)'") }
        return try repository.upstream(of: name)
    }

    private func pushName(_ text: String) throws -> RefName { try repository.pushDestination(of: try branchName(text)) }
}

extension Repository {
    /// The fetch refspecs of a remote.
    public func fetchRefspecs(of remote: String) -> [Refspec] {
        config.strings("remote.\(remote).fetch").compactMap { try? Refspec($0, forPush: false) }
    }

    /// The remote-tracking branch that a branch follows: `branch.<name>.remote` and `.merge` through the remote's refspecs.
    ///
    /// - Throws: ``RevisionError/noUpstream(_:)`` with Git's reason.
    public func upstream(of branch: String) throws -> RefName {
        guard let remote = config.string("branch.\(branch).remote"),
            let merge = config.string("branch.\(branch).merge"), let source = try? RefName(merge)
        else { throw RevisionError.noUpstream("no upstream configured for branch '\(branch)'") }
        if remote == "." { return source }
        guard let tracked = tracked(source, of: remote) else {
            throw RevisionError.noUpstream("upstream branch '\(merge)' not stored as a remote-tracking branch")
        }
        return tracked
    }

    /// Where a remote's ref is kept here.
    public func tracked(_ name: RefName, of remote: String) -> RefName? {
        for refspec in fetchRefspecs(of: remote) {
            if let destination = refspec.destination(for: name) { return destination }
        }
        return nil
    }

    /// The remote that a branch is pushed to by default.
    public func pushRemote(of branch: String) -> String {
        config.string("branch.\(branch).pushremote") ?? config.string("remote.pushdefault")
            ?? config.string("branch.\(branch).remote") ?? defaultRemote
    }

    /// `origin`, or the only remote there is.
    private var defaultRemote: String {
        let names = config.subsections(of: "remote")
        return names.count == 1 ? String(decoding: names[0], as: UTF8.self) : "origin"
    }

    /// The remote-tracking branch that a push of a branch would change.
    ///
    /// - Throws: ``RevisionError/noPush(_:)`` with Git's reason.
    public func pushDestination(of branch: String) throws -> RefName {
        let remote = pushRemote(of: branch)
        guard let name = try? RefName("refs/heads/" + branch) else {
            throw RevisionError.noPush("no such branch: '\(branch)'")
        }
        let refspecs = config.strings("remote.\(remote).push").compactMap { try? Refspec($0, forPush: true) }
        if !refspecs.isEmpty {
            guard let destination = refspecs.lazy.compactMap({ $0.destination(for: name) }).first else {
                throw RevisionError.noPush("push refspecs for '\(remote)' do not include '\(branch)'")
            }
            return try trackedForPush(destination, remote)
        }
        switch config.string("push.default") ?? "simple" {
        case "nothing": throw RevisionError.noPush("push has no destination (push.default is 'nothing')")
        case "matching", "current": return try trackedForPush(name, remote)
        case "upstream", "tracking": return try upstream(of: branch)
        default:
            let upstream = try upstream(of: branch)
            guard try trackedForPush(name, remote) == upstream else {
                throw RevisionError.noPush("cannot resolve 'simple' push to a single destination")
            }
            return upstream
        }
    }

    private func trackedForPush(_ name: RefName, _ remote: String) throws -> RefName {
        guard let tracked = tracked(name, of: remote) else {
            throw RevisionError.noPush("push destination '\(name)' on remote '\(remote)' has no local tracking branch")
        }
        return tracked
    }
}

extension String {
    /// Where a text stands in this one first.
    func range(of text: String) -> (lower: String.Index, upper: String.Index)? {
        let pattern = Array(text.utf8)
        let bytes = Array(utf8)
        guard bytes.count >= pattern.count else { return nil }
        for start in 0...(bytes.count - pattern.count)
        where bytes[start..<(start + pattern.count)].elementsEqual(pattern) {
            let lower = utf8.index(startIndex, offsetBy: start)
            return (lower, utf8.index(lower, offsetBy: pattern.count))
        }
        return nil
    }
}

extension RevisionResolver {
    /// The full name of the ref that a short name means first; nil where it means none.
    public func fullName(_ text: String) throws -> RefName? { try refs(named: text).first?.name }

    /// The full names of all refs that a short name may mean, the one that counts first.
    public func fullNames(_ text: String) throws -> [RefName] { try refs(named: text).map(\.name) }
}
