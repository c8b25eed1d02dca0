internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// What a merge commit says when nobody says anything.
struct MergeMessage {
    let context: Context
    let repository: Repository

    /// For several histories at once.
    func text(_ names: [String], given: [String]) throws -> [UInt8] {
        if !given.isEmpty { return Array((given.joined(separator: "\n\n") + "\n").utf8) }
        var groups: [(kind: String, names: [String])] = []
        for name in names {
            let text = try kind(name)
            let word = String(text.prefix(while: { $0 != "'" }).dropLast())
            if let place = groups.firstIndex(where: { $0.kind == word }) {
                groups[place].names.append("'\(name)'")
            } else {
                groups.append((word, ["'\(name)'"]))
            }
        }
        let parts = groups.map { group -> String in
            guard group.names.count > 1 else { return "\(group.kind) \(group.names[0])" }
            let plural = group.kind.hasSuffix("branch") ? group.kind + "es" : group.kind + "s"
            return plural + " " + group.names.dropLast().joined(separator: ", ") + " and " + (group.names.last ?? "")
        }
        var text = Array(("Merge " + parts.joined(separator: ", ") + (try destination()) + "\n").utf8)
        let tags = try names.compactMap { name in try tag(name).map { (name, words(of: $0)) } }
        for (name, words) in tags {
            text.append(10)
            if tags.count > 1 { text += Array("# tag '\(name)'\n".utf8) }
            text += words
        }
        return text
    }

    func text(_ name: String, _ target: ObjectID, given: [String], into: String?) throws -> [UInt8] {
        if !given.isEmpty { return Array((given.joined(separator: "\n\n") + "\n").utf8) }
        let tagged = try tag(name).map { [10] + words(of: $0) } ?? []
        let title = try name == "FETCH_HEAD" ? FetchHead(repository).mergeTitle : "Merge \(kind(name))"
        return Array((title + (try destination(into)) + "\n").utf8) + tagged
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
        if try exists("refs/tags/") { return "tag '\(name)'" }
        if try exists("refs/remotes/") { return "remote-tracking branch '\(name)'" }
        return "commit '\(name)'"
    }
}
