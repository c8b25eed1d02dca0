import NacreExperiments
import Testing

@Suite struct YAMLTests {
    private func read(_ text: String) throws -> Value { try YAMLReader.read(Array(text.utf8), source: "x.yaml") }

    @Test func followsVersion12() throws {
        let value = try read(
            """
            a: no
            b: on
            c: 1_000
            d: 0o17
            e: 0x1F
            f: 1e-3
            g: .5
            h: ~
            i: "1"
            j: 017
            k: .inf
            l: 12:30
            m: True
            n: 2001-01-01
            o:
            p: !!str 5
            """)
        let expected: [(String, Value)] = [
            ("a", .string("no")), ("b", .string("on")), ("c", .string("1_000")), ("d", .integer(15)),
            ("e", .integer(31)),
            ("f", .float(0.001)), ("g", .float(0.5)), ("h", .null), ("i", .string("1")), ("j", .integer(17)),
            ("k", .float(.infinity)), ("l", .string("12:30")), ("m", .bool(true)), ("n", .string("2001-01-01")),
            ("o", .null),
            ("p", .string("5")),
        ]
        for (key, wanted) in expected { #expect(value.object?[key] == wanted, "\(key)") }
    }

    @Test func followsAnchorsAndMergeKeys() throws {
        let value = try read("base: &b {lr: 1, n: 2}\nrun:\n  <<: *b\n  lr: 3\nlist: [*b]\n")
        #expect(value.object?["run"]?.object?["lr"] == .integer(3))
        #expect(value.object?["run"]?.object?["n"] == .integer(2))
        #expect(value.object?["list"]?.array?.first?.object?["lr"] == .integer(1))
    }

    @Test func namesFileLineAndRemedy() {
        let twice = #expect(throws: ValueError.self) { try read("a: 1\nb: 2\na: 3\n") }
        #expect(twice?.description.contains("x.yaml") == true)
        #expect(twice?.reason.contains("twice") == true)
        let tab = #expect(throws: ValueError.self) { try read("a:\n\tb: 1\n") }
        #expect(tab?.line == 2)
        #expect(tab?.reason.contains("spaces") == true)
        #expect(throws: ValueError.self) { try read("a: *missing\n") }
        #expect(throws: ValueError.self) { try read("[1, 2]: x\n") }
    }

    @Test func limitsWhatAliasesMake() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            let item = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: item, count: 10).joined(separator: ", "))]\n"
        }
        #expect(throws: ValueError.self) { try read(text) }
    }

    @Test func anEmptyFileIsAnEmptyMapping() throws {
        #expect(try read("") == .object([:]))
        #expect(try read("# only a comment\n") == .object([:]))
    }

    @Test func tellsLines() throws {
        let document = try YAMLReader.document(Array("a: 1\nb:\n  c: 2\n".utf8), source: "x")
        #expect(document.line(ValuePath([.key("b"), .key("c")])) == 3)
        #expect(document.line(ValuePath([.key("b"), .key("missing")])) == 3)
    }

    @Test func writesWhatItReads() throws {
        let value = try read("a: [1, {b: x}]\nc: {d: 'no', e: '1', f: \"x: y\", g: ''}\nh: []\ni: {}\nj: -0.5\n")
        let text = YAMLWriter.bytes(value)
        #expect(try YAMLReader.read(text, source: "again").isSame(as: value))
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("a:\n- 1\n- b: x\nc:\n  d: no\n"))
    }
}

@Suite struct ValueEditingTests {
    private static let yaml = """
        # rates
        lr: 0.1   # keep me
        model:
          layers: [1, 2,  3]  # shape
          name: 'res net' # quoted
          deep: {a: 1, b: "x"}
        flag: yes please
        empty:
        text: |
          several
          lines
        é: 1

        """

