import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// Kills `repack`, `gc` and `prune` at random moments: whatever refs, reflogs and the index hold on to is there, and stock git finds the
/// repository whole. `NACRE_KILL_ROUNDS` sets how often.
@Suite struct RepackKillTests {
    private static let rounds = getenv("NACRE_KILL_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 8

    private static let setUp = """
        git init -q r; cd r; git config gc.reflogExpire never; git config gc.writeCommitGraph true
        for i in 1 2 3 4 5 6 7 8; do seq $((i * 7)) 3000 > f; head -c 60000 /dev/urandom > g$i; git add .; git commit -qm $i
          [ $((i % 3)) = 0 ] && git repack -q; git branch b$i; done
        git tag -a -m note v1; git pack-refs --all; git reset -q --hard HEAD~2
        echo staged > s; git add s; for i in 1 2 3; do echo lost $i | git hash-object -w --stdin; done
        """

    private static let commands = [
        ["repack", "-a", "-d", "-f", "-q"], ["gc", "--prune=now", "-q"], ["repack", "-A", "-d", "-q"],
        ["prune", "--expire=now"], ["gc", "--prune=now", "-q"], ["repack", "-d", "-q"],
    ]

    @Test func losesNothing() throws {
        let sandbox = try Sandbox("repackkill")
        try sandbox.shell(Self.setUp)
        let list = "cd r; git rev-list --objects --no-object-names --all --reflog --indexed-objects | sort"
        let objects = try sandbox.shell(list).text
        let refs = try sandbox.shell("cd r; git for-each-ref; git status --porcelain").text
        var generator = SeededGenerator(seed: 11)
        var killed = 0
        for round in 0..<Self.rounds {
            let words = Self.commands[round % Self.commands.count]
            // Something to do: what is loose again, and what nobody needs.
            try sandbox.shell(
                """
                cd r; find .git -name '*.lock' -delete
                for p in .git/objects/pack/*.pack; do mv $p ../p; rm -f ${p%.pack}.*; git unpack-objects -q < ../p; done
                echo \(round) | git hash-object -w --stdin
                """)
            var request = ChildProcess.Request(Sandbox.productsDirectory.appending("nacre").string, words)
            request.environment = sandbox.environment.map { "\($0.key)=\($0.value)" }
            request.workingDirectory = sandbox.root.appending("r")
            request.output = .null
            request.error = .null
            var child = try ChildProcess(request)
            usleep(UInt32.random(in: 0...250_000, using: &generator))
            kill(child.identifier, SIGKILL)
            if child.wait() != .exited(0) { killed += 1 }
            let label = "round \(round): \(words)"
            let check = try sandbox.shell("cd r; git fsck --strict --no-dangling")
            #expect(check.code == 0, "\(label): \(check)")
            #expect(try sandbox.shell(list).text == objects, "\(label)")
            #expect(try sandbox.shell("cd r; git for-each-ref; git status --porcelain").text == refs, "\(label)")
        }
        // Once the locks that a killed one left are taken away, as the message about them says, the next one goes through.
        try sandbox.shell("cd r; find .git -name '*.lock' -delete; rm -f .git/gc.pid")
        let last = try sandbox.nacre("gc", "--prune=now", "-q", in: "r")
        #expect(last.code == 0, "\(last)")
        #expect(try sandbox.shell(list).text == objects)
        #expect(Self.rounds < 8 || killed > 0)
    }
}
