import Bytes
import SystemPackage
import TestSupport
import Testing

/// Two people and a repository between them.
private struct SharedFixture {
    let sandbox: Sandbox

    init(_ label: String, train: String = "cp data.txt model.bin; echo ran >> $COUNT") throws {
        sandbox = try Sandbox(label)
        try sandbox.git("init", "-q", "--bare", "shared.git")
        try sandbox.git("init", "-q", "ada")
        try sandbox.write("ada/data.txt", "one\ntwo\n")
        try sandbox.write("ada/params.yaml", "n: 1\n")
        try sandbox.write(
            "ada/nacre.yaml",
            """
            stages:
              train:
                cmd: \(train)
                deps: [data.txt]
                params: [n]
                outs: [model.bin]

            """)
        try sandbox.shell(
            """
            git add . && git commit -q -m base
            git remote add origin ../shared.git && git push -q origin HEAD:main
            cd .. && git clone -q -b main shared.git grace
            """, in: "ada")
    }

    var variables: [String: String] { ["COUNT": sandbox.root.appending("count").string] }

    func nacre(_ who: String, _ words: String...) throws -> Sandbox.Outcome {
        try sandbox.run("nacre", words, in: who, variables: variables)
    }

    /// How often the stage ran.
    func count() throws -> Int {
        try Files.readIfPresent(sandbox.root.appending("count"), limit: 1 << 20)?.split(separator: 10).count ?? 0
    }
}

@Suite struct SharingTests {
    @Test("experiments and their records go to a remote and come back, those of two people together")
    func sharesExperiments() throws {
        let fixture = try SharedFixture("share")
        #expect(try fixture.nacre("ada", "run", "-n", "first").code == 0)
        let pushed = try fixture.nacre("ada", "experiment", "push", "origin")
        #expect(pushed.code == 0, "\(pushed)")
        #expect(try fixture.nacre("grace", "run", "-n", "second", "-S", "n=2").code == 0)
        // The remote's records are not among hers: they are joined.
        let second = try fixture.nacre("grace", "experiment", "push", "origin", "second")
        #expect(second.code == 0, "\(second)")
        let pulled = try fixture.nacre("ada", "experiment", "pull", "origin")
        #expect(pulled.code == 0, "\(pulled)")
        #expect(try fixture.nacre("ada", "experiment", "list", "--names", "--sort", "name").text == "first\nsecond\n")
        for who in ["ada", "shared.git"] {
            for name in ["first", "second"] {
                let note = try fixture.sandbox.git(
                    "notes", "--ref=nacre/runs", "show", "refs/experiments/\(name)", in: who)
                #expect(note.code == 0 && note.text.contains("\"\(name)\""), "\(who) \(name): \(note)")
            }
        }
        #expect(try fixture.nacre("ada", "experiment", "log", "second").code == 0)
        #expect(try fixture.sandbox.git("fsck", "--strict", in: "shared.git").code == 0)
        #expect(try fixture.nacre("ada", "experiment", "push", "origin").errorText.contains("Everything up-to-date"))
        let none = try fixture.nacre("ada", "experiment", "push", "origin", "third")
        #expect(none.code == 128 && none.errorText.contains("no experiment is named 'third'"))
        #expect(try fixture.nacre("ada", "experiment", "pull", "origin", "third").code != 0)
    }

