import GitObjects
import NacreExperiments
import Testing

/// Files in memory.
struct MemorySource: FileSource {
    var files: [String: String]

    func read(_ path: GitPath) throws -> [UInt8]? { files[path.description].map { Array($0.utf8) } }

    func list(_ directory: GitPath) throws -> [FileSourceEntry] {
        var names: [String: Bool] = [:]
        let prefix = directory.isRoot ? "" : directory.description + "/"
        for path in files.keys where path.hasPrefix(prefix) {
            let parts = path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
            if let first = parts.first { names[String(first)] = parts.count > 1 || names[String(first)] == true }
        }
        return names.keys.sorted().map { FileSourceEntry(name: Array($0.utf8), isDirectory: names[$0] == true) }
    }
}

@Suite struct PipelineReaderTests {
    private func read(_ yaml: String, _ others: [String: String] = [:], name: String = "dvc.yaml") throws -> Pipeline {
        var files = others
        files[name] = yaml
        return try #require(try PipelineReader.read(from: MemorySource(files: files)))
    }

    private func failure(_ yaml: String, _ others: [String: String] = [:], name: String = "dvc.yaml") -> String {
        do {
            _ = try read(yaml, others, name: name)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func readsAStage() throws {
        let pipeline = try read(
            """
            stages:
              train:
                desc: trains
                wdir: src
                cmd:
                - python train.py
                - echo done
                deps: [train.py, ../data]
                params:
                - lr
                - model.layers
                - other.json: [a]
                - all.yaml:
                outs:
                - model.bin:
                    persist: true
                - out/dir
                metrics:
                - m.json: {cache: false}
                plots: [p.csv: {x: step}]
                frozen: true
            """)
        let stage = try #require(pipeline.stages.first)
        #expect(stage.commands == ["python train.py", "echo done"])
        #expect(stage.directory == "src")
        #expect(stage.dependencies == ["src/train.py", "data"])
        #expect(stage.parameters.map(\.path) == ["src/params.yaml", "src/other.json", "src/all.yaml"])
        #expect(stage.parameters[0].keys == ["lr", "model.layers"])
        #expect(stage.parameters[2].keys == nil)
        #expect(stage.outputs.map(\.path) == ["src/model.bin", "src/out/dir", "src/m.json", "src/p.csv"])
        #expect(stage.outputs[0].persists && !stage.outputs[1].persists && !stage.outputs[2].isCached)
        #expect(stage.isFrozen && !stage.alwaysChanged)
        #expect(pipeline.metricFiles == ["src/m.json"])
    }

    @Test func splitsACommandIntoItsLines() throws {
        let pipeline = try read("stages:\n  a:\n    cmd: |\n      one\n\n      two\n")
        #expect(pipeline.stages[0].commands == ["one", "two"])
    }

    @Test func fillsInTemplates() throws {
        let pipeline = try read(
            """
            vars:
            - config.yaml
            - extra.json:n,deep.x
            - inline: {who: me}
            stages:
              a:
                cmd: run ${lr} ${flag} ${inline.who} ${list[1]} ${n} ${deep.x} \\${kept} ${opts}
                vars: [{own: 5}]
                outs: ['out-${own}']
            """,
            [
                "params.yaml": "lr: 0.1\nflag: true\nlist: [a, b]\n",
                "extra.json": #"{"n": 3, "deep": {"x": "q", "y": 1}, "unused": 1}"#,
                "config.yaml": "opts: {batch: 8, on: true, off: false, name: it's, sizes: [1, 2], deep: {k: v}}\n",
            ])
        #expect(
            pipeline.stages[0].commands == [
                "run 0.1 true me b 3 q ${kept} --batch 8 --on --name 'it'\"'\"'s' --sizes 1 2 --deep.k v"
            ])
        #expect(pipeline.stages[0].outputs.map(\.path) == ["out-5"])
    }

    @Test func repeatsForEach() throws {
        let pipeline = try read(
            """
            stages:
              simple:
                foreach: [a, 1, true]
                do: {cmd: "echo ${item}"}
              composite:
                foreach: [{x: 1}, {x: 2}]
                do: {cmd: "echo ${item.x}"}
              keyed:
                foreach: ${models}
                do: {cmd: "echo ${key} ${item.n}", outs: ["${key}.txt"]}
            """, ["params.yaml": "models: {us: {n: 1}, uk: {n: 2}}\n"])
        #expect(
            pipeline.stages.map(\.name) == [
                "simple@a", "simple@1", "simple@True", "composite@0", "composite@1", "keyed@us", "keyed@uk",
            ])
        #expect(pipeline.stages[6].commands == ["echo uk 2"])
        #expect(pipeline.stages(named: "keyed").count == 2)
    }

