internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// Writes commits as mails, byte for byte as `git format-patch` does.
struct PatchMailWriter {
    let context: Context
    let repository: Repository
    let options: PatchMailOptions
    let diff: LogDiff
    let pretty: PrettyContext
    /// How many patches there are; nil where they are not numbered.
    let total: Int?

    /// A mail that is being written.
    struct Mail {
        var number: Int
        var messageID: String?
        var references: [String] = []
        var fileName = ""
        /// Whether another mail stands before it in the same stream.
        var isPreceded = false
    }

    private static let leader = "------------"

    // MARK: Headers

    func open(_ id: ObjectID, _ mail: Mail) -> [UInt8] {
        var text = "From \(options.hidesCommit ? ObjectID.zero(id.algorithm).hex : id.hex) Mon Sep 17 00:00:00 2001\n"
        if let messageID = mail.messageID { text += "Message-Id: <\(messageID)>\n" }
        if let last = mail.references.last {
            text += "In-Reply-To: <\(last)>\n"
            for (index, reference) in mail.references.enumerated() {
                text += (index == 0 ? "References: " : "\t") + "<\(reference)>\n"
            }
        }
        return Array(text.utf8)
    }

    func subjectPrefix(_ number: Int) -> [UInt8] {
        if options.keepsSubject { return [] }
        guard let total else { return options.prefix.isEmpty ? [] : Array("[\(options.prefix)] ".utf8) }
        let digits = "\(number)"
        let padded = String(repeating: "0", count: max("\(total)".utf8.count - digits.utf8.count, 0)) + digits
        return Array("[\(options.prefix)\(options.prefix.isEmpty ? "" : " ")\(padded)/\(total)] ".utf8)
    }

    /// What follows the subject: how the text is coded, and the headers that were asked for.
    func closeHeader(is8Bit: Bool, isMultipart: Bool) -> [UInt8] {
        var text: [UInt8] = []
        if is8Bit, !isMultipart {
            text += Array(
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n".utf8)
        }
        text += options.headers
        if isMultipart, let boundary = options.boundary {
            text += Array(
                ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\(Self.leader)\(boundary)\"\n\n"
                    + "This is a multi-part message in MIME format.\n--\(Self.leader)\(boundary)\n"
                    + "Content-Type: text/plain; charset=UTF-8; format=fixed\nContent-Transfer-Encoding: 8bit\n\n").utf8
            )
        }
        return text + [10]
    }

    /// The date as mail has it.
    func date(_ signature: Signature) -> [UInt8] {
        Array("Date: \(pretty.date(signature, DateStyle.Mode(.rfc2822)))\n".utf8)
    }

    // MARK: A commit

    /// The whole mail of a commit; nil where it changes nothing and is to be left out.
    func text(_ entry: RevisionWalk.Entry, _ mail: Mail, includesEmpty: Bool, trailer: [UInt8]) throws -> [UInt8]? {
        let commit = try CommitText(entry, repository.objects)
        let parts = try diff.parts(entry, parents: repository.objects.links(entry.id).parents)
        guard !parts.isEmpty || includesEmpty else { return nil }
        var result = open(entry.id, mail)
        var hasDashes = false
        result += message(commit, mail)
        if let notes = try pretty.notes?.text(entry.id, raw: false), !notes.isEmpty {
            result += Array("---\n".utf8) + notes
            hasDashes = true
        }
        let hasBoth = diff.options.formats.contains(.stat) && diff.options.formats.contains(.patch)
        if !parts.isEmpty {
            if !hasDashes && hasBoth { result += Array("---".utf8) }
            result.append(10)
        }
        for part in parts { result += try body(part, mail) }
        result += trailer
        return result + end()
    }

