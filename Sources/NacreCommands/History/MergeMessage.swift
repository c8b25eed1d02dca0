internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// What a merge commit says when nobody says anything.
struct MergeMessage {
    let context: Context
    let repository: Repository
    /// Lists what comes in; nil where nobody asked for it.
    var summary: MergeSummary?

    /// The refs of `FETCH_HEAD` that are merged, where it was named; nil where histories were named one by one.
    var fetched: [FetchHead.Entry]?

    /// The message of a merge of one or several histories.
    ///
    /// - Parameter given: what somebody said, a paragraph each; takes the place of the title.
    /// - Parameter into: what the title calls the branch that is merged into; nil for its name.
    func text(_ targets: [(name: String, commit: ObjectID)], given: [String], into: String? = nil) throws -> [UInt8] {
        let names = fetched?.map(\.id.hex) ?? targets.map(\.name)
        let listed = try summary?.text(origins(targets)) ?? []
        let tags = try names.compactMap { name in try tag(name).map { (name, words(of: $0)) } }
        var tagged: [UInt8] = []
        for (name, words) in tags {
            tagged.append(10)
            let shown = fetched?.first { $0.id.hex == name }?.name ?? name
            if tags.count > 1 { tagged += Array("# tag '\(shown)'\n".utf8) }
            tagged += words
        }
        if !given.isEmpty {
            return Array((given.joined(separator: "\n\n") + "\n").utf8)
                + (listed.isEmpty ? [] : tagged.dropFirst() + listed)
        }
        let title = try fetched.map { FetchHead.mergeTitle(of: $0) } ?? title(names)
        return Array((title + (try destination(into)) + "\n").utf8) + tagged + listed
    }

    private func title(_ names: [String]) throws -> String {
        FetchHead.mergeTitle(
            of: try names.map { name in
                let text = try kind(name)
                let word = String(text.prefix { $0 != "'" }.dropLast())
                // A commit that no name leads to is a source of its own.
                guard word != "commit" else { return (kind: "", name: nil, source: text) }
                return (kind: word, name: String(text.dropFirst(word.utf8.count + 1)), source: ".")
            })
    }

    private func origins(_ targets: [(name: String, commit: ObjectID)]) throws -> [MergeSummary.Origin] {
        guard let fetched else { return try targets.map { try origin($0.name, $0.commit) } }
        return try fetched.map { entry in
            let word = entry.kind == "tag" ? "tag " : ""
            let local = word.isEmpty ? entry.name : entry.name.map { "tag '\($0)'" }
            let remote = entry.name.map { "\(word)'\($0)' of \(entry.source)" }
            let short = (entry.source == "." ? local : remote) ?? entry.source
            let commit = try repository.objects.peel(entry.id, to: .commit)
            let isLocal = entry.source == "." && entry.kind == "branch"
            return MergeSummary.Origin(name: short, commit: commit, isLocalBranch: isLocal)
        }
    }

    private func origin(_ name: String, _ commit: ObjectID) throws -> MergeSummary.Origin {
        let text = try kind(name)
        // A name alone stands without its quotes.
        guard let open = text.firstIndex(of: "'"), text.prefix(while: { $0 != "'" }).hasSuffix("branch ") else {
            return MergeSummary.Origin(name: text, commit: commit)
        }
        let quoted = text[open...]
        let short = quoted.hasSuffix("'") ? quoted.dropFirst().dropLast() : quoted
        return MergeSummary.Origin(name: String(short), commit: commit, isLocalBranch: text.hasPrefix("branch "))
    }

    /// The content of an annotated tag that was named; nil for anything else.
    func tag(_ name: String) throws -> [UInt8]? {
        guard let found = try? context.diffResolver().find(name)?.id,
            try repository.objects.header(found).kind == .tag
        else { return nil }
        return try repository.objects.read(found).content
    }

    /// Where a tag's signature begins.
    static func signatureStart(_ text: ArraySlice<UInt8>) -> Int? {
        let marks = ["PGP SIGNATURE", "PGP MESSAGE", "SSH SIGNATURE", "SIGNED MESSAGE"]
        return marks.compactMap { text.firstRange(of: Array("-----BEGIN \($0)-----".utf8))?.lowerBound }.min()
    }

    /// What a tag says, its signature commented out.
    private func words(of tag: [UInt8]) -> [UInt8] {
        guard let gap = tag.firstRange(of: [10, 10]) else { return [] }
        let body = tag[gap.upperBound...]
        let start = Self.signatureStart(body) ?? body.endIndex
        var text = Array(body[..<start])
        if text.last != 10 { text.append(10) }
        if start < body.endIndex { text += [10] + CommentedText.comment(Array(body[start...]), with: 0x23) }
        return text
    }

    private func destination(_ name: String? = nil) throws -> String {
        if let name { return name == "master" || name == "main" ? "" : " into \(name)" }
        if let branch = try HistoryCommit(context: context, repository: repository).branch() {
            let short = branch.string.hasPrefix("refs/heads/") ? String(branch.string.dropFirst(11)) : branch.string
            return short != "master" && short != "main" ? " into \(short)" : ""
        }
        return " into HEAD"
    }

    private func kind(_ name: String) throws -> String {
        func exists(_ prefix: String) throws -> Bool {
            guard let ref = try? RefName(prefix + name) else { return false }
            return try repository.refs.resolve(ref) != nil
        }
        if try exists("refs/heads/") { return "branch '\(name)'" }
        if let (branch, isEarly) = Self.ancestor(name), let ref = try? RefName.branch(branch),
            try repository.refs.resolve(ref) != nil
        {
            return "branch '\(branch)'" + (isEarly ? " (early part)" : "")
        }
        if try exists("refs/tags/") { return "tag '\(name)'" }
        if try exists("refs/remotes/") { return "remote-tracking branch '\(name)'" }
        return "commit '\(name)'"
    }

    /// The branch of `branch^`, `branch~3`, and whether that leaves something of it out; nil for other names.
    private static func ancestor(_ name: String) -> (branch: String, isEarly: Bool)? {
        if name.hasSuffix("^") { return (String(name.reversed().drop { $0 == "^" }.reversed()), true) }
        guard let mark = name.lastIndex(of: "~") else { return nil }
        let number = name[name.index(after: mark)...]
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return (String(name[..<mark]), number.isEmpty || number.contains { $0 != "0" })
    }
}
