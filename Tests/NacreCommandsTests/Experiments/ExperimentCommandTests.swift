import Bytes
import SystemPackage
import TestSupport
import Testing

@Suite struct ExperimentCommandTests {
    private func fixture() throws -> ExperimentFixture {
        let fixture = try ExperimentFixture("experiments")
        try fixture.sandbox.write(
            "nacre.yaml", "policy:\n  accuracy: {direction: maximize, floor: 0.2, regression: 0.05}\n  loss: minimize\n"
        )
        try fixture.commit("policy")
        for (name, rate) in [("low", "0.1"), ("high", "0.5"), ("middle", "0.3")] {
            #expect(try fixture.run("-q", "-n", name, "-S", "lr=\(rate)", "--", "sh", "train.sh").code == 0)
        }
        return fixture
    }

    @Test func listsComparesAndPicks() throws {
        let fixture = try fixture()
        let list = try fixture.sandbox.nacre("experiment", "list", "--sort", "accuracy", "--names")
        #expect(list.text == "high\nmiddle\nlow\n")
        #expect(
            try fixture.sandbox.nacre(
                "exp", "list", "--filter", "params.lr > 0.2 AND metrics.accuracy < 0.4", "--names"
            ).text == "middle\n")
        let bad = try fixture.sandbox.nacre("exp", "list", "--filter", "lr >")
        #expect(bad.code == 128 && bad.errorText.contains("cannot read the filter"))
        #expect(try fixture.sandbox.nacre("exp", "best").trimmed == "high: accuracy 0.5")
        #expect(try fixture.sandbox.nacre("exp", "best", "loss", "--names").code == 0)
        let table = try fixture.sandbox.nacre("exp", "compare", "low", "high", "--markdown").text
        #expect(
            table
                == "| name | accuracy ↑ | loss ↓ | lr |\n| --- | ---: | ---: | ---: |\n| low | 0.1 | 1 | 0.1 |\n| high | 0.5 | 1 | 0.5 |\n"
        )
        #expect(
            try fixture.sandbox.nacre("exp", "diff", "low", "high", "--json").text.contains(
                #""accuracy": {"old": 0.1, "new": 0.5, "diff": 0.4}"#))
        #expect(try fixture.sandbox.nacre("exp", "show", "low").text.contains("status:      succeeded"))
        #expect(try fixture.sandbox.nacre("exp", "log", "low").text == "training with 0.1\n")
        #expect(try fixture.sandbox.nacre("exp", "show", "none").errorText.contains("no experiment is named 'none'"))
        // The second list comes from the cache.
        #expect(
            try fixture.sandbox.nacre("exp", "list", "--csv").text == fixture.sandbox.nacre("exp", "list", "--csv").text
        )
    }

    @Test func appliesWithoutLosingEdits() throws {
        let fixture = try fixture()
        let sandbox = fixture.sandbox
        #expect(try sandbox.nacre("exp", "apply", "high").code == 0)
        #expect(try sandbox.read("model.bin") == Array("weights 0.5".utf8))
        #expect(String(decoding: try sandbox.read("params.yaml"), as: UTF8.self).hasPrefix("lr: 0.5  # rate"))
        try sandbox.write("model.bin", "made by hand")
        let refused = try sandbox.nacre("exp", "apply", "low")
        #expect(refused.code == 128 && refused.errorText.contains("would overwrite edits of 'model.bin'"), "\(refused)")
        #expect(try sandbox.read("model.bin") == Array("made by hand".utf8))
        #expect(try sandbox.nacre("exp", "apply", "--force", "low").code == 0)
        #expect(try sandbox.read("model.bin") == Array("weights 0.1".utf8))
    }

    @Test func branchesRenamesAndRemoves() throws {
        let fixture = try fixture()
        #expect(try fixture.sandbox.nacre("exp", "branch", "high", "winner").code == 0)
        #expect(try fixture.git("rev-parse", "winner") == fixture.git("rev-parse", "refs/experiments/high"))
        #expect(try fixture.sandbox.nacre("exp", "rename", "high", "best").code == 0)
        #expect(try fixture.sandbox.nacre("exp", "rename", "low", "best").errorText.contains("exists already"))
        _ = try fixture.run("-q", "-n", "bad", "--", "false")
        #expect(try fixture.sandbox.nacre("exp", "remove", "--all-failed").text.hasPrefix("Removed experiment 'bad'"))
        #expect(try fixture.sandbox.nacre("exp", "remove", "low").code == 0)
        #expect(
            try fixture.sandbox.nacre("exp", "list", "--names", "--sort", "name", "--ascending").text
                == "best\nmiddle\n")
    }

    @Test func checksThePolicy() throws {
        let fixture = try fixture()
        #expect(try fixture.sandbox.nacre("check", "high").code == 0)
        let low = try fixture.sandbox.nacre("check", "--junit", "j.xml", "low")
        #expect(low.code == 1 && low.text.contains("FAILED accuracy is 0.1, below its floor of 0.2 by 0.1"))
        #expect(String(decoding: try fixture.sandbox.read("j.xml"), as: UTF8.self).contains("failures=\"1\""))
        let worse = try fixture.sandbox.nacre("check", "high..middle")
        #expect(worse.code == 1 && worse.text.contains("went from 0.5 to 0.3, worse by 0.2 where 0.05 is allowed"))
        // Several seeds: 0.1, 0.3 and 0.5.
        let seeds = try fixture.sandbox.nacre("check", "low", "middle", "high")
        #expect(seeds.code == 0 && seeds.text.contains("ok accuracy is 0.3 (mean of 3), at least 0.2"), "\(seeds)")
        #expect(
            try fixture.sandbox.nacre("check", "high..low", "middle").text.contains("went from 0.5 to 0.2 (mean of 2)"))
        #expect(try fixture.sandbox.nacre("check", "--json", "middle..high").text.contains("\"passes\": true"))
    }

    @Test func showsHistoryPlotsAndEnvironment() throws {
        let fixture = try fixture()
        let sandbox = fixture.sandbox
        #expect(try fixture.run("-q", "--commit", "-m", "more", "--", "sh", "train.sh").code == 0)
        #expect(try sandbox.nacre("metrics", "history").text.contains("more"))
        try sandbox.write("dvclive/plots/metrics/loss.tsv", "step\tloss\n0\t1\n1\t0.5\n2\t0.25\n")
        #expect(try sandbox.nacre("plots", "show").text.hasPrefix("loss\n   1 │"))
        #expect(try sandbox.nacre("plots", "show", "loss").text.hasPrefix("loss\n"))
        #expect(
            try sandbox.nacre("plots", "show", "none").errorText.contains(
                "neither a plot nor a revision is named 'none'"))
        #expect(try fixture.run("-q", "-n", "plotted", "--", "true").code == 0)
        #expect(try sandbox.nacre("plots", "show", "plotted").text.hasPrefix("loss\n   1 │"))
        #expect(try sandbox.nacre("plots", "show", "--html", "p.html", "--svg", "svg").code == 0)
        #expect(String(decoding: try sandbox.read("p.html"), as: UTF8.self).contains("vega-lite"))
        #expect(String(decoding: try sandbox.read("svg/loss.svg"), as: UTF8.self).hasPrefix("<svg"))
        let shown = try sandbox.nacre("environment", "show", "high", variables: ["OMP_NUM_THREADS": "3"])
        #expect(shown.text.contains("machine.kernel: "))
        #expect(
            try sandbox.nacre("environment", "diff", "high", variables: ["OMP_NUM_THREADS": "3"]).text.contains(
                "variables.OMP_NUM_THREADS: null -> 3"))
        #expect(try sandbox.nacre("environment", "restore").errorText.contains("no lock file"))
        let summary = try sandbox.nacre("summary", "--markdown", "low", "high")
        #expect(try sandbox.nacre("diff", "--summary", "--markdown", "low", "high").text == summary.text)
        #expect(summary.code == 0 && summary.text.contains("| accuracy | 0.1 | 0.5 |"), "\(summary)")
    }

    @Test func findsTheCommitThatMadeAMetricWorse() throws {
        let fixture = try ExperimentFixture("bisect")
        for (index, value) in ["0.9", "0.91", "", "0.92", "0.7", "0.71"].enumerated() {
            if value.isEmpty {
                try fixture.sandbox.shell("rm -f metrics.json; echo \(index) > note")
            } else {
                try fixture.sandbox.write("metrics.json", "{\"accuracy\": \(value)}\n")
            }
            try fixture.commit("change \(index)")
        }
        let words = ["metrics", "bisect", "--metric", "accuracy", "--below", "0.9"]
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let found = try fixture.sandbox.run(nacre, words + ["HEAD~5", "HEAD"])
        #expect(found.code == 0 && found.text.contains("first bad commit: change 4"), "\(found)")
        #expect(found.text.contains("went from 0.92 to 0.7"))
        #expect(try fixture.sandbox.run(nacre, words + ["HEAD", "HEAD~5"]).code == 128)
    }

    @Test("what is not recorded is run, and nothing else")
    func runsWhatABisectionLacks() throws {
        let fixture = try ExperimentFixture("bisectrun")
        let rates = ["0.95", "0.94", "0.96", "0.93", "0.5", "0.4", "0.3"]
        for (index, rate) in rates.enumerated() {
            try fixture.sandbox.write("params.yaml", "lr: \(rate)\n")
            try fixture.commit("change \(index)")
        }
        let head = try fixture.git("rev-parse", "HEAD")
        try fixture.sandbox.write("notes.txt", "an edit\n")
        let words = ["bisect", "--metric", "accuracy", "--below", "0.9"]
        let nacre = Sandbox.productsDirectory.appending("nacre").string
        let nothing = try fixture.sandbox.run(nacre, words + ["HEAD~6", "HEAD"])
        #expect(
            nothing.code == 128 && nothing.errorText.contains("name the command to be run after '--'"), "\(nothing)")
        let found = try fixture.sandbox.run(nacre, words + ["HEAD~6", "HEAD", "--", "sh", "train.sh"])
        #expect(found.code == 0 && found.text.contains("is the first bad commit: change 4"), "\(found)")
        #expect(found.text.contains("accuracy went from 0.93 to 0.5"))
        // Both ends and the two or three that halving takes.
        let runs = found.errorText.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("Running ") }
        #expect((4...5).contains(runs.count), "\(found)")
        #expect(try fixture.git("rev-parse", "HEAD") == head)
        #expect(try fixture.git("status", "--porcelain") == "?? notes.txt")
        #expect(try Files.list(fixture.sandbox.root.appending(".git/nacre/places"))?.isEmpty == true)
        // Now everything is recorded.
        let again = try fixture.sandbox.run(nacre, words + ["--no-run", "HEAD~6", "HEAD"])
        #expect(again.code == 0, "\(again)")
        #expect(!again.errorText.contains("Running") && again.text.contains("change 4"), "\(again)")
    }

    @Test("commits that cannot be run are passed over")
    func bisectsAroundWhatFails() throws {
        let fixture = try ExperimentFixture("bisectskip")
        try fixture.sandbox.write(
            "dvc.yaml", "stages: {train: {cmd: sh train.sh, params: [lr], metrics: [metrics.json]}}\n")
        for (index, rate) in ["0.95", "broken", "0.94", "0.5"].enumerated() {
            try fixture.sandbox.write("params.yaml", "lr: \(rate)\n")
            try fixture.commit("change \(index)")
        }
        let found = try fixture.sandbox.nacre(
            "bisect", "--metric=accuracy", "--below=0.9", "-q", "HEAD~3", "HEAD")
        #expect(found.code == 0 && found.text.contains("is the first bad commit: change 3"), "\(found)")
        #expect(try fixture.sandbox.nacre("bisect", "--metric=accuracy", "--below=x", "HEAD~3", "HEAD").code == 129)
    }

    @Test func drawsThePipeline() throws {
        let sandbox = try Sandbox("graph")
        try sandbox.git("init", "-q", ".")
        try sandbox.write(
            "dvc.yaml", "stages:\n  a: {cmd: x, outs: [o]}\n  b: {cmd: x, deps: [o]}\n  c: {cmd: x, deps: [o]}\n")
        #expect(try sandbox.nacre("pipeline", "graph").text == "a\n├─ b\n└─ c\n")
        #expect(
            try sandbox.nacre("pipeline", "graph", "--mermaid", "b").text
                == "flowchart TD\n    s0[\"a\"]\n    s1[\"b\"]\n    s0 --> s1\n")
        #expect(try sandbox.nacre("pipeline", "graph", "--dot").text.contains("\"a\" -> \"c\";"))
        #expect(try sandbox.nacre("pipeline", "status").text.contains("b: would run\n    it has not run yet"))
        #expect(try sandbox.nacre("pipeline", "status", "zzz").errorText.contains("no stage is named 'zzz'"))
    }
}
