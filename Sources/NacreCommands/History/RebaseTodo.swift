internal import GitObjects
internal import GitRepository
internal import GitStorage

/// A to-do list: reading, and what `--autosquash` and `--exec` do to it.
struct RebaseTodo: Sendable {
    var steps: [RebaseStep]

    init(steps: [RebaseStep]) { self.steps = steps }

    /// Reads a list; comments are left out.
    ///
    /// - Parameter hasBegun: whether a `squash` may come first, because something was done before.
    /// - Parameter complain: takes Git's words for each line that cannot be read.
    /// - Returns: nil where there was such a line.
    init?(_ bytes: [UInt8], resolver: RevisionResolver, hasBegun: Bool, complain: (String) -> Void) {
        steps = []
        var isSound = true
        var mayMeld = hasBegun
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let text = (line.last == "\r" ? line.dropLast() : line).drop { $0 == " " || $0 == "\t" }
            if text.isEmpty || text.hasPrefix("#") { continue }
            do throws(CommandError) {
                let step = try RebaseStep(parsing: text, resolver: resolver)
                steps.append(step)
                if step.action.isMelded, !mayMeld {
                    complain("error: cannot '\(step.action.rawValue)' without a previous commit")
                    isSound = false
                }
                if !step.action.changesNothing { mayMeld = true }
            } catch {
                if !error.message.isEmpty { complain("error: \(error.message)") }
                complain("error: invalid line \(number + 1): \(text)")
                isSound = false
            }
        }
        guard isSound else { return nil }
    }

    /// How many commands there are.
    var count: Int { steps.count { $0.action != .comment } }

    /// Leaves out the lines for people.
    mutating func removeComments() { steps.removeAll { $0.action == .comment } }

    /// The list as text.
    func text(isShort: Bool = false, _ shorten: (ObjectID) -> String = { $0.hex }) -> String {
        steps.map { $0.line(isShort: isShort, shorten) + "\n" }.joined()
    }

    // MARK: Arranging

    /// Moves `fixup!`, `amend!` and `squash!` commits behind those that they belong to.
    mutating func autosquash(subject: (ObjectID) throws -> String) rethrows {
        var result: [(step: RebaseStep, subject: String?)] = []
        for step in steps {
            guard let commit = step.commit, step.action == .pick else {
                result.append((step, nil))
                continue
            }
            let whole = try subject(commit)
            let (kind, rest) = Self.prefix(whole)
            guard let kind, let target = Self.target(rest, in: result) else {
                result.append((step, whole))
                continue
            }
            var moved = step
            moved.action = kind == "squash! " ? .squash : .fixup
            if kind == "amend! " { moved.use = .taken }
            var place = target + 1
            while place < result.count, result[place].step.action.isMelded { place += 1 }
            result.insert((moved, nil), at: place)
        }
        steps = result.map(\.step)
    }

    /// The first mark of a subject, and what stands behind all of them.
    private static func prefix(_ subject: String) -> (String?, Substring) {
        var rest = Substring(subject)
        var first: String?
        while let mark = ["fixup! ", "amend! ", "squash! "].first(where: { rest.hasPrefix($0) }) {
            first = first ?? mark
            rest = rest.dropFirst(mark.count).drop { $0 == " " }
        }
        return (first, rest)
    }

    private static func target(_ subject: Substring, in steps: [(step: RebaseStep, subject: String?)]) -> Int? {
        if let exact = steps.firstIndex(where: { $0.subject.map { $0[...] == subject } ?? false }) { return exact }
        if subject.count >= 4, subject.allSatisfy(\.isHexDigit),
            let named = steps.firstIndex(where: { $0.step.commit?.hex.hasPrefix(subject) == true })
        {
            return named
        }
        return steps.firstIndex { $0.subject?.hasPrefix(subject) == true }
    }

    /// Puts commands behind every commit that is finished, and at the list's end.
    mutating func addCommands(_ commands: [String]) {
        guard !commands.isEmpty else { return }
        let added = commands.map { RebaseStep(.exec, text: $0) }
        var result: [RebaseStep] = []
        var isPending = false
        for step in steps {
            // What is melded into a commit belongs to it.
            if isPending, !step.action.isMelded {
                result += added
                isPending = false
            }
            result.append(step)
            if step.action.picks || step.action == .merge { isPending = true }
        }
        if isPending { result += added }
        steps = result
    }
}
