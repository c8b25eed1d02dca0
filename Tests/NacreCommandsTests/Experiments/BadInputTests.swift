import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What people get wrong is said with the file, the line and what to do about it, and loses no run.
@Suite struct BadInputTests {
    private func fixture(_ files: [String: String]) throws -> Sandbox {
        let sandbox = try Sandbox("bad")
        try sandbox.git("init", "-q", ".")
        try sandbox.write(".gitignore", "/home/\n")
        for (path, text) in files { try sandbox.write(path, text) }
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
        return sandbox
    }

    @Test(arguments: [
        (
            "metrics.json", "{\n\"a\": 1,\n\"b\": NaN, \"c\": -Infinity\n}\n", 0,
            [
                "warning: 'metrics.json', line 3: 'b' is nan: no policy accepts it and it is never the best (did the training diverge?)",
                "line 3: 'c' is -inf",
            ]
        ),
        ("metrics.yaml", "a: .nan\n", 0, ["'metrics.yaml', line 1: 'a' is nan"]),
        ("metrics.json", "{\"a\": 1,\n \"b\": }\n", 1, ["cannot use 'metrics.json', line 2: not valid JSON"]),
        ("metrics.json", "accuracy 0.9\n", 1, ["cannot use 'metrics.json', line 1: not valid JSON"]),
        ("metrics.json", "", 1, ["cannot use 'metrics.json'"]),
        ("metrics.json", "[1]\n", 1, ["cannot use 'metrics.json': it must hold a mapping"]),
        ("metrics.json", "{\"a\": 1,\n\"a\": 2}\n", 1, ["line 2: not valid JSON: the key 'a' stands twice"]),
        (
            "dvc.yaml", "stages:\n  t: {cmd: x, metrics: [m.json]}\n", 1,
            ["cannot find 'm.json', which the pipeline names (run it with 'nacre run', or take the name out)"]
        ),
    ])
    func namesBadMetrics(_ file: String, _ text: String, _ code: Int32, _ messages: [String]) throws {
        let sandbox = try fixture([file: text])
        let outcome = try sandbox.nacre("metrics", "show")
        #expect(outcome.code == code, "\(outcome)")
        for message in messages { #expect(outcome.errorText.contains(message), "\(outcome)") }
        // A run goes on with them, and says so.
        if file != "dvc.yaml" {
            let run = try sandbox.nacre("run", "-n", "r", "--", "true")
            #expect(run.code == 0 && run.errorText.contains(messages[0]), "\(run)")
        }
    }

    @Test func readsNestedMetrics() throws {
        let sandbox = try fixture(["metrics.json": "{\"a\": {\"b\": {\"c\": 1}}, \"l\": [1, {\"x\": 2}]}\n"])
        let text = try sandbox.nacre("metrics", "show").text
        #expect(text.contains("metrics.json  a.b.c  1") && text.contains("metrics.json  l      [1, {\"x\": 2}]"))
    }

    @Test("a policy refuses what is no number")
    func refusesWhatIsNoNumber() throws {
        let sandbox = try fixture([
            "metrics.json": "{\"a\": NaN}\n", "nacre.yaml": "policy:\n  a: {direction: maximize}\n  b: {floor: 1}\n",
        ])
        let outcome = try sandbox.nacre("check", "HEAD")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("FAILED a") && outcome.text.contains("FAILED b"), "\(outcome)")
    }

    @Test(arguments: [
        (
            "a: &x {b: 1}\nc: *x\n", "c.b=2",
            "cannot use 'params.yaml', line 1: 'c.b' is shared through an anchor; write it out"
        ),
        ("a: 1\nb: 2\na: 3\n", "b=3", "cannot use 'params.yaml', line 3: the key 'a' stands twice; keep one of them"),
        ("m:\n  - k: 1\n    k: 2\n", "m=3", "cannot use 'params.yaml', line 3: the key 'k' stands twice"),
        ("a: 1\nb:\n\tc: 2\n", "a=3", "cannot use 'params.yaml', line 3: not valid YAML"),
        ("a: 1\n", "b=3", "has no parameter 'b'"),
    ])
    func namesBadParameters(_ text: String, _ setting: String, _ message: String) throws {
        let sandbox = try fixture(["params.yaml": text])
        let outcome = try sandbox.nacre("run", "-n", "r", "-S", setting, "--", "true")
        #expect(outcome.code == 128 && outcome.errorText.contains(message), "\(outcome)")
        // Nothing had started.
        #expect(try sandbox.git("for-each-ref", "refs/experiments", "refs/nacre/runs").text == "")
        #expect(try sandbox.read("params.yaml") == Array(text.utf8))
        #expect(try Files.list(sandbox.root.appending(".git/nacre/runs"))?.isEmpty != false)
    }

