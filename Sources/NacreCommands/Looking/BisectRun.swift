internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// One command of `bisect`.
struct BisectRun {
    /// How a step ended.
    enum Outcome {
        case next
        case failed
        case foundFirst
        case onlySkipped
        case testsMergeBase
        case mergeBaseIsBad
        case nothingToTest
        /// `run` ended with a code of the user's command.
        case code(Int32)

        /// What the process ends with.
        var exitCode: ExitCode {
            switch self {
            case .next, .foundFirst, .testsMergeBase: .success
            case .failed: .failure
            case .onlySkipped: ExitCode(2)
            case .mergeBaseIsBad: ExitCode(3)
            case .nothingToTest: ExitCode(4)
            case .code(let code): ExitCode(-code & 0xff)
            }
        }

        /// Whether the bisection goes on, or has come to its end.
        var isGood: Bool { exitCode == .success }
    }

    let context: Context
    let repository: Repository
    let state: BisectState

    init(_ context: Context, _ repository: Repository) {
        self.context = context
        self.repository = repository
        state = BisectState(context: context, repository: repository)
    }

    func run(_ verb: String, _ words: [[UInt8]]) throws -> ExitCode {
        var terms = try state.terms() ?? .init()
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        switch verb {
        case "start":
            terms = .init()
            return try start(words, &terms).exitCode
        case "bad", "good", "new", "old", terms.bad, terms.good: return try mark(verb, texts, &terms).exitCode
        case "skip": return try skip(texts, &terms).exitCode
        case "next": return try next(&terms).exitCode
        case "terms": return try showTerms(texts)
        case "reset": return try reset(texts.first) ? .success : .failure
        case "log": return try showLog()
        case "replay": return try replay(texts, &terms).exitCode
        case "run": return try runCommand(words, &terms).exitCode
        case "visualize", "view": return try visualize(texts, terms)
        case "help": throw CommandError.usage("")
        default: throw CommandError.usage("unknown subcommand: `\(verb)'")
        }
    }

    @discardableResult
    func fail(_ message: String) -> Outcome {
        context.output.flush()
        context.errors.line("error: \(message)")
        return .failed
    }

    func say(_ text: String) { context.output.write(text) }

    // MARK: Marking

    /// Marks commits as bad or good, and goes on to the next.
    func mark(_ verb: String, _ revisions: [String], _ terms: inout BisectState.Terms) throws -> Outcome {
        guard try startIfNeeded(&terms) else { return .failed }
        guard try setTerms(&terms, for: verb), [terms.bad, terms.good, "skip"].contains(verb) else { return .failed }
        if revisions.count > 1, verb == terms.bad {
            return fail("'git bisect \(terms.bad)' can take only one argument.")
        }
        let resolver = try context.revisionResolver()
        var ids: [ObjectID] = []
        for text in revisions {
            guard let found = try resolver.find(text) else { return fail("Bad rev input: \(text)") }
            guard let commit = try resolver.peel(found.id, to: .commit) else {
                throw CommandError.fatal("Bad rev input (not a commit): \(text)")
            }
            ids.append(commit)
        }
        if revisions.isEmpty {
            guard let head = try repository.refs.resolve(BisectState.headName) ?? repository.refs.resolve(.head) else {
                return fail("Bad rev input: HEAD")
            }
            ids = [head]
        }
        var expected = try state.expected()
        for id in ids {
            try write(verb, id, terms)
            if let wanted = expected, wanted != id {
                try Files.remove(state.file("BISECT_ANCESTORS_OK"))
                try Files.remove(state.file("BISECT_EXPECTED_REV"))
                expected = nil
            }
        }
        return try nextIfReady(terms)
    }

    /// Makes a commit's ref and line in the log.
    func write(_ verb: String, _ id: ObjectID, _ terms: BisectState.Terms, logsCommand: Bool = true) throws {
        let name = verb == terms.bad ? "refs/bisect/\(verb)" : "refs/bisect/\(verb)-\(id.hex)"
        try state.set(RefName(unchecked: Array(name.utf8)), to: id)
        try state.log("# \(verb): [\(id.hex)] \(subject(id))\n")
        if logsCommand { try state.log("git bisect \(verb) \(id.hex)\n") }
    }

    func subject(_ id: ObjectID) throws -> String {
        String(decoding: try CommitText(id, repository.objects).subject, as: UTF8.self)
    }

    /// Decides what the states are called by the first word that names one.
    func setTerms(_ terms: inout BisectState.Terms, for verb: String) throws -> Bool {
        if ["skip", "start", "terms"].contains(verb) { return true }
        if try state.has("BISECT_TERMS") {
            if verb == terms.bad || verb == terms.good { return true }
            fail("Invalid command: you're currently in a \(terms.bad)/\(terms.good) bisect")
            return false
        }
        switch verb {
        case "bad", "good": terms = .init()
        case "new", "old": terms = .init(bad: "new", good: "old")
        default: return true
        }
        return try writeTerms(terms)
    }

