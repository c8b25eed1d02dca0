import Bytes
import Glibc
import Synchronization
import TestSupport
import Testing

/// Random sequences of nacre's commands with stock git's between them, taken back entry by entry: refs, index entries, the
/// stash and what is committed are as they were before each. `NACRE_UNDO_SEQUENCES=n` runs more, `NACRE_SEED=n` begins elsewhere.
@Suite struct UndoMixedTests {
    @Test func takesBackWhatBothDid() throws {
        func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
        let count = number("NACRE_UNDO_SEQUENCES") ?? 6
        let first = UInt64(number("NACRE_SEED") ?? 1)
        print("undo of mixed sequences: seeds \(first) to \(first + UInt64(count) - 1)")
        let differences = Mutex<[String]>([])
        try Workers.forEach(count) { (_, item) throws(SequenceFailure) in
            do {
                var run = try MixedSequence(seed: first + UInt64(item))
                if let difference = try run.run() { differences.withLock { $0.append(difference) } }
            } catch {
                throw SequenceFailure(reason: "\(error)")
            }
        }
        for difference in differences.withLock({ $0 }) { Issue.record(Comment(rawValue: difference)) }
    }
}

/// One sequence.
private struct MixedSequence {
    private let seed: UInt64
    private let sandbox: Sandbox
    private var random: SeededGenerator
    private var said: [String] = []
    /// What stood before each entry of the operation log, oldest first.
    private var before: [(picture: String, entry: String)] = []
    /// What stood before git's commands that no entry tells of yet.
    private var beforeGit: String?

    /// `?` stands for a file, `%` for a branch, as in ``RegrettedCommands/all``.
    private static let theirs = [
        "reset -q --hard", "reset -q --hard %", "reset -q HEAD~1", "reset -q --soft HEAD~1", "checkout -q -f %",
        "checkout -q %", "checkout -q --detach", "checkout -q -f side -- .", "checkout -q -B grown %",
        "branch -f extra %", "branch -q -D extra", "branch -m extra other", "branch -q -D other", "tag -f mark",
        "tag -a -f -m words mark", "add -A", "add ?", "rm -q -f ?", "rm -q --cached ?", "mv -f ? moved",
        "commit -q -a -m theirs", "commit -q --allow-empty -m empty", "commit -q --amend --allow-empty -m amended",
        "merge -q --no-edit %", "merge --abort", "rebase -q %", "rebase --abort", "cherry-pick %",
        "cherry-pick --abort",
        "revert --no-edit HEAD", "stash push -q", "stash push -q -u", "stash pop -q", "stash drop -q",
        "update-ref refs/heads/made HEAD", "pack-refs --all", "symbolic-ref HEAD refs/heads/%", "clean -q -fd",
        "notes add -f -m theirs", "sparse-checkout set --no-cone ?", "sparse-checkout disable",
    ]
    /// Everything that nothing but the operation log may need goes; the stash's entries are nobody's to expire.
    private static let collection =
        "-c gc.reflogExpire=now -c gc.reflogExpireUnreachable=now -c gc.refs/stash.reflogExpire=never "
        + "-c gc.refs/stash.reflogExpireUnreachable=never gc -q --prune=now"

    init(seed: UInt64) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        sandbox = try Sandbox("mixed")
        try sandbox.shell(
            """
            git init -q repo && cd repo && git config nacre.operationLog true
            mkdir -p dir/sub; for name in a b dir/c dir/sub/d; do seq 1 9 > $name; done; printf '*.log\\n' > .gitignore
            git add . && git commit -qm first && git branch side
            echo second > a && echo new > e && git add . && git commit -qm second
            git checkout -q side && echo side >> b && git commit -qam third && git checkout -q main
            """)
    }

    /// What a person could miss: HEAD, refs, index, stash, what is in progress, and the content of every commit.
    private func picture() throws -> String {
        let result = try sandbox.shell(
            """
            set +e; git symbolic-ref -q HEAD || git rev-parse HEAD
            git for-each-ref --format='%(refname) %(objectname)' | grep -v refs/nacre/
            git ls-files -s; git stash list --format='%H %gs'; git config core.sparseCheckout
            ls .git | grep -E 'MERGE_HEAD|CHERRY|REVERT|rebase|sequencer'
            git rev-list --objects --exclude='refs/nacre/*' --all | cut -d' ' -f1 | sort | git cat-file --batch | cksum
            """, in: "repo")
        return result.text + result.errorText
    }

    private func entries() throws -> [Substring] {
        try sandbox.nacre("operation", "log", in: "repo").text.split(separator: "\n")
    }

    private mutating func runGit(_ words: [String]) throws {
        if beforeGit == nil { beforeGit = try picture() }
        let code = try sandbox.run("git", words, in: "repo").code
        said.append("git \(words.joined(separator: " ")): \(code)")
    }

    /// Runs one of our commands, and notes the entries that the log has from it.
    private mutating func runOurs(_ words: [String]) throws {
        let count = try entries().count
        let now = try picture()
        let outcome = try sandbox.run("nacre", words, in: "repo")
        said.append("nacre \(words.joined(separator: " ")): \(outcome.code) \(outcome.errorText)")
        let all = try entries()
        for entry in all.prefix(all.count - count).reversed() {
            let isOutside = entry.hasSuffix("(outside nacre)")
            before.append((isOutside ? beforeGit ?? now : now, String(entry)))
        }
        beforeGit = nil
    }

    /// - Returns: what is wrong; nil where every step was taken back.
    mutating func run() throws -> String? {
        // The log begins with the first command, and what git does last is an entry with the next one.
        try runOurs(["tag", "begun"])
        for _ in 0..<12 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5:
                guard let name = RegrettedCommands.names.randomElement(using: &random) else { continue }
                // A file may stand where a directory is needed.
                let isWritten = (try? sandbox.write("repo/\(name)", random.text(lines: 4))) != nil
                said.append("write \(name): \(isWritten)")
            case 5..<12: try runGit(RegrettedCommands.words(Self.theirs, using: &random))
            case 12 where beforeGit == nil && !before.isEmpty:
                try runGit(Self.collection.split(separator: " ").map(String.init))
            default: try runOurs(RegrettedCommands.words(RegrettedCommands.all, using: &random))
            }
        }
        try runOurs(["tag", "ended"])
        for (picture, entry) in before.reversed() {
            let undo = try sandbox.nacre("undo", in: "repo")
            let now = try self.picture()
            guard undo.code == 0, now == picture else {
                return "seed \(seed): undo of \(entry): \(undo)\nbefore:\n\(picture)\nnow:\n\(now)\n  "
                    + said.joined(separator: "\n  ")
            }
        }
        let check = try sandbox.git("fsck", "--strict", "--no-dangling", in: "repo")
        return check.code == 0 ? nil : "seed \(seed): \(check)\n  " + said.joined(separator: "\n  ")
    }
}