    private func set(_ key: String, _ text: String, in file: String = Self.yaml, name: String = "p.yaml") throws
        -> String
    {
        let path = try #require(ValuePath(parsing: key))
        let bytes = try ValueFile.setting(
            path, to: try ValueFile.parse(text, source: "test"), in: Array(file.utf8), name: name)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func replaced(_ old: String, _ new: String) -> String {
        Self.yaml.replacing(old, with: new, maxReplacements: 1)
    }

    @Test(arguments: [
        ("lr", "0.25", "lr: 0.1 ", "lr: 0.25 "), ("lr", "1e-3", "lr: 0.1 ", "lr: 0.001 "),
        ("model.layers", "[4, 8]", "[1, 2,  3]", "[4, 8]"), ("model.layers[1]", "7", "1, 2,", "1, 7,"),
        ("model.name", "it's", "'res net'", "'it''s'"), ("model.deep.a", "2", "a: 1", "a: 2"),
        ("model.deep.b", "y", "b: \"x\"", "b: \"y\""), ("flag", "a, b", "flag: yes please", "flag: \"a, b\""),
        ("flag", "\"12\"", "flag: yes please", "flag: \"12\""), ("empty", "5", "empty:", "empty: 5"),
        ("é", "2", "é: 1", "é: 2"),
    ])
    func changesOneScalarOnly(_ key: String, _ value: String, _ old: String, _ new: String) throws {
        #expect(try set(key, value) == replaced(old, new))
    }

    @Test func refusesWhatItCannotDoSafely() {
        #expect(throws: ValueError.self) { try set("text", "x") }
        #expect(throws: ValueError.self) { try set("model", "x") }
        let missing = #expect(throws: ValueError.self) { try set("layers", "1") }
        #expect(missing?.reason.contains("did you mean 'model.layers'") == true)
        let shared = "a: &x 1\nb: *x\n"
        #expect(throws: ValueError.self) { try set("a", "2", in: shared) }
        #expect(throws: ValueError.self) { try set("run.lr", "2", in: "base: &b {lr: 1}\nrun:\n  <<: *b\n") }
    }

    @Test func changesJSONInPlace() throws {
        let file = "{\n  \"a\": {\"lr\": 0.1, \"n\": [1, 2]},\n  \"lr\": 5\n}\n"
        #expect(
            try set("lr", "6", in: file, name: "p.json")
                == "{\n  \"a\": {\"lr\": 0.1, \"n\": [1, 2]},\n  \"lr\": 6\n}\n")
        #expect(try set("a.lr", "x", in: file, name: "p.json").contains("{\"lr\": \"x\", \"n\""))
        #expect(try set("a.n[1]", "3", in: file, name: "p.json").contains("[1, 3]"))
        #expect(throws: ValueError.self) { try set("a.lr", ".nan", in: file, name: "p.json") }
    }

    @Test func changesTOMLInPlace() throws {
        let file = "# top\nlr = 0.1 # rate\n[model]\nlr = 3\nname = \"a # b\"\nsizes = [1, 2]\n"
        #expect(try set("lr", "0.5", in: file, name: "p.toml").hasPrefix("# top\nlr = 0.5 # rate\n[model]\nlr = 3"))
        #expect(try set("model.lr", "4", in: file, name: "p.toml").contains("[model]\nlr = 4\n"))
        #expect(try set("model.name", "c", in: file, name: "p.toml").contains("name = \"c\"\n"))
        #expect(try set("model.sizes", "[3]", in: file, name: "p.toml").contains("sizes = [3]\n"))
    }

    @Test func readsTOML() throws {
        let value = try TOMLReader.read(
            Array("a = 1\nb = 1.5\nc = \"x\"\nd = true\n[t]\ne = [1, 2]\n".utf8), source: "p.toml")
        #expect(value.object?["t"]?.object?["e"] == .array([.integer(1), .integer(2)]))
        #expect(value.object?["b"] == .float(1.5))
        let broken = #expect(throws: ValueError.self) {
            try TOMLReader.read(Array("a = 1\na = 2\n".utf8), source: "p.toml")
        }
        #expect(broken?.line == 2)
        #expect(throws: ValueError.self) {
            try TOMLReader.read(Array(String(repeating: "[", count: 5000).utf8), source: "x")
        }
    }

    @Test func splitsAlternatives() throws {
        #expect(
            try RunRecord.Override.alternatives("model.layers=2,4,8").map(\.value) == [
                .integer(2), .integer(4), .integer(8),
            ])
        #expect(try RunRecord.Override.alternatives("a=[1,2],[3]").count == 2)
        #expect(try RunRecord.Override.alternatives("p.json:a=x").first?.file == "p.json")
        #expect(throws: RunError.self) { try RunRecord.Override.alternatives("nothing") }
    }
}