    @Test func multipliesAMatrix() throws {
        let pipeline = try read(
            """
            stages:
              train:
                matrix: {model: [cnn, xgb], size: "${sizes}", o: [{a: 1}]}
                cmd: echo ${item.model} ${item.size} ${item.o.a} ${key}
            """, ["params.yaml": "sizes: [1, 2]\n"])
        #expect(
            pipeline.stages.map(\.name) == ["train@cnn-1-o0", "train@cnn-2-o0", "train@xgb-1-o0", "train@xgb-2-o0"])
        #expect(pipeline.stages[3].commands == ["echo xgb 2 1 xgb-2-o0"])
    }

    @Test func joinsBothFiles() throws {
        let source = MemorySource(files: [
            "nacre.yaml": "stages:\n  a: {cmd: a}\npolicy: {acc: maximize}\n", "dvc.yaml": "stages:\n  b: {cmd: b}\n",
        ])
        let pipeline = try #require(try PipelineReader.read(from: source))
        #expect(pipeline.stages.map(\.name) == ["a", "b"])
        #expect(pipeline.policy.rules.first?.direction == .maximize)
        #expect(
            failure("stages:\n  a: {cmd: b}\n", ["nacre.yaml": "stages:\n  a: {cmd: a}\n"]).contains(
                "defined in both files"))
    }

    @Test(arguments: [
        (
            "stages:\n  a: {cmd: x, outs: [o]}\n  b: {cmd: x, outs: [o]}\n",
            "made by both 'a' (dvc.yaml, line 2) and 'b' (dvc.yaml, line 3)"
        ),
        ("stages:\n  a: {cmd: x, outs: [o]}\n  b: {cmd: x, outs: [o/i]}\n", "stands inside the output 'o'"),
        ("stages:\n  a: {cmd: x, outs: [o], deps: [p]}\n  b: {cmd: x, outs: [p], deps: [o]}\n", "circle"),
        ("stages:\n  a: {outs: [o]}\n", "needs 'cmd'"), ("stages:\n  a: {cmd: x, oust: [o]}\n", "'oust' is not a key"),
        ("stages:\n  a: {cmd: '${x}'}\n", "'${x}' is not set"), ("stages:\n  a: {cmd: x, outs: [../o]}\n", "leads out"),
        ("stages:\n  a: {cmd: x, outs: [.git/x]}\n", "inside '.git'"),
        ("policy: {a: maximize}\n", "put it into nacre.yaml"),
        ("stages:\n  a:\n    cmd: x\n    deps: [s3://b/c]\n", "is a URL"), ("stages: []\n", "must be a mapping"),
        ("vars: [missing.yaml]\n", "cannot find the file of variables"),
        ("vars: [{a: 1}, {a: 2}]\n", "cannot redefine 'a'"),
    ])
    func namesWhatIsWrong(_ yaml: String, _ message: String) {
        let text = failure(yaml)
        #expect(text.contains(message), "\(text)")
    }

    @Test func namesTheLine() { #expect(failure("stages:\n  a:\n    cmd: x\n    bad: 1\n").contains("line 4")) }

    @Test func ordersStagesAsDVCDoes() throws {
        let pipeline = try read(
            """
            stages:
              evaluate: {cmd: x, deps: [model, data/test], outs: [scores]}
              train: {cmd: x, deps: [data/train], outs: [model]}
              prepare: {cmd: x, outs: [data]}
              other: {cmd: x}
            """)
        let graph = try PipelineGraph(pipeline.stages)
        #expect(graph.order().map { pipeline.stages[$0].name } == ["prepare", "train", "evaluate", "other"])
        #expect(graph.order(for: [1]).map { pipeline.stages[$0].name } == ["prepare", "train"])
    }

    @Test func resolvesPaths() {
        #expect(PipelinePath.resolve("../a/./b", in: "src") == "a/b")
        #expect(PipelinePath.resolve("../../a", in: "src") == nil)
        #expect(PipelinePath.overlaps("a/b", "a"))
        #expect(!PipelinePath.overlaps("ab", "a"))
    }
}
