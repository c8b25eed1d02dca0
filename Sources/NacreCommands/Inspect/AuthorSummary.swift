internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// Commits gathered by author, committer, trailer or any format, for `shortlog`.
struct AuthorSummary {
    private enum Group: Equatable {
        case author, committer
        case trailer(String)
        case format([UInt8])
    }

    private let arguments: Arguments
    private let context: Context
    private let repository: Repository?
    private let mailmap: Mailmap
    private var grouping: [Group] = []
    private let showsEmail: Bool
    private var style: LogStyle?
    private var wrapping: (width: Int, first: Int, rest: Int)?
    private var groups: [[UInt8]: [[UInt8]]] = [:]

    init(_ arguments: Arguments, _ context: Context, _ repository: Repository?) throws {
        self.arguments = arguments
        self.context = context
        self.repository = repository
        mailmap = repository.map { Mailmap($0) } ?? Mailmap()
        showsEmail = arguments.isOn("email")
        for occurrence in arguments.occurrences {
            switch occurrence.name {
            case "committer": grouping = occurrence.isNegated ? [] : grouping + [.committer]
            case "group": grouping = occurrence.isNegated ? [] : grouping + [try Self.group(occurrence.text ?? "")]
            case "w": wrapping = try Self.wrapping(occurrence.text ?? "")
            case "format", "pretty":
                if let repository { style = try LogStyle(option: occurrence.text, repository) }
            default: break
            }
        }
        if grouping.isEmpty { grouping = [.author] }
    }

    private static func group(_ text: String) throws -> Group {
        switch text.lowercased() {
        case "author": return .author
        case "committer": return .committer
        default: break
        }
        if text.hasPrefix("trailer:") { return .trailer(text.dropFirst(8).lowercased()) }
        if text.hasPrefix("format:") { return .format(Array(text.dropFirst(7).utf8)) }
        if text.contains("%") { return .format(Array(text.utf8)) }
        throw CommandError(.error, "unknown group type: \(text)", exitCode: .usage)
    }

    private static func wrapping(_ text: String) throws -> (width: Int, first: Int, rest: Int) {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        func number(_ index: Int, _ other: Int) throws -> Int {
            guard !text.isEmpty, index < numbers.count else { return other }
            guard let number = numbers[index], number >= 0 else {
                throw CommandError.usage("-w[<width>[,<indent1>[,<indent2>]]]")
            }
            return number
        }
        let result = (width: try number(0, 76), first: try number(1, 6), rest: try number(2, 9))
        if result.width > 0, result.first >= result.width || result.rest >= result.width {
            throw CommandError.usage("-w[<width>[,<indent1>[,<indent2>]]]")
        }
        return result
    }

    // MARK: Gathering

    /// Gathers the commits of a walk.
    mutating func read(_ request: RevisionRequest) throws {
        let repository = request.repository
        let pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        pretty.mailmap = mailmap
        if let text = arguments.text("date") {
            guard let mode = DateStyle.Mode(parsing: text) else {
                throw CommandError.fatal("unknown date format \(text)")
            }
            pretty.dateMode = mode
        }
        let matcher = try CommitMatcher(
            arguments, objects: repository.objects, configured: repository.config.string("grep.patterntype"),
            mailmap: mailmap, notes: nil)
        if !matcher.isEmpty { request.walk.accepts = { try matcher.accepts($0, content: $1) } }
        request.walk.keepsContent = true
        var walk = try request.makeWalk()
        while let entry = try walk.next() {
            let commit = try CommitText(entry, repository.objects)
            var text = commit.subject
            if case .format(let format, _)? = style {
                var expansion = PrettyFormat(pretty, commit)
                text = try expansion.expand(format)
            }
            if text.isEmpty { text = Array("<none>".utf8) }
            var seen: Set<[UInt8]> = []
            for key in try keys(commit, pretty) where seen.insert(key).inserted { add(key, text) }
        }
    }

