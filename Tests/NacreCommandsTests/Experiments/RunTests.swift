import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// A repository with a command that reads a parameter and writes a metric and a model.
struct ExperimentFixture {
    let sandbox: Sandbox

    init(_ label: String) throws {
        sandbox = try Sandbox(label)
        try sandbox.git("init", "-q", ".")
        try sandbox.write("params.yaml", "lr: 0.1  # rate\nseed: 1\n")
        try sandbox.write(
            "train.sh",
            """
            lr=$(sed -n 's/^lr: \\([^ ]*\\).*/\\1/p' params.yaml)
            echo "training with $lr"
            echo "{\\"accuracy\\": $lr, \\"loss\\": 1}" > metrics.json
            printf 'weights %s' "$lr" > model.bin
            [ -z "$SLEEP" ] || { touch ../started; sleep "$SLEEP"; }
            exit ${FAIL:-0}

            """)
        try sandbox.write(".gitignore", "/home/\n/started\n")
        try commit("base")
    }

    func commit(_ message: String) throws {
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", message)
    }

    func run(_ arguments: String..., variables: [String: String] = [:]) throws -> Sandbox.Outcome {
        try sandbox.run(Sandbox.productsDirectory.appending("nacre").string, ["run"] + arguments, variables: variables)
    }

    func git(_ arguments: String...) throws -> String { try sandbox.run("git", arguments).trimmed }
}

