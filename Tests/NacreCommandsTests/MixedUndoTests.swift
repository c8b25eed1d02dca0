import TestSupport
import Testing

/// Random sequences of nacre's and stock git's commands, taken back entry by entry.
@Suite("Undo beside stock git")
struct MixedUndoTests {
    private static let names = ["a", "b", "dir/c", "dir/sub/d", "e", "untracked"]

    /// Commands of nacre's; `?` stands for a file.
    private static let ours = [
        "reset -q --hard", "reset -q --hard side", "reset -q --hard main", "reset -q HEAD~1", "checkout -q -f side",
        "checkout -q -f main", "checkout -q -- ?", "clean -q -f", "rm -q -f ?", "branch -q -D extra",
        "branch -f extra side", "tag -f mark", "add -A", "commit -q -a -m work", "stash push -q", "stash pop -q",
        "stash drop -q", "merge -q --no-edit side", "cherry-pick --allow-empty main", "revert --no-edit HEAD",
        "notes add -f -m note", "rebase -q side",
    ]
    private static let theirs = [
        "commit -q -a -m outside", "commit -q --allow-empty -m empty", "branch -f other HEAD~1", "branch -q -D extra",
        "tag -f theirs", "reset -q --hard HEAD~1", "checkout -q -f side", "checkout -q -f main", "stash push -q",
        "stash drop -q", "add -A", "rm -q --cached ?", "update-ref refs/heads/made HEAD", "merge -q --no-edit side",
        "update-ref -d refs/heads/made", "status",
    ]

    @Test("every entry, outside ones too", arguments: 1...8 as ClosedRange<UInt64>)
    func mixed(_ seed: UInt64) throws {
        let sandbox = try Sandbox("mixed")
        try sandbox.shell(
            """
            git init -q repo && cd repo && git config nacre.operationLog true && mkdir -p dir/sub
            for name in a b dir/c dir/sub/d; do echo "first $name" > $name; done
            git add . && git commit -qm first && git branch side
            echo second > a && echo new > e && git add . && git commit -qm second
            """)
        var random = SeededGenerator(seed: seed)
        var entries: [(command: String, before: RepositoryPicture)] = []
        var count = 0
        var last = try RepositoryPicture(sandbox, "repo")
        func run(_ program: String, _ templates: [String]) throws -> String {
            let template = templates.randomElement(using: &random) ?? "status"
            let command = template.replacing("?", with: Self.names.randomElement(using: &random) ?? "a")
            _ = try sandbox.run(program, command.split(separator: " ").map(String.init), in: "repo")
            return command
        }
        for step in 0..<14 {
            if step % 3 == 0 {
                let name = Self.names.randomElement(using: &random) ?? "a"
                try? sandbox.write("repo/\(name)", random.text(lines: 3))
            }
            if Bool.random(using: &random) { _ = try run("git", Self.theirs) }
            let before = try RepositoryPicture(sandbox, "repo")
            let command = try run(SameSession.nacre, Self.ours)
            let log = try sandbox.nacre("operation", "log", in: "repo").text.split(separator: "\n")
            let added = log.prefix(log.count - count).reversed()
            count = log.count
            for line in added {
                let isOutside = line.hasSuffix("(outside nacre)")
                entries.append((isOutside ? "outside" : command, isOutside ? last : before))
            }
            #expect(added.count <= 2, "seed \(seed): \(command): \(log)")
            let after = try RepositoryPicture(sandbox, "repo")
            if last.recorded != before.recorded, before.recorded != after.recorded {
                #expect(added.first?.hasSuffix("(outside nacre)") == true, "seed \(seed): \(command): \(log)")
            }
            // Work outside that no entry of nacre's followed is part of the next outside entry.
            if !added.isEmpty { last = after }
        }
        for (command, before) in entries.reversed() {
            let undo = try sandbox.nacre("undo", in: "repo")
            #expect(undo.code == 0, "seed \(seed): undo of \(command): \(undo)")
            let now = try RepositoryPicture(sandbox, "repo")
            #expect(now.recorded == before.recorded, "seed \(seed): undo of \(command)")
            if command != "outside" { #expect(now.files == before.files, "seed \(seed): undo of \(command)") }
        }
        #expect(try sandbox.git("fsck", "--strict", "--no-dangling", in: "repo").code == 0)
    }
}
