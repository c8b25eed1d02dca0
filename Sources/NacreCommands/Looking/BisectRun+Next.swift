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
    /// What the refs say.
    private struct Marks {
        var bad: ObjectID?
        var good: [ObjectID] = []
        var skipped: [ObjectID] = []
    }

    private func marks(_ terms: BisectState.Terms) throws -> Marks {
        var marks = Marks()
        for (name, id) in try state.refs() {
            if name == terms.bad {
                marks.bad = id
            } else if name.hasPrefix(terms.good + "-") {
                marks.good.append(id)
            } else if name.hasPrefix("skip-") {
                marks.skipped.append(id)
            }
        }
        return marks
    }

    /// Whether there is enough to go on with; says what is missing where `verb` names what was just done.
    func isReady(_ terms: BisectState.Terms, after verb: String?) throws -> Bool {
        let marks = try marks(terms)
        if marks.bad != nil, !marks.good.isEmpty { return true }
        guard let verb else { return false }
        if marks.bad != nil, verb == terms.good {
            context.output.flush()
            context.errors.line("warning: bisecting only with a \(terms.bad) commit")
            guard isatty(0) == 1 else { return true }
            context.errors.write("Are you sure [Y/n]? ")
            return readLine()?.lowercased().hasPrefix("n") != true
        }
        let (bad, good) = ("bad|new", "good|old")
        if try state.has("BISECT_START") {
            fail(
                "You need to give me at least one \(bad) and \(good) revision.\n"
                    + "You can use \"git bisect \(bad)\" and \"git bisect \(good)\" for that.")
        } else {
            fail(
                "You need to start by \"git bisect start\".\n"
                    + "You then need to give me at least one \(good) and \(bad) revision.\n"
                    + "You can use \"git bisect \(good)\" and \"git bisect \(bad)\" for that.")
        }
        return false
    }

    /// Goes on where both sides are known; says what is waited for otherwise.
    func nextIfReady(_ terms: BisectState.Terms) throws -> Outcome {
        if try isReady(terms, after: nil) {
            var terms = terms
            return try next(&terms)
        }
        let marks = try marks(terms)
        let text: String
        if marks.good.isEmpty, marks.bad == nil {
            text = "status: waiting for both good and bad commits\n"
        } else if !marks.good.isEmpty {
            let count = marks.good.count
            text = "status: waiting for bad commit, \(count) good commit\(count == 1 ? "" : "s") known\n"
        } else {
            text = "status: waiting for good commit(s), bad commit known\n"
        }
        say(text)
        try state.log("# " + text)
        return .next
    }

    /// Chooses the next commit and checks it out.
    func next(_ terms: inout BisectState.Terms) throws -> Outcome {
        guard try startIfNeeded(&terms), try isReady(terms, after: terms.good) else { return .failed }
        let outcome = try chooseNext(terms)
        switch outcome {
        case .foundFirst:
            if let bad = try marks(terms).bad {
                try state.log("# first \(terms.bad) commit: [\(bad.hex)] \(subject(bad))\n")
            }
        case .onlySkipped: try logSkipped(terms)
        default: break
        }
        return outcome
    }

    private func logSkipped(_ terms: BisectState.Terms) throws {
        let marks = try marks(terms)
        guard let bad = marks.bad else { return }
        try state.log("# only skipped commits left to test\n")
        var walk = RevisionWalk(repository, options: .init())
        try walk.include(bad)
        for id in marks.good { try walk.exclude(id) }
        while let entry = try walk.next() {
            try state.log("# possible first \(terms.bad) commit: [\(entry.id.hex)] \(subject(entry.id))\n")
        }
    }

    private func chooseNext(_ terms: BisectState.Terms) throws -> Outcome {
        let marks = try marks(terms)
        guard let bad = marks.bad else { return fail("a \(terms.bad) revision is needed") }
        if let stop = try checkMergeBases(bad, marks, terms) { return stop }
        var knowledge = Bisection.Knowledge(bad: bad, good: marks.good)
        knowledge.skipped = Set(marks.skipped)
        knowledge.followsFirstParentOnly = try state.read("BISECT_FIRST_PARENT") != nil
        let names = try state.names().filter { !$0.elementsEqual("--".utf8) }
        if !names.isEmpty { knowledge.paths = try context.pathspec(names) }
        let choice = try Bisection.choose(repository, knowledge)
        guard let commit = choice.commit else {
            if choice.count == 0, !names.isEmpty, bad != marks.good.first {
                context.errors.line("No testable commit found.\nMaybe you started with bad path arguments?")
                return .nothingToTest
            }
            if !choice.passedOver.isEmpty { return showSkipped(choice.passedOver, nil, terms) }
            say("\(bad.hex) was both \(terms.good) and \(terms.bad)\n")
            return .failed
        }
        if commit == bad {
            if !choice.passedOver.isEmpty { return showSkipped(choice.passedOver, bad, terms) }
            say("\(bad.hex) is the first \(terms.bad) commit\n")
            try show(bad)
            return .foundFirst
        }
        let (left, steps) = (choice.remaining, choice.steps)
        say(
            "Bisecting: \(left) revision\(left == 1 ? "" : "s") left to test after this "
                + "(roughly \(steps) step\(steps == 1 ? "" : "s"))\n")
        return try checkOut(commit) ? .next : .failed
    }

    private func showSkipped(_ ids: [ObjectID], _ bad: ObjectID?, _ terms: BisectState.Terms) -> Outcome {
        say("There are only 'skip'ped commits left to test.\nThe first \(terms.bad) commit could be any of:\n")
        for id in ids { say(id.hex + "\n") }
        if let bad { say(bad.hex + "\n") }
        say("We cannot bisect more!\n")
        return .onlySkipped
    }

    /// The commit that was found, with what it changed.
    private func show(_ id: ObjectID) throws {
        context.output.flush()
        var options = context.options
        options.paginate = false
        let quiet = Context(environment: context.environment, options: options)
        quiet.command = ShowCommand.self
        let words = ["--stat", "--summary", id.hex].map { Array($0.utf8) }
        _ = try ShowCommand.run(try ArgumentParser.parse(words, options: ShowCommand.options), quiet)
        quiet.output.flush()
    }

    /// Puts a commit there to be tested.
    func checkOut(_ id: ObjectID) throws -> Bool {
        try state.write("BISECT_EXPECTED_REV", id.hex + "\n")
        if try state.hasHead() {
            try state.set(BisectState.headName, to: id)
        } else if try !checkOut(["-q", id.hex, "--"]) {
            return false
        }
        say("[\(id.hex)] \(try subject(id))\n")
        return true
    }

    // MARK: Merge bases

    /// Where a good commit is no ancestor of the bad one, what they come from has to be good.
    private func checkMergeBases(
        _ bad: ObjectID, _ marks: Marks, _ terms: BisectState.Terms
    ) throws -> Outcome? {
        if marks.good.isEmpty { return nil }
        if try state.read("BISECT_ANCESTORS_OK") != nil { return nil }
        var bases = MergeBases(repository)
        var areAncestors = true
        for id in marks.good where areAncestors { areAncestors = try bases.isAncestor(id, of: bad) }
        if !areAncestors {
            for base in try bases.bases(of: bad, marks.good) {
                if base == bad { return try refuse(bad, marks, terms) }
                if marks.good.contains(base) { continue }
                if marks.skipped.contains(base) {
                    warnOfSkipped(base, bad, marks, terms)
                    continue
                }
                say("Bisecting: a merge base must be tested\n")
                return try checkOut(base) ? .testsMergeBase : .failed
            }
        }
        try state.write("BISECT_ANCESTORS_OK", "")
        return nil
    }

    private func refuse(_ bad: ObjectID, _ marks: Marks, _ terms: BisectState.Terms) throws -> Outcome {
        context.output.flush()
        guard try state.expected() == bad else {
            context.errors.line(
                "Some \(terms.good) revs are not ancestors of the \(terms.bad) rev.\n"
                    + "git bisect cannot work properly in this case.\n"
                    + "Maybe you mistook \(terms.good) and \(terms.bad) revs?")
            return .failed
        }
        let good = marks.good.map(\.hex).joined(separator: " ")
        let text: String
        if terms == .init() {
            text = "is bad.\nThis means the bug has been fixed between"
        } else if terms == .init(bad: "new", good: "old") {
            text = "is new.\nThe property has changed between"
        } else {
            text = "is \(terms.bad).\nThis means the first '\(terms.good)' commit is between"
        }
        context.errors.line("The merge base \(bad.hex) \(text) \(bad.hex) and [\(good)].")
        return .mergeBaseIsBad
    }

    private func warnOfSkipped(_ base: ObjectID, _ bad: ObjectID, _ marks: Marks, _ terms: BisectState.Terms) {
        let good = marks.good.map(\.hex).joined(separator: " ")
        context.output.flush()
        context.errors.line(
            "warning: the merge base between \(bad.hex) and [\(good)] must be skipped.\n"
                + "So we cannot be sure the first \(terms.bad) commit is between \(base.hex) and \(bad.hex).\n"
                + "We continue anyway.")
    }

    // MARK: Running a command

    private func runShell(_ command: String) throws -> Int32 {
        say("running \(command)\n")
        context.output.flush()
        // As Git starts it: the command line is the shell's own name, too.
        var child = try ChildProcess(.init("/bin/sh", ["-c", command, command]))
        return child.wait().code
    }

    /// Lets a command decide until the commit is found.
    func runCommand(_ words: [[UInt8]], _ terms: inout BisectState.Terms) throws -> Outcome {
        if words.isEmpty { return fail("bisect run failed: no command provided.") }
        guard try isReady(terms, after: nil) else { return .failed }
        let command = String(decoding: BisectQuoting.quote(words), as: UTF8.self)
        var isFirst = true
        while true {
            let code = try runShell(command)
            if isFirst, code == 126 || code == 127 {
                isFirst = false
                guard let good = try tryGood(command, terms) else {
                    return fail("unable to verify '\(command)' on good revision")
                }
                if good == code { return fail("bogus exit code \(code) for good revision") }
            }
            if code < 0 || code >= 128 {
                fail("bisect run failed: exit code \(code) from '\(command)' is < 0 or >= 128")
                return .code(code)
            }
            let verb = code == 125 ? "skip" : code == 0 ? terms.good : terms.bad
            let outcome = try recordOutput { try mark(verb, [], &terms) }
            switch outcome {
            case .next: continue
            case .onlySkipped: fail("bisect run cannot continue any more")
            case .testsMergeBase:
                say("bisect run success")
                return .next
            case .foundFirst:
                say("bisect found first bad commit")
                return .next
            default:
                fail(
                    "bisect run failed: 'git bisect--helper --bisect-state \(verb)' exited with error code "
                        + "-\(outcome.exitCode.rawValue)")
            }
            return outcome
        }
    }

    /// Runs the command on a good commit: one that cannot be run there says nothing.
    private func tryGood(_ command: String, _ terms: BisectState.Terms) throws -> Int32? {
        guard let good = try marks(terms).good.first,
            let current = try repository.refs.resolve(state.hasHead() ? BisectState.headName : .head)
        else { return nil }
        guard try checkOut(good) else { return nil }
        let code = try runShell(command)
        return try checkOut(current) ? code : nil
    }

    /// Writes what is said to `BISECT_RUN` too.
    private func recordOutput(_ body: () throws -> Outcome) throws -> Outcome {
        context.output.flush()
        try state.write("BISECT_RUN", "")
        let file = state.file("BISECT_RUN").withPlatformString { open($0, O_WRONLY | O_TRUNC | O_CLOEXEC) }
        guard file >= 0 else { return fail("cannot open file '\(state.file("BISECT_RUN"))' for writing") }
        let saved = dup(1)
        dup2(file, 1)
        defer {
            context.output.flush()
            dup2(saved, 1)
            close(saved)
            close(file)
            if let text = try? state.read("BISECT_RUN") { context.output.write(text) }
        }
        return try body()
    }
}
