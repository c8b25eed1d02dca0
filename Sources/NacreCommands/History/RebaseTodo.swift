internal import GitObjects
internal import GitRepository
internal import GitStorage

/// One line of a to-do list.
struct RebaseStep: Sendable {
    enum Action: String, Sendable {
        case pick, reword, edit, squash, fixup, exec, drop, noop
        case stop = "break"

        /// The action of a word or its abbreviation.
        init?(word: some StringProtocol) {
            let short: [String: Action] = [
                "p": .pick, "r": .reword, "e": .edit, "s": .squash, "f": .fixup, "x": .exec, "b": .stop, "d": .drop,
            ]
            guard let action = Action(rawValue: String(word)) ?? short[String(word)] else { return nil }
            self = action
        }

        var needsCommit: Bool { [.pick, .reword, .edit, .squash, .fixup, .drop].contains(self) }
    }

    var action: Action
    var commit: ObjectID?
    /// The rest of the line: the subject, or the command of `exec`.
    var text: String
    /// What stood there, for files that name the step.
    func line(_ shorten: (ObjectID) -> String) -> String {
        switch action {
        case .noop, .stop: action.rawValue
        case .exec: "exec \(text)"
        default: "\(action.rawValue) \(commit.map(shorten) ?? "") \(text)"
        }
    }
}

/// A to-do list: reading, and what `--autosquash` and `--exec` do to it.
struct RebaseTodo: Sendable {
    var steps: [RebaseStep]

    /// The help below the list in the editor.
    static let help = """

        # Commands:
        # p, pick <commit> = use commit
        # r, reword <commit> = use commit, but edit the commit message
        # e, edit <commit> = use commit, but stop for amending
        # s, squash <commit> = use commit, but meld into previous commit
        # f, fixup <commit> = like "squash" but keep only the previous commit's log message
        # x, exec <command> = run command (the rest of the line) using shell
        # b, break = stop here (continue rebase later with 'git rebase --continue')
        # d, drop <commit> = remove commit
        #
        # These lines can be re-ordered; they are executed from top to bottom.
        #
        # If you remove a line here THAT COMMIT WILL BE LOST.
        #
        # However, if you remove everything, the rebase will be aborted.
        #

        """

    init(steps: [RebaseStep]) { self.steps = steps }

    /// Reads a list.
    ///
    /// - Throws: Git's error for a line that cannot be read.
    init(parsing bytes: [UInt8], resolver: RevisionResolver) throws {
        try self.init(saved: bytes, resolver: resolver)
        if let first = steps.first(where: { ![.exec, .drop, .noop, .stop].contains($0.action) }),
            [.squash, .fixup].contains(first.action)
        {
            throw CommandError(.error, "cannot '\(first.action.rawValue)' without a previous commit")
        }
    }

    /// Reads a list whose beginning may be done already: a `squash` may come first.
    init(saved bytes: [UInt8], resolver: RevisionResolver) throws {
        steps = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.isEmpty || text.hasPrefix("#") { continue }
            let words = text.split(separator: " ", maxSplits: 2)
            guard let action = RebaseStep.Action(word: words[0]) else {
                throw CommandError(.error, "invalid command '\(words[0])'\nerror: invalid line \(number + 1): \(line)")
            }
            guard action.needsCommit else {
                let rest = text.dropFirst(words[0].count).drop { $0 == " " }
                steps.append(RebaseStep(action: action, commit: nil, text: String(rest)))
                continue
            }
            guard words.count > 1, let found = try? resolver.commit(String(words[1])) else {
                throw CommandError(.error, "invalid line \(number + 1): \(line)")
            }
            steps.append(RebaseStep(action: action, commit: found, text: words.count > 2 ? String(words[2]) : ""))
        }
    }

    /// Moves `fixup!` and `squash!` commits behind those that they belong to.
    mutating func autosquash() {
        var result: [RebaseStep] = []
        for step in steps {
            var subject = Substring(step.text)
            var action: RebaseStep.Action?
            while true {
                if subject.hasPrefix("fixup! ") {
                    action = action ?? .fixup
                    subject = subject.dropFirst(7)
                } else if subject.hasPrefix("squash! ") {
                    action = action ?? .squash
                    subject = subject.dropFirst(8)
                } else {
                    break
                }
            }
            guard let action, let target = RebaseTodo.target(subject, in: result) else {
                result.append(step)
                continue
            }
            var moved = step
            moved.action = action
            var place = target + 1
            while place < result.count, [.fixup, .squash].contains(result[place].action) { place += 1 }
            result.insert(moved, at: place)
        }
        steps = result
    }

    private static func target(_ subject: Substring, in steps: [RebaseStep]) -> Int? {
        if let exact = steps.firstIndex(where: { $0.text == subject }) { return exact }
        if subject.count >= 4, subject.allSatisfy(\.isHexDigit),
            let named = steps.firstIndex(where: { $0.commit?.hex.hasPrefix(subject) == true })
        {
            return named
        }
        return steps.firstIndex { $0.text.hasPrefix(subject) }
    }

    /// Puts commands behind every commit.
    mutating func addCommands(_ commands: [String]) {
        guard !commands.isEmpty else { return }
        var result: [RebaseStep] = []
        for (index, step) in steps.enumerated() {
            result.append(step)
            let next = index + 1 < steps.count ? steps[index + 1].action : nil
            // A commit is finished with the last that is melded into it.
            if step.action.needsCommit, step.action != .drop, next != .fixup, next != .squash {
                result += commands.map { RebaseStep(action: .exec, commit: nil, text: $0) }
            }
        }
        steps = result
    }
}
