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

extension BisectRun {
    /// What `start` was told.
    private struct Request {
        var isWithoutCheckout = false
        var followsFirstParentOnly = false
        var namesTerms = false
        var revisions: [ObjectID] = []
        var pathStart = 0
    }

    /// Begins a bisection.
    func start(_ words: [[UInt8]], _ terms: inout BisectState.Terms) throws -> Outcome {
        guard let request = try read(words, &terms) else { return .failed }
        guard let head = try startingPoint(request) else { return .failed }
        try state.clean()
        try state.write("BISECT_START", head + "\n")
        if request.followsFirstParentOnly { try state.write("BISECT_FIRST_PARENT", "\n") }
        if request.isWithoutCheckout {
            guard let id = try context.revisionResolver().find(head, hint: .committish)?.id else {
                return fail("invalid ref: '\(head)'")
            }
            try state.set(BisectState.headName, to: id)
        }
        let names = request.pathStart < words.count - 1 ? BisectQuoting.quote(words[request.pathStart...]) : []
        try TemporaryFile.replace(state.file("BISECT_NAMES"), with: names + [10], synchronizing: false)
        for (index, id) in request.revisions.enumerated() {
            try write(index == 0 ? terms.bad : terms.good, id, terms, logsCommand: false)
        }
        if request.namesTerms || !request.revisions.isEmpty, try !writeTerms(terms) { return .failed }
        try state.log(Array("git bisect start".utf8) + BisectQuoting.quote(words) + [10])
        let outcome = try nextIfReady(terms)
        if !outcome.isGood { try state.clean() }
        return outcome
    }

    private func read(_ words: [[UInt8]], _ terms: inout BisectState.Terms) throws -> Request? {
        var request = Request()
        request.isWithoutCheckout = repository.isBare
        let hasSeparator = words.contains { $0.elementsEqual("--".utf8) }
        let resolver = try context.revisionResolver()
        var index = 0
        while index < words.count {
            let word = String(decoding: words[index], as: UTF8.self)
            if word == "--" { break }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch parts[0] {
            case "--no-checkout" where parts.count == 1: request.isWithoutCheckout = true
            case "--first-parent" where parts.count == 1: request.followsFirstParentOnly = true
            case "--term-good", "--term-old", "--term-bad", "--term-new":
                if parts.count == 1 { index += 1 }
                guard index < words.count else {
                    fail("'' is not a valid term")
                    return nil
                }
                let term = parts.count == 1 ? String(decoding: words[index], as: UTF8.self) : parts[1]
                request.namesTerms = true
                if parts[0].hasSuffix("good") || parts[0].hasSuffix("old") {
                    terms.good = term
                } else {
                    terms.bad = term
                }
            case let option where option.hasPrefix("--"):
                fail("unrecognized option: '\(word)'")
                return nil
            default:
                if let found = try resolver.find(word, hint: .committish),
                    let commit = try resolver.peel(found.id, to: .commit)
                {
                    request.revisions.append(commit)
                } else if hasSeparator {
                    throw CommandError.fatal("'\(word)' does not appear to be a valid revision")
                } else {
                    request.pathStart = index
                    return request
                }
            }
            index += 1
        }
        request.pathStart = index
        return request
    }

    /// The branch or commit to go back to in the end.
    private func startingPoint(_ request: Request) throws -> String? {
        if let start = try state.read("BISECT_START"), !start.isEmpty {
            let name = String(decoding: start.filter { $0 != 10 && $0 != 32 }, as: UTF8.self)
            if !request.isWithoutCheckout, try !checkOut([name, "--"]) {
                fail("checking out '\(name)' failed. Try 'git bisect start <valid-branch>'.")
                return nil
            }
            return name
        }
        if case .symbolic(let name)? = try repository.refs.read(.head) {
            guard try repository.refs.resolve(name) != nil, name.string.hasPrefix("refs/heads/") else {
                fail("bad HEAD - strange symbolic ref")
                return nil
            }
            return String(name.string.dropFirst("refs/heads/".count))
        }
        guard let id = try repository.refs.resolve(.head) else {
            fail("bad HEAD - I need a HEAD")
            return nil
        }
        return id.hex
    }

    /// Offers to begin where nothing was begun; false where that is not wanted.
    func startIfNeeded(_ terms: inout BisectState.Terms) throws -> Bool {
        if try state.has("BISECT_START") { return true }
        context.errors.write("You need to start by \"git bisect start\"\n\n")
        guard isatty(0) == 1 else { return false }
        context.errors.write("Do you want me to do it for you [Y/n]? ")
        if readLine()?.lowercased().hasPrefix("n") ?? true { return false }
        return try start([], &terms).isGood
    }

    // MARK: Replaying

    /// Does what a log says.
    func replay(_ words: [String], _ terms: inout BisectState.Terms) throws -> Outcome {
        guard words.count == 1 else { return fail("no logfile given") }
        let content = (try? Files.readIfPresent(context.workingDirectory.pushing(FilePath(words[0])))) ?? nil
        guard let content, !content.isEmpty else { return fail("cannot read file '\(words[0])' for replaying") }
        guard try reset(nil) else { return .failed }
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            guard try replayLine(line, &terms) else { return .failed }
        }
        return try nextIfReady(terms)
    }

    private func replayLine(_ line: Substring, _ terms: inout BisectState.Terms) throws -> Bool {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        var rest: ArraySlice<Substring>
        if words.first == "git-bisect" {
            rest = words.dropFirst()
        } else if words.count > 1, words[0] == "git", words[1] == "bisect" {
            rest = words.dropFirst(2)
        } else {
            return true
        }
        guard let verb = rest.popFirst().map(String.init) else { return true }
        if let known = try state.terms() { terms = known }
        guard try setTerms(&terms, for: verb) else { return false }
        let text = line[(rest.first?.startIndex ?? line.endIndex)...]
        if verb == "start" { return try start(BisectQuoting.unquote(text.utf8) ?? [], &terms).isGood }
        if [terms.good, terms.bad, "skip"].contains(verb) {
            guard let id = try context.revisionResolver().find(String(text))?.id else {
                fail("couldn't get the oid of the rev '\(text)'")
                return false
            }
            try write(verb, id, terms)
            return true
        }
        if verb == "terms" { return true }
        fail("'\(verb)'?? what are you talking about?")
        return false
    }
}
