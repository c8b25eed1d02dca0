import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// What made a replay come out otherwise is found and named.
@Suite struct ReproductionCauseTests {
    private static let hasBubblewrap = (try? FileStatus.of("/usr/bin/bwrap")) ?? nil != nil
    private static let metrics = "echo '{\"a\": 1.5}' > metrics.json\n"

    @Test("a command that is not deterministic")
    func namesAnUnstableStage() throws {
        let fixture = try PipelineFixture(
            "unstable", train: "mkdir -p model; date +%N > model/w; " + Self.metrics)
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "--junit", "r.xml", "e")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("model/w: different (first difference at byte "))
        #expect(
            outcome.text.contains(
                "stage 'train' is not deterministic: the same inputs and packages gave another output"))
        #expect(outcome.text.contains("NOT reproduced"))
        #expect(!outcome.text.contains("stage 'prepare' is"))
        let report = String(decoding: try fixture.sandbox.read("r.xml"), as: UTF8.self)
        #expect(report.contains("failures=\"1\"") && report.contains("classname=\"output\" name=\"model/w\""))
        let json = try fixture.nacre("reproduce", "--json", "--no-attest", "e")
        #expect(json.code == 1 && json.text.contains("\"unstableStages\": ["), "\(json)")
        #expect(json.text.contains("\"processes\": [") && json.text.contains("\"exitCode\": 0"))
    }

    /// An interpreter's directory as `python3 -m venv` lays it out, with one package.
    private func install(_ version: String, _ sandbox: Sandbox) throws {
        let packages = "home/env/lib/python3.11/site-packages"
        try sandbox.shell(
            """
            rm -rf \(packages) && mkdir -p home/env/bin \(packages)/shells-\(version).dist-info
            ln -sf "$(readlink -f /bin/true)" home/env/bin/python3
            """)
        try sandbox.write("home/env/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
        try sandbox.write("\(packages)/shells-\(version).dist-info/METADATA", "Name: shells\nVersion: \(version)\n\n")
        try sandbox.write("\(packages)/shells.txt", "shells \(version)\n")
    }

    @Test("a package of another version")
    func namesAChangedPackage() throws {
        let fixture = try PipelineFixture(
            "package",
            train: "mkdir -p model; cat \"$HOME\"/env/lib/python3.11/site-packages/shells.txt > model/w; "
                + Self.metrics)
        let sandbox = fixture.sandbox
        let variables = ["PATH": "\(sandbox.root.appending("home/env/bin").string):/usr/bin:/bin"]
        try install("1.4.0", sandbox)
        #expect(try fixture.nacre("run", "-n", "e", variables: variables).code == 0)
        #expect(try fixture.nacre("reproduce", "-q", "e", variables: variables).code == 0)
        try install("1.5.0", sandbox)
        let outcome = try fixture.nacre("reproduce", "-q", "e", variables: variables)
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("model/w: different"))
        #expect(outcome.text.contains("python.packages.shells: 1.4.0 -> 1.5.0"))
        #expect(
            outcome.text.contains("stage 'train' made something else from the same inputs: the environment is another"))
    }

    @Test("a bit of the data that was flipped after the run")
    func namesChangedData() throws {
        let fixture = try PipelineFixture("bit")
        #expect(try fixture.nacre("run", "--commit", "-m", "model").code == 0)
        try fixture.sandbox.write("data.txt", "one\ntwn\n")
        try fixture.sandbox.git("commit", "-qam", "a bit")
        let outcome = try fixture.nacre("reproduce", "-q", "HEAD")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("stage 'prepare': 'data.txt' changed"))
        #expect(outcome.text.contains("sorted.txt: different (first difference at byte 6)"))
        #expect(!outcome.text.contains("deterministic"))
        #expect(try fixture.nacre("reproduce", "-q", "HEAD~1").code == 0)
    }

    @Test("a bit of a stored model that was flipped")
    func namesDamagedContent() throws {
        let fixture = try PipelineFixture(
            "damage", train: "mkdir -p model; cp weights model/w; " + Self.metrics)
        let sandbox = fixture.sandbox
        try sandbox.shell("head -c 2000000 /dev/urandom > weights; git config nacre.largeFileThreshold 1000000")
        #expect(try fixture.nacre("run", "--commit", "-m", "model").code == 0)
        #expect(try fixture.nacre("reproduce", "-q", "HEAD").code == 0)
        let packs = try sandbox.shell("find .git/nacre/chunks -type f -size +500k").text.split(
            whereSeparator: \.isNewline)
        for pack in packs.map(String.init) {
            var bytes = try sandbox.read(pack)
            bytes[bytes.count / 2] ^= 4
            try sandbox.shell("chmod u+w \(pack)")
            try sandbox.write(pack, bytes)
        }
        let outcome = try fixture.nacre("reproduce", "-q", "HEAD")
        #expect(outcome.code == 128, "\(outcome)")
        #expect(outcome.errorText.contains("weights") || outcome.errorText.contains("model/w"), "\(outcome)")
    }

    @Test("a parameter that was changed after the run, and a command")
    func namesAChangedParameter() throws {
        let fixture = try PipelineFixture(
            "parameter", train: "mkdir -p model; cat params.yaml > model/w; " + Self.metrics)
        #expect(try fixture.nacre("run", "--commit", "-m", "model").code == 0)
        try fixture.sandbox.shell(
            "sed -i 's/n: 2/n: 3/' params.yaml && sed -i 's/cmd: sort/cmd: sort -u/' nacre.yaml && git commit -qam other"
        )
        let outcome = try fixture.nacre("reproduce", "-q", "HEAD")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("stage 'train': the parameter 'n' went from 2 to 3"))
        #expect(outcome.text.contains("stage 'prepare': its command changed"))
        #expect(outcome.text.contains("model/w: different"))
        #expect(
            try fixture.nacre("reproduce", "--json", "--no-attest", "HEAD").text.contains(
                "the parameter 'n' went from 2 to 3"))
    }

    @Test("an output that the command no longer writes")
    func namesAMissingOutput() throws {
        let fixture = try PipelineFixture(
            "unwritten",
            train: "mkdir -p model; cp sorted.txt model/w; [ -n \"$AGAIN\" ] || " + Self.metrics + "true\n")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "-q", "e", variables: ["AGAIN": "1"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("metrics.json: missing (the replay did not write it)"))
        #expect(outcome.text.contains("model/w: identical") && outcome.text.contains("stage 'train' ran: process "))
    }

    @Test("an input that no stage declares", .enabled(if: hasBubblewrap))
    func namesAnUndeclaredInput() throws {
        let fixture = try PipelineFixture(
            "isolated", train: "mkdir -p model; cat sorted.txt data.txt > model/w && " + Self.metrics)
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        #expect(try fixture.nacre("reproduce", "-q", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "-q", "--isolated", "--junit=r.xml", "e")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("stage 'train' reads 'data.txt', which it does not declare"), "\(outcome)")
        #expect(outcome.text.contains("model: missing") || outcome.text.contains("metrics.json: missing"))
        #expect(
            String(decoding: try fixture.sandbox.read("r.xml"), as: UTF8.self).contains(
                "classname=\"input\" name=\"data.txt\""))
    }

    @Test("an undeclared input that a command does without", .enabled(if: hasBubblewrap))
    func namesAnInputThatIsOptional() throws {
        let fixture = try PipelineFixture(
            "optional",
            train: "mkdir -p model; cp sorted.txt model/w; if [ -e data.txt ]; then cat data.txt >> model/w; fi\n"
                + Self.metrics)
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "-q", "--isolated", "e")
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains("model/w: different"))
        #expect(outcome.text.contains("stage 'train' reads 'data.txt', which it does not declare"))
        #expect(!outcome.text.contains("deterministic"))
    }

    @Test("an undeclared input outside the repository", .enabled(if: hasBubblewrap))
    func namesAnInputElsewhere() throws {
        let fixture = try PipelineFixture(
            "elsewhere", train: "mkdir -p model; cat sorted.txt \"$HOME/extra.csv\" > model/w && " + Self.metrics)
        try fixture.sandbox.write("home/extra.csv", "1,2\n")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        #expect(try fixture.nacre("reproduce", "-q", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "-q", "--isolated", "e")
        let path = fixture.sandbox.root.appending("home/extra.csv").string
        #expect(outcome.code == 1 && outcome.text.contains("stage 'train' reads '\(path)'"), "\(outcome)")
    }

    @Test("what declares everything passes in isolation; so does a single command", .enabled(if: hasBubblewrap))
    func passesInIsolation() throws {
        let fixture = try PipelineFixture("declared")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "-q", "--isolated", "e")
        #expect(outcome.code == 0 && outcome.text.contains("reproduced: e"), "\(outcome)")
        // A file of parameters that is a dependency as well.
        try fixture.sandbox.shell(
            "sed -i 's/deps: .sorted.txt, train.sh./deps: [sorted.txt, train.sh, params.yaml]/' nacre.yaml")
        #expect(try fixture.nacre("run", "-n", "twice").code == 0)
        let twice = try fixture.nacre("reproduce", "-q", "--isolated", "twice")
        #expect(twice.code == 0, "\(twice)")
        let plain = try ExperimentFixture("command")
        #expect(try plain.run("-n", "c", "--", "sh", "train.sh").code == 0)
        let single = try plain.sandbox.nacre("reproduce", "-q", "--isolated", "c")
        #expect(single.code == 0 && single.text.contains("model.bin: identical"), "\(single)")
    }

    @Test("what a frozen stage made is an input")
    func keepsFrozenOutputs() throws {
        let fixture = try PipelineFixture("frozen")
        #expect(try fixture.nacre("run", "--commit", "-m", "model").code == 0)
        try fixture.sandbox.shell(
            "sed -i 's/cmd: sort data.txt > sorted.txt/cmd: \"false\"\\n    frozen: true/' nacre.yaml && git commit -qam frozen"
        )
        let outcome = try fixture.nacre("reproduce", "-q", "HEAD")
        #expect(outcome.code == 0 && outcome.text.contains("stage 'prepare': frozen"), "\(outcome)")
    }
}