    @Test("outputs that somebody else made are taken from the shared run cache")
    func sharesTheRunCache() throws {
        let fixture = try SharedFixture("cache")
        #expect(try fixture.nacre("ada", "run", "-n", "a").code == 0)
        #expect(try fixture.nacre("ada", "experiment", "push", "--run-cache", "origin").code == 0)
        #expect(try fixture.count() == 1)
        // Grace has another entry; hers and Ada's are joined.
        #expect(try fixture.nacre("grace", "run", "-n", "b", "-S", "n=2").code == 0)
        #expect(try fixture.nacre("grace", "experiment", "pull", "origin").code == 0)
        #expect(try fixture.count() == 2)
        let restored = try fixture.nacre("grace", "run", "-n", "c", "-S", "n=1")
        #expect(restored.text.contains("Stage 'train': restored"), "\(restored)")
        #expect(try fixture.count() == 2)
        #expect(try fixture.sandbox.git("show", "refs/experiments/c:model.bin", in: "grace").text == "one\ntwo\n")
        #expect(try fixture.nacre("grace", "experiment", "push", "--run-cache", "origin").code == 0)
        #expect(try fixture.nacre("ada", "experiment", "pull", "origin").code == 0)
        #expect(try fixture.nacre("ada", "run", "-n", "d", "-S", "n=2").text.contains("Stage 'train': restored"))
        #expect(try fixture.count() == 2)
    }

    @Test("a revision of a remote is run again without a repository here, and the record is sent there")
    func reproducesFromARemote() throws {
        let fixture = try SharedFixture("remote", train: "cp data.txt model.bin")
        #expect(try fixture.nacre("ada", "run", "--commit", "-m", "Model").code == 0)
        try fixture.sandbox.shell("git tag v1 && git push -q origin v1 HEAD:main", in: "ada")
        let outcome = try fixture.nacre("", "reproduce", "--remote", "shared.git", "--junit=r.xml", "--in=there", "v1")
        #expect(outcome.code == 0 && outcome.text.contains("reproduced: v1"), "\(outcome)")
        #expect(try fixture.sandbox.read("there/model.bin") == Array("one\ntwo\n".utf8))
        #expect(try FileStatus.of(fixture.sandbox.root.appending("r.xml")) != nil)
        // A branch and an experiment are found by their names too.
        #expect(try fixture.nacre("ada", "run", "-n", "e", "-S", "n=3").code == 0)
        #expect(try fixture.nacre("ada", "experiment", "push", "origin").code == 0)
        for name in ["main", "e"] {
            let outcome = try fixture.nacre("", "reproduce", "-q", "--no-attest", "--remote", "shared.git", name)
            #expect(outcome.code == 0, "\(name): \(outcome)")
        }
        let missing = try fixture.nacre("", "reproduce", "--remote", "shared.git", "v2")
        #expect(missing.code == 128 && missing.errorText.contains("no revision or experiment named 'v2'"), "\(missing)")
        #expect(try fixture.nacre("", "reproduce", "--remote", "nowhere.git", "v1").code == 128)
        // Whoever fetches sees who has reproduced it, beside the commit and nowhere else.
        #expect(try fixture.nacre("ada", "experiment", "pull", "--records", "origin").code == 0)
        let shown = try fixture.nacre("ada", "show", "--no-patch", "v1")
        #expect(shown.text.contains("\nAttestations:\n    reproduced by author@example.com on "), "\(shown)")
        #expect(try fixture.nacre("ada", "show", "--no-patch", "--format=%s", "v1").text == "Model\n")
        #expect(!(try fixture.nacre("ada", "log", "-1", "v1").text.contains("Attestations")))
        #expect(try fixture.nacre("ada", "verify", "v1").code == 1)
    }

    @Test("records that were fetched and not joined yet are read as well")
    func readsFetchedRecords() throws {
        let fixture = try SharedFixture("fetched")
        #expect(try fixture.nacre("ada", "run", "-n", "a").code == 0)
        #expect(try fixture.nacre("ada", "reproduce", "-q", "a").code == 0)
        #expect(try fixture.nacre("ada", "experiment", "push", "origin").code == 0)
        try fixture.sandbox.shell(
            "git fetch -q origin 'refs/experiments/*:refs/experiments/*' 'refs/notes/nacre/*:refs/nacre/remotes/origin/notes/*'",
            in: "grace")
        #expect(
            try fixture.nacre("grace", "show", "-s", "refs/experiments/a").text.contains("    reproduced by author@"))
        #expect(try fixture.nacre("grace", "experiment", "show", "a").text.contains("reproduced by"))
    }
}
