import Bytes
import GitObjects
import NacreExperiments
import Testing

@Suite struct ExperimentFilterTests {
    private var experiment: Experiment {
        Experiment(
            name: "swift-pearl", commit: .zero(.sha1), frozen: nil, base: nil, time: 1000, status: "succeeded",
            command: "python train.py",
            parameters: ["lr": .float(0.1), "model": .string("resnet50"), "a b": .integer(1)],
            metrics: ["accuracy": .float(0.91), "bad": .float(.nan)], problems: [])
    }

    @Test(arguments: [
        ("", true), ("metrics.accuracy > 0.9", true), ("metrics.accuracy >= 0.92", false), ("params.lr = '0.1'", true),
        ("params.lr = 0.10", true), ("params.model LIKE 'res%'", true), ("params.model LIKE 'RES%'", false),
        ("params.model ILIKE 'RES%50'", true), ("params.model like 'res_et50'", true),
        ("params.model IN ('vgg', 'resnet50')", true),
        ("params.model NOT IN ('vgg')", true), ("metrics.missing IS NULL", true),
        ("metrics.accuracy IS NOT NULL", true),
        ("metrics.accuracy > 0.9 AND params.lr < 0.05", false),
        ("metrics.accuracy > 0.9 and status = 'succeeded'", true),
        ("attributes.name = 'swift-pearl'", true), ("params.`a b` = 1", true), ("params.\"a b\" != 1", false),
        ("tags.`mlflow.runName` = 'swift-pearl'", true), ("tags.mlflow.runName LIKE 'swift%'", true),
        ("tags.mlflow.source.name ILIKE 'PYTHON%'", true), ("tags.x = 1", false), ("tags.x IS NULL", true),
        ("attributes.status = 'FINISHED'", true), ("attributes.status != 'FINISHED'", false),
        ("attributes.status IN ('FAILED', 'KILLED')", false), ("attributes.start_time < 2000000000000", true),
        ("params.model LIKE \"res%\"", true), ("metrics.missing > 0", false), ("metrics.bad > 0", false),
        ("start_time > 999", true),
    ])
    func filters(_ text: String, _ accepts: Bool) throws {
        #expect(try ExperimentFilter(text).accepts(experiment) == accepts)
    }

    @Test(arguments: [
        "metrics.", "metrics.a", "metrics.a >", "a = 1 OR b = 2", "metrics.a => 1", "tags.x", "other.x = 1", "a = 'x",
        "a IN (1",
        "= 1",
    ])
    func namesWhereItGoesWrong(_ text: String) {
        #expect(throws: ExperimentFilter.SyntaxError.self) { try ExperimentFilter(text) }
    }

    @Test func sortsNumbersFirst() {
        func make(_ name: String, _ value: Value?) -> Experiment {
            Experiment(
                name: name, commit: .zero(.sha1), frozen: nil, base: nil, time: 0, status: "succeeded", command: "",
                parameters: [:],
                metrics: ValueObject(value.map { [("m", $0)] } ?? []), problems: [])
        }
        let all = [make("none", nil), make("nan", .float(.nan)), make("two", .integer(2)), make("one", .float(1))]
        #expect(ExperimentTable.sorted(all, by: "m", ascending: true).prefix(2).map(\.name) == ["one", "two"])
        #expect(ExperimentTable.sorted(all, by: "metrics.m", ascending: false).prefix(2).map(\.name) == ["two", "one"])
    }

    @Test func writesTables() {
        let table = ExperimentTable([experiment], wanted: ["accuracy", "params.model", "status"])
        #expect(table.csv == "name,metrics.accuracy,params.model,status\r\nswift-pearl,0.91,resnet50,succeeded\r\n")
        var text = TextTable(titles: ["name", "x", "wide"], numeric: [1])
        text.rows = [["a", "1", "....................."], ["bcd", "22", "|"]]
        #expect(text.text(width: 12) == "name   x\na      1\nbcd   22\n(1 more columns: wide)\n")
        #expect(text.markdown.hasSuffix("| bcd | 22 | \\| |\n"))
        // Long words give way to the other columns where not everything fits.
        var long = TextTable(titles: ["name", "status", "x"], numeric: [2])
        long.rows = [["a", "failed (cannot run /no/such: is it installed?)", "1"], ["b", "succeeded", "2"]]
        #expect(
            long.text(width: 40)
                == "name  status                x\na     failed (cannot run …  1\nb     succeeded             2\n")
        #expect(long.text(width: 80).contains("is it installed?)  1\n"))
    }
}
