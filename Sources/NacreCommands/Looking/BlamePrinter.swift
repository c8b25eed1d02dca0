internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// Writes what `blame` found, as git-blame(1) does.
final class BlamePrinter {
    /// What is shown of a commit.
    private struct Details {
        var author: Signature
        var committer: Signature
        var subject: [UInt8]
    }

    private let blame: Blame
    private let style: BlameStyle
    private let path: GitPath
    private let context: Context
    private let mailmap: Mailmap
    private var details: [Int32: Details] = [:]
    private var shown: Set<Int32> = []
    private var output: [UInt8] = []

    init(_ blame: Blame, _ style: BlameStyle, path: GitPath, _ context: Context) {
        self.blame = blame
        self.style = style
        self.path = path
        self.context = context
        mailmap = (try? context.repository()).map { Mailmap($0) } ?? Mailmap()
    }

    private func details(_ commit: Int32) -> Details {
        if let known = details[commit] { return known }
        let result = read(commit)
        details[commit] = result
        return result
    }

    private func read(_ commit: Int32) -> Details {
        let id = blame.id(of: commit)
        if id.isZero {
            let now = context.now
            let nobody = Signature(
                name: "Not Committed Yet", email: "not.committed.yet", time: now,
                zoneMinutes: context.localZone(at: now))
            let subject =
                Array("Version of ".utf8) + path.bytes + Array(" from ".utf8) + (style.contentsName ?? path.bytes)
            return Details(author: nobody, committer: nobody, subject: subject)
        }
        guard let repository = try? context.repository(), let text = try? CommitText(id, repository.objects) else {
            let unknown = Signature(name: "(unknown)", email: "(unknown)", time: 0, zoneMinutes: 0)
            return Details(author: unknown, committer: unknown, subject: [])
        }
        // Git's blame shows the first line, however long the paragraph goes on.
        let subject = Array(text.message.drop { $0 == 10 }.prefix { $0 != 10 })
        return Details(
            author: mailmap.map(text.author), committer: mailmap.map(text.committer),
            subject: subject.isEmpty ? Array("(\(id.hex))".utf8) : subject)
    }

    private func put(_ text: String) { output += text.utf8 }

    private func flush() {
        context.output.write(output)
        output.removeAll(keepingCapacity: true)
    }

    // MARK: For programs

    /// An entry as soon as it is known.
    func showIncremental(_ entry: Blame.Entry) {
        let origin = blame.origins[entry.origin]
        put("\(blame.id(of: origin.commit)) \(entry.source + 1) \(entry.line + 1) \(entry.count)\n")
        putDetails(origin.commit, repeats: false)
        putFile(origin)
        flush()
        context.output.flush()
    }

    @discardableResult
    private func putDetails(_ commit: Int32, repeats: Bool) -> Bool {
        guard shown.insert(commit).inserted || repeats else { return false }
        let found = details(commit)
        putPerson("author", found.author)
        putPerson("committer", found.committer)
        put("summary ")
        output += found.subject
        put("\n")
        if blame.isBoundary(commit) { put("boundary\n") }
        return true
    }

    private func putPerson(_ role: String, _ person: Signature) {
        put("\(role) ")
        output += person.name
        put("\n\(role)-mail <")
        output += person.email
        put(">\n\(role)-time \(person.time)\n\(role)-tz \(person.zoneText)\n")
    }

    private func putFile(_ origin: Blame.Origin) {
        if let previous = origin.previous {
            let file = blame.origins[previous]
            put("previous \(blame.id(of: file.commit)) ")
            output += context.quoted(file.path.bytes)
            put("\n")
        }
        put("filename ")
        output += context.quoted(origin.path.bytes)
        put("\n")
    }

    private func putPorcelain(_ entry: Blame.Entry, _ severalFiles: Set<Int32>) {
        let origin = blame.origins[entry.origin]
        let hex = blame.id(of: origin.commit).hex
        func describe(repeats: Bool) {
            if putDetails(origin.commit, repeats: repeats) || severalFiles.contains(origin.commit) { putFile(origin) }
        }
        put("\(hex) \(entry.source + 1) \(entry.line + 1) \(entry.count)\n")
        describe(repeats: style.repeatsDetails)
        for index in 0..<entry.count {
            if index > 0 {
                put("\(hex) \(entry.source + 1 + index) \(entry.line + 1 + index)\n")
                if style.repeatsDetails { describe(repeats: true) }
            }
            output.append(9)
            putLine(entry.line + index)
        }
    }

    private func putLine(_ line: Int) {
        let bytes = blame.final[line]
        output += bytes
        if bytes.last != 10 { output.append(10) }
        if output.count > 1 << 16 { flush() }
    }

    // MARK: For people

