internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// The mail that introduces a series.
struct PatchCoverLetter {
    let writer: PatchMailWriter
    let entries: [RevisionWalk.Entry]
    let origin: ObjectID?
    let head: ObjectID

    func text(_ mail: PatchMailWriter.Mail, trailer: [UInt8]) throws -> [UInt8] {
        let committer = try writer.context.committer()
        var result = writer.open(head, mail)
        result += MailHeaderText.from(committer.name, committer.email, encodes: writer.options.encodesHeaders)
        result += writer.date(committer)
        let (subject, body) = try description()
        let commits = try entries.map {
            try CommitText($0.id, writer.repository.objects, tree: $0.tree, parents: $0.parents)
        }
        let is8Bit = commits.contains { $0.content.contains(where: MailHeaderText.isSpecialByte) }
        result += MailHeaderText.subject(
            writer.subjectPrefix(0), subject, encodes: writer.options.encodesHeaders)
        result += writer.closeHeader(is8Bit: is8Bit, isMultipart: false)
        result += body + Array("\n\n".utf8)
        result += list(commits)
        if let origin { result += try statistics(origin) }
        return result + trailer + writer.end(isCover: true)
    }

    /// The branch's description, or what asks for one.
    private func description() throws -> (subject: [UInt8], body: [UInt8]) {
        let history = HistoryCommit(context: writer.context, repository: writer.repository)
        var subject = Array("*** SUBJECT HERE ***".utf8)
        var body = Array("*** BLURB HERE ***".utf8)
        guard writer.options.coverSource != .none, let branch = try history.branch()?.string,
            branch.hasPrefix("refs/heads/"),
            let text = writer.repository.config.string("branch.\(branch.dropFirst(11)).description"), !text.isEmpty
        else { return (subject, body) }
        let bytes = Array(text.utf8)
        let parts = CommitText.split(bytes[...])
        switch writer.options.coverSource {
        case .none: break
        case .message: body = trimmed(bytes[...])
        case .subject:
            subject = parts.subject
            body = trimmed(parts.body)
        case .auto:
            if parts.subject.count > 100 {
                body = trimmed(bytes[...])
            } else {
                subject = parts.subject
                body = trimmed(parts.body)
            }
        }
        return (subject, body)
    }

    private func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
        Array(text.reversed().drop(while: CommitText.isSpace).reversed())
    }

    /// The subjects by author.
    private func list(_ commits: [CommitText]) -> [UInt8] {
        var groups: [[UInt8]: [[UInt8]]] = [:]
        for commit in commits { groups[writer.pretty.mapped(commit.author).name, default: []].append(commit.subject) }
        var result: [UInt8] = []
        for name in groups.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let subjects = groups[name] ?? []
            result += name + Array(" (\(subjects.count)):\n".utf8)
            for subject in subjects {
                result += TextWrapping.wrap(subject, width: 72, first: 2, rest: 4) + [10]
            }
            result.append(10)
        }
        return result
    }

    private func statistics(_ origin: ObjectID) throws -> [UInt8] {
        var options = writer.diff.options
        options.formats = [.stat, .summary]
        options.statWidth = 72
        let old = try writer.repository.objects.commit(origin).tree
        let new = try writer.repository.objects.commit(head).tree
        let entries = try TreeDiff.compare(old, new, source: writer.repository.objects)
        let selection = try DiffSelection(entries, source: writer.diff.source, options: options)
        var result: [UInt8] = []
        var printer = DiffPrinter(source: writer.diff.source, options: options) { result += copy $0 }
        try printer.print(selection.entries)
        return result + [10]
    }
}