    @Test(arguments: [
        (
            "  a: {cmd: x, deps: [p], outs: [q]}\n  b: {cmd: x, deps: [q], outs: [p]}\n",
            "stages wait for each other in a circle: 'a' (dvc.yaml, line 2) -> 'b' (dvc.yaml, line 3) -> 'a' (dvc.yaml, line 2); "
                + "take one of these dependencies out"
        ),
        (
            "  a: {cmd: x, outs: [q]}\n  b: {cmd: x, outs: [q]}\n",
            "the output 'q' is made by both 'a' (dvc.yaml, line 2) and 'b' (dvc.yaml, line 3); give one of them another path"
        ),
        (
            "  a: {cmd: x, outs: [q]}\n  b: {cmd: x, outs: [q/r]}\n",
            "the output 'q/r' of 'b' (dvc.yaml, line 3) stands inside the output 'q' of 'a' (dvc.yaml, line 2); declare it outside"
        ),
        ("  a: {cmd: x, deps: [q], outs: [q]}\n", "'a' (dvc.yaml, line 2) names 'q' as a dependency and as an output"),
        ("  a: {cmd: x, out: [q]}\n", "cannot use 'dvc.yaml', line 2: 'out' is not a key of a stage"),
        ("  a: {cmd: x, outs: [../q]}\n", "cannot use 'dvc.yaml', line 2: '../q' leads out of the repository"),
        ("  a: {cmd: \"echo ${none}\"}\n", "cannot use 'dvc.yaml', line 2: "),
    ])
    func namesBadPipelines(_ stages: String, _ message: String) throws {
        let sandbox = try fixture(["dvc.yaml": "stages:\n" + stages])
        for words in [["run"], ["pipeline", "status"], ["pipeline", "graph"]] {
            let outcome = try sandbox.run(Sandbox.productsDirectory.appending("nacre").string, words)
            #expect(outcome.code == 128 && outcome.errorText.contains(message), "\(words): \(outcome)")
        }
        #expect(try sandbox.git("for-each-ref", "refs/experiments").text == "")
    }