    /// How wide the columns are.
    private struct Columns {
        var digits = 0
        var name = 0
        var author = 0
        var source = 0
        var line = 0
        var showsName = false
    }

    /// Everything, after the search.
    func showAll() {
        defer { flush() }
        if style.isPorcelain {
            let commits = Set(blame.entries.map { blame.origins[$0.origin].commit })
            let several = commits.filter { blame.hasSeveralFiles($0) }
            for entry in blame.entries { putPorcelain(entry, several) }
            return
        }
        let columns = measure()
        for entry in blame.entries { put(entry, columns) }
    }

    private func name(_ person: Signature) -> [UInt8] {
        style.showsEmail ? [UInt8(ascii: "<")] + person.email + [UInt8(ascii: ">")] : person.name
    }

    private func measure() -> Columns {
        var columns = Columns(showsName: style.showsName)
        var seen: Set<Int32> = []
        var last = (source: 0, line: 0)
        let objects = (try? context.repository())?.objects
        for entry in blame.entries {
            let origin = blame.origins[entry.origin]
            if origin.path != path { columns.showsName = true }
            columns.name = max(columns.name, origin.path.bytes.count)
            if seen.insert(origin.commit).inserted {
                if style.digits == nil, let objects {
                    let id = blame.id(of: origin.commit)
                    let minimum = columns.digits == 0 ? nil : columns.digits
                    columns.digits = max(columns.digits, objects.abbreviate(id, minimum: minimum).utf8.count)
                }
                let author = name(details(origin.commit).author)
                columns.author = max(columns.author, TextColumns.width(author[...]))
            }
            last.source = max(last.source, entry.source + entry.count)
            last.line = max(last.line, entry.line + entry.count)
        }
        columns.digits = style.digits ?? columns.digits + 1
        columns.source = String(last.source).utf8.count
        columns.line = String(last.line).utf8.count
        return columns
    }

    private func put(_ entry: Blame.Entry, _ columns: Columns) {
        let origin = blame.origins[entry.origin]
        let found = details(origin.commit)
        let hex = blame.id(of: origin.commit).hexBytes
        let (mark, id) = shortened(hex, entry, origin, columns)
        let time = time(found.author)
        let color = style.colorsByAge ? style.color(of: found.author.time) : nil
        for index in 0..<entry.count {
            let repeated = style.colorsLines && index > 0 ? style.repeatedColor : color
            if let repeated { put(repeated) }
            put(mark)
            output += id
            let number = String(entry.line + 1 + index)
            if style.isAnnotating {
                put("\t(")
                output += Self.padded(name(found.author), to: 10)
                put("\t\(Self.padded(time, to: 10))\t\(number))")
            } else {
                if columns.showsName {
                    put(" ")
                    output += origin.path.bytes
                    put(String(repeating: " ", count: columns.name - origin.path.bytes.count))
                }
                if style.showsNumber { put(" " + Self.padded(String(entry.source + 1 + index), to: columns.source)) }
                if !style.hidesAuthor {
                    let author = name(found.author)
                    put(" (")
                    output += author
                    put(String(repeating: " ", count: max(0, columns.author - TextColumns.width(author[...]))))
                    put(" " + Self.padded(time, to: 10))
                }
                put(" \(Self.padded(number, to: columns.line))) ")
            }
            if repeated != nil { put(TerminalColor.reset) }
            putLine(entry.line + index)
        }
    }

    /// The marks before an id and what of it is shown.
    private func shortened(
        _ hex: [UInt8], _ entry: Blame.Entry, _ origin: Blame.Origin, _ columns: Columns
    ) -> (mark: String, id: [UInt8]) {
        var hex = hex
        var length = style.showsLongIDs ? hex.count : columns.digits
        var mark = ""
        if blame.isBoundary(origin.commit) {
            if style.blanksBoundary {
                hex = Array(repeating: 0x20, count: length) + hex.dropFirst(length)
            } else if !style.isAnnotating {
                mark += "^"
                length -= 1
            }
        }
        if style.marksUnblamable, entry.isUnblamable {
            mark += "*"
            length -= 1
        }
        if style.marksIgnored, entry.isIgnored {
            mark += "?"
            length -= 1
        }
        return (mark, Array(hex.prefix(max(0, length))))
    }

    private func time(_ person: Signature) -> String {
        if style.showsRawTime { return "\(person.time) \(person.zoneText)" }
        let text = style.date.format(person, now: context.now, localZone: context.localZone)
        return text + String(repeating: " ", count: max(0, style.dateWidth - text.unicodeScalars.count))
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    private static func padded(_ text: [UInt8], to width: Int) -> [UInt8] {
        Array(repeating: 0x20, count: max(0, width - text.count)) + text
    }
}
