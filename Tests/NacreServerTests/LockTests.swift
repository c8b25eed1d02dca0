import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// Locks, taken by nacre and seen by git-lfs, and the other way round.
@Suite(.serialized) struct LockTests {
    private let sandbox: Sandbox
    private let server: TestServer

    init() throws {
        sandbox = try Sandbox("locks")
        server = try TestServer(sandbox)
        let alice = server.address(try server.token("alice")) + "/alice/m.git"
        let bob = server.address(try server.token("bob")) + "/alice/m.git"
        let made = try sandbox.shell(
            """
            git init -q work; cd work; echo '*.bin filter=lfs diff=lfs merge=lfs -text' >.gitattributes; mkdir deep
            for n in 1 2 3; do head -c 2000000 /dev/urandom >"deep/f $n.bin"; done
            git remote add origin '\(alice)'; nacre add .; nacre commit -qm one; nacre push -q origin main
            """)
        try #require(made.code == 0, "\(made)")
        try server.accounts.setRole(.writer, of: "bob", in: "alice/m", by: .console)
        let cloned = try sandbox.shell("nacre clone -q '\(bob)' bobs")
        try #require(cloned.code == 0, "\(cloned)")
    }

    private func nacre(_ words: String..., in directory: String) throws -> Sandbox.Outcome {
        try sandbox.run("nacre", words, in: directory)
    }

    @Test func locksAreTakenListedAndGivenBack() throws {
        let locked = try nacre("lock", "f 1.bin", "f 2.bin", in: "work/deep")
        #expect(locked.code == 0 && locked.text == "Locked deep/f 1.bin\nLocked deep/f 2.bin\n", "\(locked)")
        let again = try nacre("lock", "deep/f 1.bin", in: "bobs")
        #expect(again.code == 1 && again.errorText.contains("locked by alice already"), "\(again)")
        // git-lfs sees them, and nacre sees its.
        let seen = try sandbox.shell("cd bobs; git lfs locks; git lfs lock 'deep/f 3.bin'")
        #expect(seen.code == 0 && seen.text.contains("deep/f 1.bin") && seen.text.contains("alice"), "\(seen)")
        let listed = try nacre("locks", in: "work").text.split(separator: "\n")
        #expect(listed.count == 3)
        #expect(listed[0].hasPrefix("deep/f 1.bin\talice\tID:"))
        #expect(listed[2].hasPrefix("deep/f 3.bin\tbob  \tID:"))
        #expect(try nacre("locks", "--path", "f 2.bin", in: "work/deep").text.split(separator: "\n").count == 1)
        let json = try nacre("locks", "--json", in: "work").text
        #expect(json.hasPrefix("[{\"id\":") && json.contains("\"owner\":{\"name\":\"bob\"}"))
        // Somebody else's lock takes a maintainer, and force.
        #expect(try nacre("unlock", "deep/f 1.bin", in: "bobs").code == 1)
        #expect(try nacre("unlock", "--force", "deep/f 1.bin", in: "bobs").code == 1)
        #expect(try nacre("unlock", "deep/f 3.bin", in: "work").code == 1)
        #expect(try nacre("unlock", "--force", "deep/f 3.bin", in: "work").code == 0)
        #expect(try nacre("unlock", "deep/f 1.bin", "deep/f 2.bin", in: "work").code == 0)
        #expect(try nacre("locks", in: "bobs").text.isEmpty)
        let none = try nacre("unlock", "deep/f 1.bin", in: "work")
        #expect(none.code == 1 && none.errorText.contains("it is not locked"), "\(none)")
    }

    @Test func aPushOfWhatIsLockedIsRefused() throws {
        #expect(try nacre("lock", "deep/f 1.bin", in: "work").code == 0)
        let changed = try sandbox.shell(
            "cd bobs; head -c 2000000 /dev/urandom >'deep/f 2.bin'; nacre commit -qam two; nacre push -q origin main")
        #expect(changed.code == 0, "\(changed)")
        try sandbox.shell("cd bobs; head -c 2000000 /dev/urandom >'deep/f 1.bin'; nacre commit -qam three")
        let refused = try nacre("push", "-q", "origin", "main", in: "bobs")
        #expect(
            refused.code == 128 && refused.errorText.contains("'deep/f 1.bin': it is locked by alice"), "\(refused)")
        // Who holds the lock may.
        let own = try sandbox.shell(
            "cd work; nacre pull -q origin main; head -c 2000000 /dev/urandom >'deep/f 1.bin'; nacre commit -qam own; nacre push -q origin main"
        )
        #expect(own.code == 0, "\(own)")
    }

    @Test func manyLocksComeInPages() throws {
        let accounts = server.accounts
        let alice = try #require(try accounts.user("alice"))
        let name = try #require(RepositoryName("alice/m"))
        for index in 0..<2500 { _ = try accounts.lock("many/\(index)", in: name, for: alice) }
        #expect(try nacre("locks", in: "work").text.split(separator: "\n").count == 2500)
        #expect(try sandbox.shell("cd bobs; git lfs locks --limit 2400 | wc -l").trimmed == "2400")
    }
}
