import TestSupport
import Testing

/// One pipeline run by DVC and by us. What DVC did was recorded with dvc 3.67.1 from PyPI, in a repository with these files:
///
///     dvc init -q; git add -A; git commit -qm base; dvc repro; git add -A; git commit -qm one
///     sed -i 's/lr: 0.1/lr: 0.25/; s/n: 2/n: 3/' params.yaml; sed -i 's/"a":0.5/"a":0.75/' dvc.yaml
///     dvc repro; dvc params diff --json; dvc metrics diff --json; dvc metrics show --json; sha256sum …
@Suite struct DVCTests {
    private static let parameters = """
        lr: 0.1
        flag: true
        models:
          us: {n: 1, name: "a b"}
          uk: {n: 2, name: c}
        sizes: [1, 2]
        train: {batch: 8, on: true, off: false, layers: [3, 4], deep: {k: 1.5}}

        """

    private static let pipeline = #"""
        vars:
        - extra.yaml:greet,deep
        - own: {v: 3}
        stages:
          final:
            cmd: cat out/*.txt m-*.txt k-*.txt > final.txt && echo '{"acc":{"a":0.5,"b":1},"note":"x"}' > metrics.json
            deps: [out, m-cnn-1.txt, m-cnn-2.txt, m-xgb-1.txt, m-xgb-2.txt, k-us.txt, k-uk.txt, c-1.txt]
            outs: [final.txt]
            metrics: [metrics.json: {cache: false}]
          base:
            cmd:
            - mkdir -p out
            - echo ${greet} ${deep.x} ${own.v} ${flag} ${lr} > out/base.txt
            params: [lr]
            outs: [out]
          each:
            foreach: ${models}
            do:
              cmd: echo ${key} ${item.n} "${item.name}" > k-${key}.txt
              deps: [out]
              outs: ["k-${key}.txt"]
          comp:
            foreach: [{a: 1}, {a: 2}]
            do:
              cmd: echo ${item.a} > c-${item.a}.txt
              outs: ["c-${item.a}.txt"]
          simple:
            foreach: [p, 2, 0.5]
            do:
              cmd: echo ${item} ${train} > s-${item}.txt
              params: [train.batch]
              outs: ["s-${item}.txt"]
          mat:
            matrix: {model: [cnn, xgb], size: "${sizes}"}
            cmd: echo ${item.model} ${item.size} ${key} > m-${item.model}-${item.size}.txt
            deps: [k-us.txt]
            outs: ["m-${item.model}-${item.size}.txt"]
          sub:
            wdir: sub
            cmd: |
              echo $(basename $PWD) > w.txt
              echo two >> w.txt
            deps: [../params.yaml]
            outs: [w.txt]

        """#

    private func fixture() throws -> Sandbox {
        let sandbox = try Sandbox("dvc")
        try sandbox.git("init", "-q", ".")
        try sandbox.write("params.yaml", Self.parameters)
        try sandbox.write("dvc.yaml", Self.pipeline)
        try sandbox.write("extra.yaml", "greet: hello\ndeep: {x: 7, y: 8}\n")
        try sandbox.write("sub/.keep", "")
        try sandbox.write(".gitignore", "/home/\n")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
        return sandbox
    }

    private func stages(_ outcome: Sandbox.Outcome) -> [String] {
        outcome.errorText.split(whereSeparator: \.isNewline).compactMap { line in
            line.hasPrefix("Running stage '") ? String(line.dropFirst(15).prefix { $0 != "'" }) : nil
        }
    }

    @Test func runsWhatDVCRuns() throws {
        let sandbox = try fixture()
        let first = try sandbox.nacre("run", "--commit", "-m", "one")
        #expect(first.code == 0, "\(first)")
        #expect(
            stages(first) == [
                "base", "each@us", "mat@cnn-1", "mat@cnn-2", "mat@xgb-1", "mat@xgb-2", "each@uk", "comp@0", "final",
                "comp@1",
                "simple@p", "simple@2", "simple@0.5", "sub",
            ])
        try sandbox.shell(
            #"sed -i 's/lr: 0.1/lr: 0.25/; s/n: 2/n: 3/' params.yaml; sed -i 's/"a":0.5/"a":0.75/' dvc.yaml"#)
        let second = try sandbox.nacre("run", "-n", "two")
        #expect(stages(second) == ["base", "each@us", "each@uk", "final", "sub"])
        #expect(
            try sandbox.nacre("params", "diff", "--json").trimmed
                == #"{"params.yaml": {"lr": {"old": 0.1, "new": 0.25, "diff": 0.15}, "#
                + #""models.uk.n": {"old": 2, "new": 3, "diff": 1}}}"#)
        #expect(
            try sandbox.nacre("metrics", "diff", "--json").trimmed
                == #"{"metrics.json": {"acc.a": {"old": 0.5, "new": 0.75, "diff": 0.25}}}"#)
        #expect(
            try sandbox.nacre("metrics", "show", "--json").trimmed
                == #"{"": {"data": {"metrics.json": {"data": {"acc": {"a": 0.75, "b": 1}, "note": "x"}}}}}"#)
        let digests = try sandbox.shell("sha256sum final.txt out/base.txt s-*.txt k-*.txt sub/w.txt | cut -c1-16,65-")
            .text
        #expect(
            digests == """
                917807e1799734ec  final.txt
                47997356822f7c7e  out/base.txt
                9a80ea215bdc0813  s-0.5.txt
                0f8e6f40b85ae95e  s-2.txt
                ba4a6a42e9cbe943  s-p.txt
                00f332743c496975  k-uk.txt
                7708abd67aa19b32  k-us.txt
                4ff023033f0aef57  sub/w.txt

                """)
    }

    @Test("stages of several files: those that others wait for run first, the rest when asked for")
    func runsSeveralFiles() throws {
        let sandbox = try Sandbox("files")
        try sandbox.git("init", "-q", ".")
        try sandbox.write("data.txt", "one\n")
        try sandbox.write(
            "dvc.yaml",
            "stages:\n  top: {cmd: cat data.txt low/a.txt > top.txt, deps: [data.txt, low/a.txt], outs: [top.txt]}\n")
        try sandbox.write(
            "low/dvc.yaml",
            "stages:\n  a: {cmd: cp ../data.txt a.txt, deps: [../data.txt], outs: [a.txt]}\n"
                + "  b: {cmd: cp ../top.txt b.txt, deps: [../top.txt], outs: [b.txt]}\n")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
        let first = try sandbox.nacre("run", "-n", "first")
        #expect(first.code == 0 && stages(first) == ["low/dvc.yaml:a", "top"], "\(first)")
        #expect(try sandbox.git("cat-file", "-e", "refs/experiments/first:low/nacre.lock").code == 0)
        #expect(stages(try sandbox.nacre("run", "-n", "second", "low/dvc.yaml:b")) == ["low/dvc.yaml:b"])
        try sandbox.write("data.txt", "two\n")
        let all = try sandbox.nacre("run", "-n", "third", "--all-pipelines")
        #expect(stages(all) == ["low/dvc.yaml:a", "top", "low/dvc.yaml:b"], "\(all)")
        #expect(try sandbox.git("show", "refs/experiments/third:low/b.txt").text == "two\ntwo\n")
        let again = try sandbox.nacre("reproduce", "-q", "third")
        #expect(again.code == 0 && again.text.contains("low/b.txt: identical"), "\(again)")
    }

    @Test("differences in DVC's words: lists as Python's text, truth as 0 and 1, and no lists among metrics")
    func writesDifferencesAsDVC() throws {
        let sandbox = try Sandbox("differences")
        try sandbox.git("init", "-q", ".")
        try sandbox.write("params.yaml", "l: [1, 'a', {k: true}]\nf: true\nb: 3\n")
        try sandbox.write("metrics.json", "{\"a\": 1, \"l\": [1], \"n\": null, \"d\": {\"x\": [2]}}\n")
        try sandbox.git("add", "-A")
        try sandbox.git("commit", "-q", "-m", "base")
        try sandbox.write("params.yaml", "l: [1, \"it's\", {k: null}]\nf: false\n")
        #expect(
            try sandbox.nacre("params", "diff", "--json").trimmed
                == #"{"params.yaml": {"b": {"old": 3, "new": null}, "f": {"old": true, "new": false, "diff": -1}, "#
                + #""l": {"old": "[1, 'a', {'k': True}]", "new": "[1, \"it's\", {'k': None}]"}}}"#)
        #expect(
            try sandbox.nacre("metrics", "show", "--json").trimmed
                == #"{"": {"data": {"metrics.json": {"data": {"a": 1}}}}}"#)
    }

    /// A lock of DVC's counts where everything is as it says.
    @Test func understandsDVCsLock() throws {
        let sandbox = try Sandbox("dvclock")
        try sandbox.git("init", "-q", ".")
        try sandbox.write("params.yaml", "n: 2\n")
        try sandbox.write("in/a.txt", "one\n")
        try sandbox.write("in/sub/b.txt", "two\n")
        try sandbox.write("out.txt", "one\ntwo\n")
        try sandbox.write(
            "dvc.yaml",
            "stages:\n  join:\n    cmd: cat in/a.txt in/sub/b.txt > out.txt\n    deps: [in]\n    params: [n]\n    outs: [out.txt]\n"
        )
        // As `dvc repro` of dvc 3.67.1 wrote it.
        try sandbox.write(
            "dvc.lock",
            """
            schema: '2.0'
            stages:
              join:
                cmd: cat in/a.txt in/sub/b.txt > out.txt
                deps:
                - path: in
                  hash: md5
                  md5: DIRECTORY
                  size: 8
                  nfiles: 2
                params:
                  params.yaml:
                    n: 2
                outs:
                - path: out.txt
                  hash: md5
                  md5: OUTPUT
                  size: 8

            """)
        let lock = String(decoding: try sandbox.read("dvc.lock"), as: UTF8.self)
        let a = try sandbox.shell("printf 'one\\n' | md5sum | cut -c1-32").trimmed
        let b = try sandbox.shell("printf 'two\\n' | md5sum | cut -c1-32").trimmed
        let list = #"[{"md5": "\#(a)", "relpath": "a.txt"}, {"md5": "\#(b)", "relpath": "sub/b.txt"}]"#
        try sandbox.write("list", list)
        let directory = try sandbox.shell("md5sum list | cut -c1-32; rm list").trimmed + ".dir"
        let output = try sandbox.shell("md5sum out.txt | cut -c1-32").trimmed
        try sandbox.write("dvc.lock", lock.replacing("DIRECTORY", with: directory).replacing("OUTPUT", with: output))
        #expect(try sandbox.nacre("pipeline", "status").trimmed == "join: up to date")
        try sandbox.write("in/a.txt", "three\n")
        #expect(try sandbox.nacre("pipeline", "status").text.contains("join: would run"))
    }
}
