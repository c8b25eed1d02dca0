import Bytes
import Glibc
import Synchronization
import TestSupport
import Testing

/// Random sequences of destructive commands, taken back one by one: work tree, index, refs, stash and what is in progress are
/// as they were, byte for byte, at every step. `NACRE_UNDO_SEQUENCES=n` runs more, `NACRE_SEED=n` begins elsewhere.
@Suite struct UndoSequenceTests {
    @Test func everyStepIsTakenBackExactly() throws {
        func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
        let count = number("NACRE_UNDO_SEQUENCES") ?? 8
        let first = UInt64(number("NACRE_SEED") ?? 1)
        print("undo of sequences: seeds \(first) to \(first + UInt64(count) - 1)")
        let differences = Mutex<[String]>([])
        try Workers.forEach(count) { (_, item) throws(SequenceFailure) in
            do {
                let difference = try Self.difference(seed: first + UInt64(item))
                if let difference { differences.withLock { $0.append(difference) } }
            } catch {
                throw SequenceFailure(reason: "\(error)")
            }
        }
        for difference in differences.withLock({ $0 }) { Issue.record(Comment(rawValue: difference)) }
    }

    /// Runs one sequence.
    ///
    /// - Returns: what was not taken back; nil where all was.
    private static func difference(seed: UInt64) throws -> String? {
        let sandbox = try Sandbox("sequence")
        try sandbox.shell(
            """
            git init -q repo && cd repo && git config nacre.operationLog true
            mkdir -p dir/sub; for name in a b dir/c dir/sub/d; do seq 1 9 > $name; done; printf '*.log\\n' > .gitignore
            git add . && git commit -qm first && git branch side
            echo second > a && echo new > e && git add . && git commit -qm second
            git checkout -q side && echo side >> b && git commit -qam third && git checkout -q main
            echo kept >> b; git stash -q; git branch extra
            """)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<6 {
            guard let name = RegrettedCommands.names.randomElement(using: &random) else { continue }
            try sandbox.write("repo/\(name)", random.text(lines: 4))
        }
        var said: [String] = []
        var before: [(picture: RepositoryPicture, entries: Int)] = []
        var entries = try entries(sandbox)
        for _ in 0..<12 {
            let words = RegrettedCommands.words(RegrettedCommands.all, using: &random)
            let picture = try RepositoryPicture(sandbox, "repo")
            let outcome = try sandbox.run("nacre", words, in: "repo")
            let now = try self.entries(sandbox)
            said.append(
                "\(words.joined(separator: " ")): \(outcome.code), \(now - entries) entries: \(outcome.errorText)")
            before.append((picture, now - entries))
            entries = now
        }
        for (step, (picture, count)) in before.enumerated().reversed() {
            if count > 0 {
                let undo = try sandbox.nacre("undo", "\(count)", in: "repo")
                if undo.code != 0 { return "seed \(seed), step \(step): \(undo)\n  " + said.joined(separator: "\n  ") }
            }
            let now = try RepositoryPicture(sandbox, "repo")
            guard now == picture else {
                return "seed \(seed), step \(step):\nbefore:\n\(picture)\nnow:\n\(now)\n  "
                    + said.joined(separator: "\n  ")
            }
        }
        let check = try sandbox.git("fsck", "--strict", "--no-dangling", in: "repo")
        return check.code == 0 ? nil : "seed \(seed): \(check)\n  " + said.joined(separator: "\n  ")
    }

    private static func entries(_ sandbox: Sandbox) throws -> Int {
        try sandbox.nacre("operation", "log", in: "repo").text.split(separator: "\n").count
    }
}