    private func keys(_ commit: CommitText, _ pretty: PrettyContext) throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        let trailers = grouping.compactMap { if case .trailer(let key) = $0 { key } else { nil } }
        if !trailers.isEmpty {
            for item in Trailers(commit.message).items where item.isTrailer {
                guard trailers.contains(String(decoding: item.key, as: UTF8.self).lowercased()) else { continue }
                keys.append(person(item.value) ?? item.value)
            }
        }
        for group in grouping {
            switch group {
            case .author: keys.append(name(commit.author))
            case .committer: keys.append(name(commit.committer))
            case .trailer: break
            case .format(let format):
                var expansion = PrettyFormat(pretty, commit)
                keys.append(try expansion.expand(format))
            }
        }
        return keys
    }

    private func name(_ signature: Signature) -> [UInt8] {
        let person = mailmap.map(signature)
        return showsEmail ? person.name + Array(" <".utf8) + person.email + Array(">".utf8) : person.name
    }

    /// The name in `Name <address>`; nil where it is none.
    private func person(_ text: [UInt8]) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "<")), text.contains(UInt8(ascii: ">")) else { return nil }
        return name(Signature(parsing: text[...]))
    }

    /// Gathers the commits of a log that is read from standard input.
    mutating func readInput() throws {
        guard grouping.count == 1 else {
            throw CommandError.fatal("using multiple --group options with stdin is not supported")
        }
        let words: [String]
        switch grouping[0] {
        case .author: words = ["Author: ", "author "]
        case .committer: words = ["Commit: ", "committer "]
        case .trailer: throw CommandError.fatal("using --group=trailer with stdin is not supported")
        case .format: throw CommandError.fatal("using --group=format with stdin is not supported")
        }
        if isatty(0) == 1 { context.errors.line("(reading log message from standard input)") }
        var lines = try Files.readAll(0, path: "standard input").split(separator: 10, omittingEmptySubsequences: false)[
            ...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        while let line = lines.popFirst() {
            guard let word = words.first(where: { line.starts(with: $0.utf8) }) else { continue }
            while let header = lines.popFirst(), !header.isEmpty {}
            var subject: ArraySlice<UInt8> = []
            while let next = lines.popFirst() {
                subject = next
                if !next.isEmpty { break }
            }
            guard let key = person(Array(line.dropFirst(word.utf8.count))) else { continue }
            add(key, Array(subject))
        }
    }

    private mutating func add(_ key: [UInt8], _ text: [UInt8]) {
        var text = text[...]
        while let first = text.first, CommitText.isSpace(first) { text.removeFirst() }
        // Mail puts `[PATCH 1/2]` before a subject.
        let end = text.firstIndex(of: 10) ?? text.endIndex
        if text.starts(with: "[PATCH".utf8), let close = text[..<end].firstIndex(of: UInt8(ascii: "]")) {
            text = text[(close + 1)...]
        }
        while let first = text.first, CommitText.isSpace(first), first != 10 { text.removeFirst() }
        var subject: [UInt8] = []
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            var line = line
            while let last = line.last, CommitText.isSpace(last) { line.removeLast() }
            if line.isEmpty { break }
            subject += subject.isEmpty ? Array(line) : [32] + line
        }
        groups[key, default: []].append(subject)
    }

    // MARK: Printing

    func print() {
        var names = groups.keys.sorted { $0.lexicographicallyPrecedes($1) }
        if arguments.isOn("numbered") {
            let counts = groups.mapValues(\.count)
            names = names.enumerated().sorted {
                let (a, b) = (counts[$0.element] ?? 0, counts[$1.element] ?? 0)
                return a != b ? a > b : $0.offset < $1.offset
            }.map(\.element)
        }
        for name in names {
            let texts = groups[name] ?? []
            if arguments.isOn("summary") {
                let count = String(texts.count)
                context.output.line(
                    Array((String(repeating: " ", count: max(0, 6 - count.count)) + count + "\t").utf8) + name)
                continue
            }
            context.output.line(name + Array(" (\(texts.count)):".utf8))
            for text in texts.reversed() {
                if let wrapping {
                    let lines = TextWrapping.wrap(
                        text, width: wrapping.width, first: wrapping.first, rest: wrapping.rest)
                    context.output.line(lines)
                } else {
                    context.output.line(Array("      ".utf8) + text)
                }
            }
            context.output.line()
        }
    }
}
