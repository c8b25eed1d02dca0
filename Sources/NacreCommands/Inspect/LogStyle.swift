internal import GitConfig
internal import GitRepository

/// The shape in which commits are shown: `--pretty`.
enum LogStyle: Hashable {
    case raw
    case medium
    case short
    case full
    case fuller
    case oneline
    case email
    case mboxrd
    /// A format of one's own; between commits stands a newline, or behind each with `terminates`.
    case format([UInt8], terminates: Bool)

    var isFormat: Bool { if case .format = self { true } else { false } }
    var isMail: Bool { self == .email || self == .mboxrd }

    /// Whether each commit ends with a newline, rather than standing apart from the next by one.
    var terminates: Bool {
        switch self {
        case .oneline: true
        case .format(_, let terminates): terminates
        default: false
        }
    }

    /// Whether nothing is shown of a commit.
    var isEmpty: Bool { if case .format(let format, _) = self { format.isEmpty } else { false } }

    /// Whether the name by which a commit was reached is shown.
    var namesSource: Bool {
        guard case .format(let format, _) = self else { return false }
        return String(decoding: format, as: UTF8.self).contains("%S")
    }

    /// A style's name, and whether it shortens dates as `reference` does.
    static let reference = LogStyle.format(Array("%C(auto)%h (%s, %ad)".utf8), terminates: true)

    /// What an option says: `--pretty` alone names Git's own style, `--pretty=` an empty one.
    init(option text: String?, _ repository: Repository) throws {
        guard let text else {
            self = .medium
            return
        }
        if text.isEmpty {
            self = .format([], terminates: true)
        } else {
            try self.init(parsing: text, repository)
        }
    }

    /// What `--pretty=<text>` or `--format=<text>` names: a built-in style, `pretty.<name>`, `format:…` or `tformat:…`.
    ///
    /// - Throws: Git's error for an unknown name.
    init(parsing text: String, _ repository: Repository, depth: Int = 0) throws {
        if text.hasPrefix("format:") {
            self = .format(Array(text.dropFirst(7).utf8), terminates: false)
            return
        }
        if text.hasPrefix("tformat:") {
            self = .format(Array(text.dropFirst(8).utf8), terminates: true)
            return
        }
        if text.contains("%") {
            self = .format(Array(text.utf8), terminates: true)
            return
        }
        let known: [(String, LogStyle)] = [
            ("raw", .raw), ("medium", .medium), ("short", .short), ("email", .email), ("mboxrd", .mboxrd),
            ("fuller", .fuller),
            ("full", .full), ("oneline", .oneline), ("reference", .reference),
        ]
        if text.isEmpty {
            self = .medium
            return
        }
        if let custom = repository.config.string("pretty.\(text)"), depth < 8,
            !known.contains(where: { $0.0 == text })
        {
            try self.init(parsing: custom, repository, depth: depth + 1)
            return
        }
        // A name may be cut short; the shortest style that it begins counts.
        let matches = known.filter { $0.0.hasPrefix(text) }.sorted { $0.0.utf8.count < $1.0.utf8.count }
        guard let match = matches.first else { throw CommandError.fatal("invalid --pretty format: \(text)") }
        self = match.1
    }
}