    private func message(_ commit: CommitText, _ mail: Mail) -> [UInt8] {
        let author = pretty.mapped(commit.author)
        var result: [UInt8] = []
        var inBody: [UInt8] = []
        if let sender = options.sender {
            result += MailHeaderText.from(sender.name, sender.email, encodes: options.encodesHeaders)
            if options.forcesSender || sender.name != author.name || sender.email != author.email {
                inBody = Array("From: ".utf8) + author.name + Array(" <".utf8) + author.email + Array(">\n\n".utf8)
            }
        } else {
            result += MailHeaderText.from(author.name, author.email, encodes: options.encodesHeaders)
        }
        result += date(author)
        let parts = CommitText.split(commit.message)
        var title = parts.subject
        if options.keepsSubject { title = Self.keptSubject(commit.message) }
        var body = inBody + Self.lines(parts.body)
        let trimmed = body.reversed().drop(while: CommitText.isSpace).reversed()
        body = Array(trimmed)
        if options.signsOff { body = signedOff(commit, body) }
        // A name that is not ASCII makes a signed-off text so, whatever else it says.
        let is8Bit =
            commit.message.contains(where: MailHeaderText.isSpecialByte)
            || inBody.contains(where: MailHeaderText.isSpecialByte)
            || body.contains(where: MailHeaderText.isSpecialByte)
        result += MailHeaderText.subject(subjectPrefix(mail.number), title, encodes: options.encodesHeaders)
        result += closeHeader(is8Bit: is8Bit, isMultipart: options.boundary != nil)
        result += body
        if !body.isEmpty { result.append(10) }
        // Below a sender's own line the empty line stays.
        if !inBody.isEmpty, parts.body.isEmpty, !options.signsOff { result.append(10) }
        return result
    }

    /// The first paragraph with its own line ends.
    private static func keptSubject(_ message: ArraySlice<UInt8>) -> [UInt8] {
        var lines: [ArraySlice<UInt8>] = []
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            let text = line.reversed().drop(while: CommitText.isSpace).reversed()
            if text.isEmpty {
                if lines.isEmpty { continue }
                break
            }
            lines.append(Array(text)[...])
        }
        return Array(lines.joined(separator: [10]))
    }

    private static func lines(_ body: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for line in body.split(separator: 10, omittingEmptySubsequences: false) {
            result += line.reversed().drop(while: CommitText.isSpace).reversed()
            result.append(10)
        }
        return result
    }

    private func signedOff(_ commit: CommitText, _ body: [UInt8]) -> [UInt8] {
        guard let person = try? context.committer() else { return body }
        let name = String(decoding: person.name, as: UTF8.self)
        let line = "Signed-off-by: \(name) <\(String(decoding: person.email, as: UTF8.self))>"
        // With the subject before it, so that a paragraph of trailers is told from a subject that looks like one.
        let stem = Array("subject\n\n".utf8)
        if body.isEmpty { return Array(line.utf8) }
        if body.split(separator: 10).contains(where: { $0.elementsEqual(line.utf8) }) { return body }
        var whole = MessageTrailers.append(line, to: stem + body)
        if whole.last == 10 { whole.removeLast() }
        return Array(whole.dropFirst(stem.count))
    }

    private func body(_ part: LogDiff.Part, _ mail: Mail) throws -> [UInt8] {
        var options = diff.options
        var result: [UInt8] = []
        let source = diff.source
        guard let boundary = self.options.boundary, options.formats.contains(.patch) else {
            var printer = DiffPrinter(source: source, options: options) { result += copy $0 }
            try printer.print(part.selection.entries)
            return result
        }
        options.formats.remove(.patch)
        if !options.formats.isEmpty {
            var printer = DiffPrinter(source: source, options: options) { result += copy $0 }
            try printer.print(part.selection.entries)
            result.append(10)
        }
        let disposition = self.options.isAttached ? "attachment" : "inline"
        result += Array(
            ("\n--\(Self.leader)\(boundary)\nContent-Type: text/x-patch; name=\"\(mail.fileName)\"\n"
                + "Content-Transfer-Encoding: 8bit\nContent-Disposition: \(disposition); filename=\"\(mail.fileName)\"\n\n")
                .utf8)
        options.formats = .patch
        var printer = DiffPrinter(source: source, options: options) { result += copy $0 }
        try printer.print(part.selection.entries)
        return result
    }

    /// What ends every mail.
    func end(isCover: Bool = false) -> [UInt8] {
        if let boundary = options.boundary, !isCover { return Array("\n--\(Self.leader)\(boundary)--\n\n\n".utf8) }
        guard !options.signature.isEmpty else { return [] }
        var text = Array("-- \n".utf8) + options.signature
        if text.last != 10 { text.append(10) }
        return text + [10]
    }
}
