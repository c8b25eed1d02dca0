internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// One line of a to-do list.
struct RebaseStep: Sendable {
    enum Action: String, Sendable {
        case pick, reword, edit, squash, fixup, exec, drop, noop, label, reset, merge
        case stop = "break"
        case updateRef = "update-ref"
        /// A line for people: kept while the list is edited the first time.
        case comment = "#"

        private static let short: [String: Action] = [
            "p": .pick, "r": .reword, "e": .edit, "s": .squash, "f": .fixup, "x": .exec, "b": .stop, "d": .drop,
            "l": .label, "t": .reset, "m": .merge, "u": .updateRef,
        ]

        /// The action of a word or its abbreviation.
        init?(word: some StringProtocol) {
            guard let action = Action(rawValue: String(word)) ?? Self.short[String(word)], action != .comment else {
                return nil
            }
            self = action
        }

        /// The word as it stands in a list, cut short where that is wanted.
        func word(isShort: Bool) -> String {
            isShort ? Self.short.first { $0.value == self }?.key ?? rawValue : rawValue
        }

        var isMelded: Bool { self == .squash || self == .fixup }
        /// Whether the rest of the line is taken as it is.
        var takesText: Bool { [.exec, .label, .reset, .updateRef].contains(self) }
        var picks: Bool { [.pick, .reword, .edit, .squash, .fixup].contains(self) }
        var changesNothing: Bool { [.noop, .drop, .comment].contains(self) }
    }

    /// Whose message a `fixup` or a `merge` takes.
    enum MessageUse: Sendable {
        /// What the action does by itself.
        case usual
        /// That of the commit named (`-C`).
        case taken
        /// The same, after an editor (`-c`).
        case edited
    }

    var action: Action
    var commit: ObjectID?
    /// The rest of the line: the subject, the command of `exec`, the names of `merge`.
    var text: String
    var use = MessageUse.usual

    init(_ action: Action, _ commit: ObjectID? = nil, text: String = "", use: MessageUse = .usual) {
        self.action = action
        self.commit = commit
        self.text = text
        self.use = use
    }

    /// What stands there, for files that name the step.
    func line(isShort: Bool = false, _ shorten: (ObjectID) -> String = { $0.hex }) -> String {
        guard action != .comment else { return text }
        var words = [action.word(isShort: isShort)]
        if let commit {
            switch (action, use) {
            case (.fixup, .edited), (.merge, .edited): words.append("-c")
            case (.fixup, .taken), (.merge, _): words.append("-C")
            default: break
            }
            words.append(shorten(commit))
        }
        if !text.isEmpty { words.append(text) }
        return words.joined(separator: " ")
    }

    /// Reads a line that is no comment.
    ///
    /// - Throws: Git's words for what is wrong, without the line itself; none for a word that is no command.
    init(parsing line: Substring, resolver: RevisionResolver) throws(CommandError) {
        let word = line.prefix { !Self.isBlank($0) }
        guard let action = Action(word: word) else { throw CommandError(.error, "") }
        self.init(action)
        let behind = line[word.endIndex...]
        var rest = Self.trimmed(behind)
        if action == .noop || action == .stop {
            guard rest.isEmpty else {
                throw CommandError(.error, "\(action.rawValue) does not accept arguments: '\(rest)'")
            }
            return
        }
        guard behind.startIndex != rest.startIndex else {
            throw CommandError(.error, "missing arguments for \(action.rawValue)")
        }
        if action.takesText {
            text = String(rest)
            if action == .updateRef, !rest.hasPrefix("refs/") {
                throw CommandError(.error, "update-ref requires a fully qualified refname e.g. refs/heads/\(rest)")
            }
            return
        }
        if action == .fixup || action == .merge {
            if rest.hasPrefix("-C") { use = .taken } else if rest.hasPrefix("-c") { use = .edited }
            if use != .usual { rest = Self.trimmed(rest.dropFirst(2)) }
            if action == .merge, use == .usual {
                use = .edited
                text = String(rest)
                return
            }
        }
        let name = rest.prefix { !Self.isBlank($0) }
        guard let found = try? resolver.commit(String(name)) else {
            throw CommandError(.error, "could not parse '\(name)'")
        }
        commit = found
        text = String(Self.trimmed(rest[name.endIndex...]))
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    private static func trimmed(_ text: Substring) -> Substring { text.drop(while: isBlank) }
}
