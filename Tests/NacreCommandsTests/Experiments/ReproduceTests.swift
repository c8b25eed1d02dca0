import Bytes
import SystemPackage
import TestSupport
import Testing

/// A pipeline of two stages whose experiment `e` is recorded.
struct PipelineFixture {
    let sandbox: Sandbox

    init(_ label: String, train: String? = nil, policy: String = "") throws {
        sandbox = try Sandbox(label)
        try sandbox.git("init", "-q", ".")
        try sandbox.write("data.txt", "one\ntwo\n")
        try sandbox.write("params.yaml", "n: 2\n")
        try sandbox.write(
            "nacre.yaml",
            """
            stages:
              prepare:
                cmd: sort data.txt > sorted.txt
                deps: [data.txt]
                outs: [sorted.txt]
              train:
                cmd: sh train.sh
                deps: [sorted.txt, train.sh]
                params: [n]
                outs: [model]
                metrics: [metrics.json]
            \(policy)
            """)
        try sandbox.write(
            "train.sh", train ?? "mkdir -p model; cp sorted.txt model/w; echo '{\"a\": 1.5}' > metrics.json\n")
        try sandbox.write(".gitignore", "/home/\n/sorted.txt\n/model\n")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
    }

    func nacre(_ arguments: String..., variables: [String: String] = [:]) throws -> Sandbox.Outcome {
        try sandbox.run(Sandbox.productsDirectory.appending("nacre").string, arguments, variables: variables)
    }
}

@Suite struct ReproduceTests {
    @Test func runsAgainAndSaysSo() throws {
        let fixture = try PipelineFixture("same")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        // Declared outputs are recorded even where they are ignored.
        #expect(try fixture.sandbox.git("show", "refs/experiments/e:model/w").text == "one\ntwo\n")
        let outcome = try fixture.nacre("reproduce", "e")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.text.contains("model/w: identical") && outcome.text.contains("reproduced: e"))
        #expect(outcome.text.contains("stage 'train' ran"))
        #expect(
            try fixture.sandbox.git("notes", "--ref=nacre/attestations", "show", "refs/experiments/e").text.contains(
                "payload"))
        let json = try fixture.nacre("reproduce", "--json", "--junit", "r.xml", "e")
        #expect(json.code == 0 && json.text.contains("\"reproduced\": true"))
        #expect(String(decoding: try fixture.sandbox.read("r.xml"), as: UTF8.self).contains("failures=\"0\""))
        #expect(
            try Files.list(fixture.sandbox.root.appending(".git/nacre"))?.contains { $0.name.starts(with: "tmp_".utf8) }
                == false)
    }

    @Test(arguments: [
        ("date +%N > model/w", "model/w: different"), ("true", "model/w: missing"),
        ("cp sorted.txt model/w; echo x > model/extra", "model/extra: different"),
    ])
    func findsWhatDiffers(_ command: String, _ message: String) throws {
        let body = "mkdir -p model; \(command); echo '{\"a\": 1.5}' > metrics.json\n"
        let good = "mkdir -p model; cp sorted.txt model/w; echo '{\"a\": 1.5}' > metrics.json\n"
        let fixture = try PipelineFixture("differs", train: "if [ -n \"$AGAIN\" ]; then \(body) else \(good) fi\n")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let outcome = try fixture.nacre("reproduce", "e", variables: ["AGAIN": "1"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.text.contains(message) && outcome.text.contains("NOT reproduced"), "\(outcome)")
    }

    @Test func allowsWhatThePolicyTolerates() throws {
        let train = "mkdir -p model; cp sorted.txt model/w; echo \"{\\\"a\\\": ${A:-1.5}}\" > metrics.json\n"
        let fixture = try PipelineFixture("tolerance", train: train, policy: "policy:\n  a: {tolerance: 0.01}\n")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        let near = try fixture.nacre("reproduce", "e", variables: ["A": "1.505"])
        #expect(
            near.code == 0 && near.text.contains("within tolerance ('a' was 1.5 and is 1.505, within 0.01)"), "\(near)")
        let far = try fixture.nacre("reproduce", "e", variables: ["A": "1.52"])
        #expect(far.code == 1 && far.text.contains("'a' was 1.5 and is 1.52"), "\(far)")
    }

    @Test func saysWhyItCouldNotRun() throws {
        let fixture = try PipelineFixture(
            "cannot", train: "mkdir -p model; cat secret > model/w; echo '{\"a\": 1}' > metrics.json; exit ${C:-0}\n")
        try fixture.sandbox.write("secret", "x")
        try fixture.sandbox.write(".git/info/exclude", "secret\n")
        #expect(try fixture.nacre("run", "-n", "e").code == 0)
        // The undeclared input is not in the clean place.
        let outcome = try fixture.nacre("reproduce", "e", variables: ["C": "5"])
        #expect(outcome.code == 128 && outcome.errorText.contains("the stage 'train' failed"), "\(outcome)")
        let nothing = try fixture.sandbox.git("commit-tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "-m", "x")
            .trimmed
        #expect(try fixture.nacre("reproduce", nothing).errorText.contains("nothing to run again"))
    }

    @Test func runsOnlyWhatChanged() throws {
        let fixture = try PipelineFixture("lock")
        #expect(try fixture.nacre("run", "-n", "a").errorText.contains("Running stage 'prepare' (it has not run yet)"))
        let again = try fixture.nacre("run", "-n", "b")
        #expect(again.text.contains("Stage 'prepare': unchanged") && again.text.contains("Stage 'train': unchanged"))
        let changed = try fixture.nacre("run", "-n", "c", "-S", "n=3")
        #expect(changed.text.contains("Stage 'prepare': unchanged"))
        #expect(changed.errorText.contains("Running stage 'train' (the parameter 'n' went from 2 to 3)"))
        let back = try fixture.nacre("run", "-n", "d", "-S", "n=2")
        #expect(back.text.contains("Stage 'train': restored"), "\(back)")
        let broken = try fixture.nacre("run", "-n", "f", "nothing")
        #expect(broken.code == 127)
    }
}
