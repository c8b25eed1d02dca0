internal import GitDiff
internal import GitObjects
internal import GitStorage

/// Decides by author, committer and message whether a commit is shown: `--author`, `--committer`, `--grep`.
struct CommitMatcher {
    /// A pattern in one of the four languages.
    enum Pattern {
        case plain([UInt8], ignoresCase: Bool)
        case posix(LinePattern)
        case perl(Regex<AnyRegexOutput>)

        func matches(_ line: ArraySlice<UInt8>) -> Bool {
            switch self {
            case .posix(let pattern): return pattern.matches(line)
            case .perl(let regex):
                return (try? regex.firstMatch(in: String(decoding: line, as: UTF8.self))) != nil
            case .plain(let text, let ignoresCase):
                guard !text.isEmpty else { return true }
                guard line.count >= text.count else { return false }
                func fold(_ byte: UInt8) -> UInt8 { ignoresCase && byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
                for start in line.startIndex...(line.endIndex - text.count)
                where text.indices.allSatisfy({ fold(line[start + $0]) == fold(text[$0]) }) {
                    return true
                }
                return false
            }
        }
    }

    private var authors: [Pattern] = []
    private var committers: [Pattern] = []
    private var messages: [Pattern] = []
    private let needsAll: Bool
    private let isInverted: Bool
    private let mailmap: Mailmap?
    private let notes: CommitNotes?
    private let objects: ObjectDatabase

    var isEmpty: Bool { authors.isEmpty && committers.isEmpty && messages.isEmpty }

    init(
        _ arguments: Arguments, objects: ObjectDatabase, configured: String?, mailmap: Mailmap?, notes: CommitNotes?
    ) throws {
        needsAll = arguments.has("all-match")
        isInverted = arguments.has("invert-grep")
        self.mailmap = mailmap
        self.notes = notes
        self.objects = objects
        let language = Self.language(arguments, configured)
        let ignoresCase = arguments.has("regexp-ignore-case")
        func compile(_ texts: [String]) throws -> [Pattern] {
            try texts.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }.map {
                try Self.compile(String($0), language, ignoresCase: ignoresCase)
            }
        }
        authors = try compile(arguments.allTexts("author"))
        committers = try compile(arguments.allTexts("committer"))
        messages = try compile(arguments.allTexts("grep"))
    }

    private static func language(_ arguments: Arguments, _ configured: String?) -> String {
        let names = ["fixed-strings", "basic-regexp", "extended-regexp", "perl-regexp"]
        if let last = arguments.occurrences.last(where: { names.contains($0.name) }) { return last.name }
        switch configured {
        case "fixed": return "fixed-strings"
        case "extended": return "extended-regexp"
        case "perl": return "perl-regexp"
        default: return "basic-regexp"
        }
    }

    static func compile(_ text: String, _ language: String, ignoresCase: Bool) throws -> Pattern {
        if language == "fixed-strings" {
            let bytes = Array(text.utf8)
            return .plain(
                ignoresCase ? bytes.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 } : bytes, ignoresCase: ignoresCase)
        }
        if language == "perl-regexp" {
            do {
                let regex = try Regex(text)
                return .perl(ignoresCase ? regex.ignoresCase() : regex)
            } catch {
                throw CommandError.fatal("command line, '\(text)': \(error)")
            }
        }
        guard let pattern = LinePattern(text, isExtended: language == "extended-regexp", ignoresCase: ignoresCase)
        else {
            throw CommandError.fatal("command line, '\(text)': Invalid regular expression")
        }
        return .posix(pattern)
    }

    /// Whether a commit passes.
    func accepts(_ id: ObjectID, content: [UInt8]?) throws -> Bool {
        let content = try content ?? objects.read(id, as: .commit)
        // Tree and parents do not matter here.
        let commit = CommitText(id, tree: id, parents: [], content: content)
        func person(_ signature: Signature) -> [UInt8] {
            let mapped = mailmap?.map(signature) ?? signature
            return mapped.name + Array(" <".utf8) + mapped.email + Array(">".utf8)
        }
        if !authors.isEmpty {
            let line = person(commit.author)
            guard authors.contains(where: { $0.matches(line[...]) }) else { return false }
        }
        if !committers.isEmpty {
            let line = person(commit.committer)
            guard committers.contains(where: { $0.matches(line[...]) }) else { return false }
        }
        guard !messages.isEmpty else { return true }
        var lines = commit.message.split(separator: 10, omittingEmptySubsequences: false)
        if let notes { lines += try notes.text(id, raw: false).split(separator: 10) }
        let hits = messages.map { pattern in lines.contains { pattern.matches($0) } }
        let isHit = needsAll ? hits.allSatisfy { $0 } : hits.contains(true)
        return isHit != isInverted
    }
}