@Suite struct RunTests {
    @Test func recordsWhatRanAndWhatCameOut() throws {
        let fixture = try ExperimentFixture("run")
        try fixture.sandbox.write("notes.txt", "an edit\n")
        try fixture.sandbox.write("train.sh", try fixture.sandbox.read("train.sh") + Array("# edited\n".utf8))
        let index = try fixture.sandbox.read(".git/index")
        let head = try fixture.git("rev-parse", "HEAD")
        let outcome = try fixture.run("-n", "first", "-S", "lr=0.5", "--", "sh", "train.sh")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.text.contains("training with 0.5"))
        #expect(try fixture.sandbox.read(".git/index") == index)
        #expect(try fixture.git("rev-parse", "HEAD") == head)
        // Frozen: the edits and the parameter, not the outputs.
        #expect(try fixture.git("show", "refs/experiments/first^:params.yaml").hasPrefix("lr: 0.5  # rate"))
        #expect(try fixture.git("show", "refs/experiments/first^:train.sh").hasSuffix("# edited"))
        #expect(try fixture.git("show", "refs/experiments/first^:notes.txt") == "an edit")
        #expect(try fixture.git("rev-parse", "refs/experiments/first~2") == head)
        #expect(
            try fixture.git("diff", "--name-only", "refs/experiments/first^", "refs/experiments/first")
                == "metrics.json\nmodel.bin")
        #expect(try fixture.git("show", "refs/experiments/first:model.bin") == "weights 0.5")
        #expect(try fixture.git("notes", "--ref=nacre/logs", "show", "refs/experiments/first") == "training with 0.5")
        #expect(
            try fixture.git("notes", "--ref=nacre/runs", "show", "refs/experiments/first").contains(
                #""status":"succeeded""#))
        #expect(try fixture.sandbox.git("fsck", "--strict").code == 0)
    }

    @Test func putsTheWorkTreeBackWhenTheCommandFails() throws {
        let fixture = try ExperimentFixture("fail")
        try fixture.sandbox.write("metrics.json", "{\"accuracy\": 7}\n")
        try fixture.commit("metrics")
        let before = try fixture.git("status", "--porcelain")
        let outcome = try fixture.run("-n", "bad", "-S", "lr=0.9", "--", "sh", "train.sh", variables: ["FAIL": "3"])
        #expect(outcome.code == 3)
        #expect(outcome.text.contains("failed (exit 3)"))
        #expect(try fixture.git("status", "--porcelain") == before)
        #expect(try fixture.git("show", "refs/experiments/bad:metrics.json").contains("0.9"))
        #expect(String(decoding: try fixture.sandbox.read("params.yaml"), as: UTF8.self).hasPrefix("lr: 0.1"))
    }

    @Test func recordsACommandThatIsNotFound() throws {
        let fixture = try ExperimentFixture("missing")
        let outcome = try fixture.run("-n", "none", "--", "no-such-command")
        #expect(outcome.code == 127)
        #expect(
            try fixture.git("log", "-1", "--format=%B", "refs/experiments/none").contains("cannot run no-such-command"))
        let killed = try fixture.run("-n", "signal", "--", "sh", "-c", "kill -9 $$")
        #expect(killed.code == 137)
        #expect(killed.text.contains("killed by signal 9"))
    }

    @Test func commitsOnTheBranchWhenAsked() throws {
        let fixture = try ExperimentFixture("commit")
        let outcome = try fixture.run("--commit", "-m", "Train", "-S", "lr=0.3", "--", "sh", "train.sh")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try fixture.git("log", "-1", "--format=%s") == "Train")
        #expect(try fixture.git("show", "HEAD:model.bin") == "weights 0.3")
        #expect(try fixture.git("status", "--porcelain") == "")
        #expect(try fixture.git("for-each-ref", "refs/experiments") == "")
    }

    @Test func leavesOutWhatIsEditedMeanwhile() throws {
        let fixture = try ExperimentFixture("edit")
        var request = ChildProcess.Request(
            Sandbox.productsDirectory.appending("nacre").string,
            ["run", "-n", "slow", "--", "sh", "-c", "touch started; sleep 2; sh train.sh"])
        request.environment = fixture.sandbox.environment.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = fixture.sandbox.root
        request.output = .null
        request.error = .null
        var child = try ChildProcess(request)
        while try FileStatus.of(fixture.sandbox.root.appending("started")) == nil { usleep(10_000) }
        try fixture.sandbox.write("helper.py", "print('edited meanwhile')\n")
        try fixture.sandbox.write(".gitignore", "/home/\n/started\n# more\n")
        #expect(child.wait().isSuccess)
        #expect(try fixture.git("ls-tree", "-r", "--name-only", "refs/experiments/slow").contains("helper.py") == false)
        #expect(try fixture.git("show", "refs/experiments/slow:.gitignore").contains("# more") == false)
        #expect(try fixture.sandbox.read("helper.py") == Array("print('edited meanwhile')\n".utf8))
        #expect(try fixture.git("show", "refs/experiments/slow:model.bin") == "weights 0.1")
    }

    @Test func refusesWhatCannotBeRun() throws {
        let fixture = try ExperimentFixture("refuse")
        #expect(try fixture.run("-n", "a b", "--", "true").errorText.contains("'a b' is not a valid name"))
        #expect(try fixture.run("-n", "one", "--", "true").code == 0)
        let taken = try fixture.run("-n", "one", "--", "true")
        #expect(taken.code == 128 && taken.errorText.contains("exists already"))
        let parameter = try fixture.run("-S", "rate=1", "--", "true")
        #expect(parameter.code == 128 && parameter.errorText.contains("no parameter 'rate'"))
        #expect(try fixture.run().errorText.contains("nothing to run"))
        try fixture.sandbox.shell(
            "git checkout -q -b other && echo 1 > params.yaml && git commit -qam a && git checkout -q main && echo 2 > params.yaml && git commit -qam b"
        )
        _ = try fixture.sandbox.git("merge", "other")
        let merging = try fixture.run("--", "true")
        #expect(merging.code == 128 && merging.errorText.contains("conflicts in 'params.yaml'"))
        #expect(
            try fixture.git("for-each-ref", "--format=%(refname)", "refs/experiments", "refs/nacre/runs")
                == "refs/experiments/one")
    }

    @Test("an interrupt ends the command, records what there is and puts the work tree back")
    func endsOnInterrupt() throws {
        let fixture = try ExperimentFixture("interrupt")
        var request = ChildProcess.Request(
            Sandbox.productsDirectory.appending("nacre").string,
            [
                "run", "-n", "i", "-S", "lr=0.9", "--", "sh", "-c",
                "sh train.sh; touch started; sleep 31998; echo never > never.bin",
            ])
        request.environment = fixture.sandbox.environment.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = fixture.sandbox.root
        request.output = .null
        request.error = .null
        request.leadsGroup = true
        var child = try ChildProcess(request)
        while try FileStatus.of(fixture.sandbox.root.appending("started")) == nil { usleep(10_000) }
        kill(-child.identifier, SIGINT)
        #expect(child.wait() != .exited(0))
        #expect(try fixture.git("status", "--porcelain") == "")
        #expect(String(decoding: try fixture.sandbox.read("params.yaml"), as: UTF8.self).hasPrefix("lr: 0.1"))
        #expect(try fixture.git("show", "refs/experiments/i:model.bin") == "weights 0.9")
        #expect(try fixture.git("log", "-1", "--format=%B", "refs/experiments/i").contains("Nacre-Status: interrupted"))
        #expect(try fixture.sandbox.shell("pgrep -f 'slee[p] 31998' || true").trimmed == "")
    }

    @Test("metrics are shown as they are written")
    func followsMetrics() throws {
        let fixture = try ExperimentFixture("follow")
        let outcome = try fixture.run(
            "-n", "f", "--follow", "--", "sh", "-c",
            "mkdir -p dvclive/plots/metrics && cd dvclive/plots/metrics && printf 'step\\tloss\\n0\\t1\\n' > loss.tsv && sleep 1.2 "
                + "&& printf '1\\t0.5\\n' >> loss.tsv && sleep 0.8")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(
            outcome.errorText.contains("loss 1 at step 0") && outcome.errorText.contains("loss 0.5 at step 1 █"),
            "\(outcome)")
        #expect(try fixture.sandbox.nacre("plots", "show", "f").text.hasPrefix("loss\n"))
    }

    @Test("the interpreter that pyenv's launcher starts is recorded")
    func looksBehindLaunchers() throws {
        let fixture = try ExperimentFixture("launcher")
        try fixture.sandbox.shell(
            """
            mkdir -p home/pyenv/shims home/pyenv/versions/3.9.1/bin home/pyenv/versions/3.9.1/lib/python3.9/site-packages/a-1.dist-info
            printf '#!/bin/sh\nexec true\n' > home/pyenv/shims/python3 && chmod +x home/pyenv/shims/python3
            cp "$(readlink -f /bin/true)" home/pyenv/versions/3.9.1/bin/python3.9 && ln -s python3.9 home/pyenv/versions/3.9.1/bin/python3
            printf 'Name: a\nVersion: 1\n\n' > home/pyenv/versions/3.9.1/lib/python3.9/site-packages/a-1.dist-info/METADATA
            echo 3.9.1 > home/pyenv/version
            """)
        let path = ["PATH": fixture.sandbox.root.appending("home/pyenv/shims").string + ":/usr/bin:/bin"]
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let shown = try fixture.sandbox.run(nacre, ["environment", "show"], variables: path)
        #expect(
            shown.text.contains("python.version: 3.9\n") && shown.text.contains("python.packages.a: 1\n"), "\(shown)")
        // A version that is chosen here and is not there: the next on the path.
        try fixture.sandbox.write(".python-version", "3.8.0\n")
        let other = try fixture.sandbox.run(nacre, ["environment", "show"], variables: path)
        #expect(!other.text.contains("python.packages.a: 1\n"), "\(other)")
    }

    @Test func endsWhatACommandLeavesBehind() throws {
        let fixture = try ExperimentFixture("daemon")
        let outcome = try fixture.run(
            "--", "sh", "-c", "setsid sleep 987 >/dev/null 2>&1 & echo $! > daemon.bin; exit 0")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.errorText.contains("left 1 processes behind"))
        let process = String(decoding: try fixture.sandbox.read("daemon.bin"), as: UTF8.self).filter { $0 != "\n" }
        #expect(
            try fixture.sandbox.shell("kill -0 \(process) 2>/dev/null && echo alive || echo gone").trimmed == "gone")
    }

    @Test func runsAGridSideBySide() throws {
        let fixture = try ExperimentFixture("grid")
        let outcome = try fixture.run(
            "-n", "g", "-S", "lr=0.1,0.2", "-S", "seed=1,2", "--jobs", "2", "--", "sh", "train.sh")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(
            try fixture.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/experiments") == "g-1\ng-2\ng-3\ng-4")
        #expect(try fixture.git("show", "refs/experiments/g-4:params.yaml").hasPrefix("lr: 0.2  # rate\nseed: 2"))
        #expect(try fixture.git("status", "--porcelain") == "")
        #expect(try Files.list(fixture.sandbox.root.appending(".git/nacre/places"))?.isEmpty == true)
    }

    @Test("stages that do not wait for each other run side by side")
    func runsStagesSideBySide() throws {
        let fixture = try ExperimentFixture("stages")
        // Each ends only when the other has begun.
        let wait =
            "i=0; while [ ! -e home/%2 ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done; test -e home/%2 && echo 1 > %1.txt"
        func stage(_ name: String, _ other: String) -> String {
            let command = wait.replacing("%1", with: name).replacing("%2", with: other)
            return
                "  \(name):\n    cmd: 'touch home/\(name); \(command)'\n    deps: [params.yaml]\n    outs: [\(name).txt]\n"
        }
        try fixture.sandbox.write(
            "dvc.yaml",
            "stages:\n" + stage("a", "b") + stage("b", "a")
                + "  c:\n    cmd: cat a.txt b.txt > c.txt\n    deps: [a.txt, b.txt]\n    outs: [c.txt]\n")
        let outcome = try fixture.run("-n", "p", "--jobs", "2")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try fixture.git("show", "refs/experiments/p:c.txt") == "1\n1")
        for words in [
            ["--jobs", "0"], ["--queue", "--commit"], ["--queue", "--jobs", "2"], ["--temp", "--follow"],
            ["--commit", "-S", "lr=1,2"], ["-m", "text"],
        ] {
            let nacre = Sandbox.productsDirectory.appending("nacre").string
            #expect(try fixture.sandbox.run(nacre, ["run"] + words).code == 129, "\(words)")
        }
    }

    @Test func keepsRunsForLater() throws {
        let fixture = try ExperimentFixture("queue")
        #expect(try fixture.run("--queue", "-S", "lr=0.4,0.6", "--", "sh", "train.sh").text.contains("2 runs queued"))
        #expect(try fixture.run("--all", "-j", "2").code == 0)
        let list = try fixture.sandbox.nacre(
            "experiment", "list", "--columns", "accuracy", "--sort", "accuracy", "--csv")
        #expect(
            list.text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",").last } == [
                "metrics.accuracy", "0.4", "0.6",
            ])
    }
}