    func writeTerms(_ terms: BisectState.Terms) throws -> Bool {
        if terms.bad == terms.good {
            fail("please use two different terms")
            return false
        }
        guard isUsable(terms.bad, as: "bad"), isUsable(terms.good, as: "good") else { return false }
        try state.write("BISECT_TERMS", "\(terms.bad)\n\(terms.good)\n")
        return true
    }

    private func isUsable(_ term: String, as original: String) -> Bool {
        let verbs = [
            "help", "start", "skip", "next", "reset", "visualize", "view", "replay", "log", "run", "terms",
        ]
        if (try? RefName("refs/bisect/\(term)")) == nil {
            fail("'\(term)' is not a valid term")
        } else if verbs.contains(term) {
            fail("can't use the builtin command '\(term)' as a term")
        } else if (original != "bad" && ["bad", "new"].contains(term))
            || (original != "good" && ["good", "old"].contains(term))
        {
            fail("can't change the meaning of the term '\(term)'")
        } else {
            return true
        }
        return false
    }

    private func skip(_ words: [String], _ terms: inout BisectState.Terms) throws -> Outcome {
        var revisions: [String] = []
        for word in words {
            guard word.contains("..") else {
                revisions.append(word)
                continue
            }
            let request = try RevisionRequest(context)
            guard try request.revision(word) else { throw CommandError.fatal("bad revision '\(word)'") }
            var walk = try request.makeWalk()
            while let entry = try walk.next() { revisions.append(entry.id.hex) }
        }
        return try mark("skip", revisions, &terms)
    }

    // MARK: Showing

    private func showTerms(_ words: [String]) throws -> ExitCode {
        if words.count > 1 { return fail("--bisect-terms requires 0 or 1 argument").exitCode }
        guard let terms = try state.terms() else { return fail("no terms defined").exitCode }
        switch words.first {
        case nil:
            say("Your current terms are \(terms.good) for the old state\nand \(terms.bad) for the new state.\n")
        case "--term-good", "--term-old": say(terms.good + "\n")
        case "--term-bad", "--term-new": say(terms.bad + "\n")
        case let word?:
            return fail(
                "invalid argument \(word) for 'git bisect terms'.\nSupported options are: "
                    + "--term-good|--term-old and --term-bad|--term-new."
            ).exitCode
        }
        return .success
    }

    private func showLog() throws -> ExitCode {
        guard let log = try state.read("BISECT_LOG"), !log.isEmpty else {
            return fail("We are not bisecting.").exitCode
        }
        context.output.write(log)
        return .success
    }

    /// The commits that are in question, as `log` shows them.
    private func visualize(_ words: [String], _ terms: BisectState.Terms) throws -> ExitCode {
        guard try isReady(terms, after: nil) else { return .failure }
        if let first = words.first, !first.hasPrefix("-"), first != "log" {
            throw CommandError.fatal("bisect visualize starts no other program than 'log' (give it options of log)")
        }
        let options = words.first == "log" ? Array(words.dropFirst()) : words
        var revisions: [String] = []
        for (name, id) in try state.refs() {
            if name.hasPrefix(terms.bad) { revisions.append(id.hex) }
            if name.hasPrefix(terms.good + "-") { revisions.append("^" + id.hex) }
        }
        let names = try state.names()
        let paths = names.first == Array("--".utf8) ? Array(names.dropFirst()) : names
        let words = (options + revisions + ["--"]).map { Array($0.utf8) } + paths
        let arguments = try ArgumentParser.parse(words, options: LogCommand.options)
        return try LogCommand.run(arguments, context)
    }

    // MARK: Ending

    /// Goes back to where the bisection began; false where that is not possible.
    func reset(_ commit: String?) throws -> Bool {
        let target: String
        if let commit {
            guard let found = try context.revisionResolver().find(commit, hint: .committish),
                try context.revisionResolver().peel(found.id, to: .commit) != nil
            else {
                fail("'\(commit)' is not a valid commit")
                return false
            }
            target = commit
        } else {
            guard let start = try state.read("BISECT_START"), !start.isEmpty else {
                say("We are not bisecting.\n")
                return true
            }
            target = String(decoding: start.filter { $0 != 10 }, as: UTF8.self)
        }
        if try !state.hasHead(), try !checkOut([target, "--"]) {
            fail("could not check out original HEAD '\(target)'. Try 'git bisect reset <commit>'.")
            return false
        }
        try state.clean()
        return true
    }

    /// Does what `checkout` does; false where it could not.
    func checkOut(_ words: [String]) throws -> Bool {
        context.output.flush()
        do {
            let arguments = try ArgumentParser.parse(words.map { Array($0.utf8) }, options: CheckoutCommand.options)
            return try CheckoutCommand.run(arguments, context) == .success
        } catch let error as CommandError {
            context.errors.line((error.kind == .fatal ? "fatal: " : "error: ") + error.message)
            return false
        }
    }
}