    @Test("a frozen stage without its output")
    func namesAFrozenStageWithoutOutput() throws {
        let sandbox = try fixture(["dvc.yaml": "stages:\n  a: {cmd: x, outs: [o], frozen: true}\n"])
        let outcome = try sandbox.nacre("run", "-n", "r")
        #expect(outcome.code == 128, "\(outcome)")
        #expect(
            outcome.text.contains("'a' (dvc.yaml, line 2) is frozen, and its output 'o' is not there; bring it back"))
        try sandbox.write("o", "kept\n")
        #expect(try sandbox.nacre("run", "-n", "s").text.contains("Stage 'a': frozen"))
    }

    @Test("a file that is too large to be frozen is named and left out, unless somebody asked for it")
    func leavesOutHugeFiles() throws {
        let sandbox = try fixture(["a": "a\n"])
        try sandbox.shell("truncate -s 5G huge.bin")
        let outcome = try sandbox.nacre("run", "-n", "m", "--", "sh", "-c", "echo 1 > out.txt")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(
            outcome.errorText.contains(
                "warning: 'huge.bin' (5.0 GiB) is untracked and too large to be frozen with the run: 'nacre add' it"))
        #expect(outcome.text.contains("made: out.txt\n"), "\(outcome)")
        #expect(try sandbox.git("ls-tree", "--name-only", "refs/experiments/m").text == ".gitignore\na\nout.txt\n")
    }

    @Test("a command that writes outside, and one that damages what is being recorded")
    func survivesWhatCommandsWrite() throws {
        let sandbox = try fixture(["in/a": "a\n"])
        try sandbox.shell("mkdir work && cd work && git init -q . && echo a > a && git add a && git commit -qm a")
        let outside = try sandbox.run(
            "nacre", ["run", "-n", "o", "--", "sh", "-c", "echo 1 > ../o; echo 2 > b"], in: "work")
        #expect(outside.code == 0 && outside.text.contains("made: b\n"), "\(outside)")
        #expect(try sandbox.git("ls-tree", "--name-only", "refs/experiments/o", in: "work").text == "a\nb\n")
        // The index is damaged: the run waits, and is recorded as soon as it can be.
        let damaged = try sandbox.run(
            "nacre", ["run", "-n", "d", "--", "sh", "-c", "cp .git/index ../kept; echo y > .git/index; echo 3 > c"],
            in: "work")
        #expect(damaged.code == 128, "\(damaged)")
        try sandbox.shell("cp ../kept .git/index", in: "work")
        let next = try sandbox.run("nacre", ["experiment", "list", "--names"], in: "work")
        #expect(next.text.contains("d\n") && next.errorText.contains("recorded the run 'd'"), "\(next)")
    }

    @Test("a run while a merge is in progress")
    func runsWhileMerging() throws {
        let sandbox = try fixture(["a": "a\n"])
        try sandbox.shell(
            """
            git checkout -qb other && echo b > b && git add b && git commit -qm b && git checkout -q main
            echo c > c && git add c && git commit -qm c && git merge -q --no-commit other
            """)
        let index = try sandbox.read(".git/index")
        #expect(try sandbox.nacre("run", "-n", "m", "--", "true").code == 0)
        #expect(try sandbox.git("ls-tree", "--name-only", "refs/experiments/m").text == ".gitignore\na\nb\nc\n")
        #expect(try sandbox.read(".git/index") == index)
        #expect(try FileStatus.of(sandbox.root.appending(".git/MERGE_HEAD")) != nil)
        let committing = try sandbox.nacre("run", "--commit", "--", "true")
        #expect(
            committing.code == 128
                && committing.errorText.contains(
                    "cannot commit the run while a merge is in progress; leave out --commit")
        )
    }

    @Test("two runs with one name, one after the other and side by side")
    func refusesASecondRunOfAName() throws {
        let sandbox = try fixture(["a": "a\n"])
        var request = ChildProcess.Request(
            Sandbox.productsDirectory.appending("nacre").string,
            ["run", "-n", "one", "--", "sh", "-c", "touch started; while [ ! -e go ]; do sleep 0.05; done"])
        request.environment = sandbox.environment.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = sandbox.root
        request.output = .null
        request.error = .null
        var child = try ChildProcess(request)
        while try FileStatus.of(sandbox.root.appending("started")) == nil { usleep(10_000) }
        let second = try sandbox.nacre("run", "-n", "one", "--", "true")
        #expect(
            second.code == 128
                && second.errorText.contains("a run named 'one' is going on; choose another name with -n"))
        try sandbox.write("go", "")
        #expect(child.wait().isSuccess)
        let third = try sandbox.nacre("run", "-n", "one", "--", "true")
        #expect(third.code == 128 && third.errorText.contains("exists already"), "\(third)")
    }

    @Test("a clock that jumps: what changed is seen whatever the times say")
    func seesChangesWhateverTheTime() throws {
        let sandbox = try fixture([
            "data.txt": "one\n",
            "dvc.yaml": "stages:\n  t: {cmd: cp data.txt out.txt, deps: [data.txt], outs: [out.txt]}\n",
        ])
        for time in ["2099-01-01", "1971-01-01"] {
            try sandbox.shell("touch -d \(time) data.txt")
            #expect(try sandbox.nacre("run", "-q").code == 0)
            // The same size, the same time.
            let text = time.hasPrefix("2") ? "two\n" : "six\n"
            try sandbox.write("data.txt", text)
            try sandbox.shell("touch -d \(time) data.txt")
            let outcome = try sandbox.nacre("run")
            #expect(outcome.errorText.contains("Running stage 't' ('data.txt' changed)"), "\(time): \(outcome)")
            #expect(try sandbox.read("out.txt") == Array(text.utf8))
        }
        // Commits of a person whose clock was ahead.
        let ahead = ["GIT_COMMITTER_DATE": "2099-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2099-01-01T00:00:00Z"]
        #expect(
            try sandbox.run("nacre", ["run", "-n", "ahead", "--", "true"], variables: ahead).code == 0)
        #expect(try sandbox.nacre("run", "-n", "now", "--", "true").code == 0)
        #expect(try sandbox.nacre("experiment", "list", "--names").text.contains("now\n"))
        #expect(try sandbox.nacre("experiment", "show", "now").text.contains("duration:"))
    }
}
