import TestSupport
import Testing

/// `fsck --name-objects` beside git's: how what is missing, broken or lost was found.
@Suite struct ObjectNamesTests {
    private static let setUp = """
        t=1700000000; git init -q r; cd r; mkdir -p d/e
        c() { t=$((t+100)); export GIT_AUTHOR_DATE="$t +0100" GIT_COMMITTER_DATE="$t +0100"; git add -A; git commit -qm "$1"; }
        for i in 1 2 3 4 5; do echo $i > d/e/f; echo $i > g$i; c $i; done
        git checkout -q -b side HEAD~3; for i in 6 7; do echo $i > s; c $i; done
        git checkout -q main; git merge -q --no-edit side; git tag -a -m note v1; git branch -q -D side
        echo staged > "$(printf 'st\\303\\251')"; git add .; rm -rf .git/logs; : > .git/HEAD2; rm .git/HEAD2
        drop() { i=$(git rev-parse $1); rm -f .git/objects/${i%${i#??}}/${i#??}; }
        """

    @Test(arguments: [
        ("drop HEAD:g1", [String]()), ("drop HEAD~2:d/e/f", []), ("drop HEAD~2:d", []), ("drop HEAD^2~1", []),
        ("drop HEAD~4", []), ("drop HEAD~1", []), ("drop HEAD^2^{tree}; drop HEAD:d/e", []), ("drop v1^{tree}", []),
        ("drop HEAD:g1", ["v1"]), ("drop HEAD:g1", ["--connectivity-only"]), ("drop $(git write-tree):g2", ["main~2"]),
        ("drop :g3; drop \"$(printf ':st\\303\\251')\"", []), ("echo lost | git hash-object -w --stdin", []),
        ("echo lost | git hash-object -w --stdin", ["--unreachable"]),
    ]) func namesWhatGitNames(_ damage: String, _ words: [String]) throws {
        let sandbox = try Sandbox("names")
        let made = try sandbox.shell(Self.setUp + "\n" + damage)
        try #require(made.code == 0, "\(made)")
        func said(_ program: String) throws -> (Int32, [String], String) {
            let outcome = try sandbox.run(program, ["fsck", "--name-objects"] + words, in: "r")
            // Missing and dangling objects come in the order of git's table of objects.
            return (
                Int32(outcome.code), outcome.text.split(separator: "\n").map(String.init).sorted(), outcome.errorText
            )
        }
        let (git, nacre) = (try said("git"), try said("nacre"))
        #expect(git.0 == nacre.0 && git.1 == nacre.1, "\(damage) \(words): \(git) \(nacre)")
    }

    @Test func reflogsNameByTime() throws {
        let sandbox = try Sandbox("names")
        try sandbox.shell(Self.setUp)
        try sandbox.shell(
            """
            cd r; GIT_COMMITTER_DATE='1700009000 +0000' git commit -q -m staged
            GIT_COMMITTER_DATE='1700009100 +0000' git reset -q --hard HEAD~1
            i=$(git rev-parse 'HEAD@{1}:d'); i=$(git rev-parse HEAD@{1}^{tree}); rm .git/objects/$(echo $i | cut -c1-2)/${i#??}
            """)
        let git = try sandbox.git("fsck", "--name-objects", in: "r")
        let nacre = try sandbox.nacre("fsck", "--name-objects", in: "r")
        #expect(git.code == nacre.code)
        #expect(nacre.text.contains("HEAD@{1700009000}") || nacre.text.contains("main@{1700009000}"), "\(git) \(nacre)")
    }

    @Test func anEntryThatIsGoneIsNamedByItsRef() throws {
        let sandbox = try Sandbox("names")
        try sandbox.shell(
            """
            git init -q r; cd r; git commit -q --allow-empty -m a; git commit -q --allow-empty -m b
            i=$(git rev-parse HEAD); git reset -q --hard HEAD~1; rm .git/objects/$(echo $i | cut -c1-2)/${i#??}
            """)
        let git = try sandbox.git("fsck", in: "r")
        let nacre = try sandbox.nacre("fsck", in: "r")
        #expect(git.code == nacre.code)
        #expect(
            git.errorText.split(separator: "\n").sorted() == nacre.errorText.split(separator: "\n").sorted(),
            "\(git) \(nacre)")
    }
}
