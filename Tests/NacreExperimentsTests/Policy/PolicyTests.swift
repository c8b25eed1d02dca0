import NacreExperiments
import Testing

@Suite struct PolicyTests {
    private func pipeline(_ policy: String) throws -> Pipeline {
        try #require(try PipelineReader.read(from: MemorySource(files: ["nacre.yaml": policy])))
    }

    private func table(_ json: String) -> ValueTable {
        ValueTable.metrics(of: MemorySource(files: ["metrics.json": json]), pipeline: nil)
    }

    private let rules = """
        policy:
          accuracy: {direction: maximize, floor: 0.9, regression: 1%}
          loss: {direction: minimize, ceiling: 0.5, regression: 0.05}
          seeds: {floor: 0.8, aggregate: median}
          per.*: {floor: 1}

        """

    @Test func acceptsWhatIsGood() throws {
        let metrics = table(#"{"accuracy": 0.95, "loss": 0.2, "seeds": [0.7, 0.85, 0.9], "per": {"a": 1, "b": 2}}"#)
        let check = PolicyCheck(
            try pipeline(rules).policy, metrics: metrics, base: table(#"{"accuracy": 0.955, "loss": 0.16}"#))
        #expect(check.passes, "\(check.findings)")
    }

    @Test(arguments: [
        (#"{"accuracy": 0.89, "loss": 0.2, "seeds": 0.9, "per": {"a": 1}}"#, "below its floor of 0.9 by 0.01"),
        (#"{"accuracy": 0.95, "loss": 0.6, "seeds": 0.9, "per": {"a": 1}}"#, "above its ceiling of 0.5 by 0.1"),
        (#"{"accuracy": 0.93, "loss": 0.2, "seeds": 0.9, "per": {"a": 1}}"#, "went from 0.95 to 0.93, worse by 0.02"),
        (#"{"accuracy": 0.95, "loss": 0.3, "seeds": 0.9, "per": {"a": 1}}"#, "loss went from 0.2 to 0.3"),
        (#"{"accuracy": NaN, "loss": 0.2, "seeds": 0.9, "per": {"a": 1}}"#, "accuracy is nan"),
        (#"{"loss": 0.2, "seeds": 0.9, "per": {"a": 1}}"#, "accuracy is missing"),
        (#"{"accuracy": "high", "loss": 0.2, "seeds": 0.9, "per": {"a": 1}}"#, "accuracy is text, not a number"),
        (
            #"{"accuracy": 0.95, "loss": 0.2, "seeds": [0.1, 0.2, 0.9], "per": {"a": 1}}"#,
            "seeds is 0.2 (median of 3), below"
        ),
    ])
    func saysWhatBroke(_ json: String, _ message: String) throws {
        let check = PolicyCheck(
            try pipeline(rules).policy, metrics: table(json), base: table(#"{"accuracy": 0.95, "loss": 0.2}"#))
        #expect(check.findings.contains { !$0.passes && $0.message.contains(message) }, "\(check.findings)")
    }

    @Test(arguments: [
        "policy: {a: best}\n", "policy: {a: {floor: x}}\n", "policy: {a: {regression: 1%}}\n",
        "policy: {a: {tolerance: -1}}\n",
        "policy: {a: {wings: 2}}\n", "policy: [a]\n",
    ])
    func refuses(_ yaml: String) { #expect(throws: ValueError.self) { try pipeline(yaml) } }

    @Test func readsTolerances() {
        #expect(Tolerance(.string("0.5%"))?.distance(from: 200) == 1)
        #expect(Tolerance(.float(0.1))?.accepts(1.1, reference: 1.0) == true)
        #expect(Tolerance(.float(0.1))?.accepts(.nan, reference: 1.0) == false)
        #expect(Tolerance(.float(0))?.accepts(.nan, reference: .nan) == true)
        #expect(Tolerance(.string("x")) == nil)
        #expect(Tolerance(.float(.infinity)) == nil)
    }

    @Test func writesJUnit() {
        let report = JUnitReport(
            name: "a<b",
            cases: [.init(group: "g", name: "ok"), .init(group: "g", name: "bad", failure: "x \"y\" & z\u{1}")])
        #expect(report.xml.contains("tests=\"2\" failures=\"1\""))
        #expect(report.xml.contains("name=\"a&lt;b\""))
        #expect(report.xml.contains("message=\"x &quot;y&quot; &amp; z?\""))
    }
}

@Suite struct ValueDifferenceTests {
    private func table(_ files: [String: String]) -> ValueTable {
        ValueTable.parameters(of: MemorySource(files: files), pipeline: nil)
    }

    @Test func hasTheShapeOfDVC() {
        let old = table(["params.yaml": "lr: 0.1\nn: 1\nname: a\nsame: 1\nlist: [1]\ngone: 2\n"])
        let new = table(["params.yaml": "lr: 0.3\nn: 4\nname: b\nsame: 1\nlist: [2]\nnew: {x: 5}\n"])
        let json = ValueTable.json(old.differences(to: new))
        #expect(
            JSONWriter.string(json, style: .python)
                == #"{"params.yaml": {"gone": {"old": 2, "new": null}, "list": {"old": "[1]", "new": "[2]"}, "#
                + #""lr": {"old": 0.1, "new": 0.3, "diff": 0.19999999999999998}, "n": {"old": 1, "new": 4, "diff": 3}, "#
                + #""name": {"old": "a", "new": "b"}, "new.x": {"old": null, "new": 5}}}"#)
    }

    @Test func listsAFileThatCannotBeRead() {
        let table = table(["params.yaml": "a: 1\na: 2\n", "params.json": "{\"b\": 1}"])
        #expect(table.files.count == 2)
        #expect(table.files[0].problem?.contains("twice") == true)
        #expect(table.value("b") == .integer(1))
        #expect(table.value("params.json:b") == .integer(1))
    }
}
