import NacreExperiments
import Testing

@Suite struct JSONTests {
    private func read(_ text: String) throws -> Value { try JSONReader.read(Array(text.utf8), source: "x.json") }

    @Test func keepsOrderAndKinds() throws {
        let value = try read(#"{"b": 1, "a": [1.5, "x", true, null], "c": {"d": -2e3}}"#)
        #expect(value.object?.keys == ["b", "a", "c"])
        #expect(value.object?["b"] == .integer(1))
        #expect(value.object?["a"] == .array([.float(1.5), .string("x"), .bool(true), .null]))
        #expect(value.object?["c"]?.object?["d"] == .float(-2000))
    }

    @Test func readsWhatPythonWrites() throws {
        let value = try read(#"{"a": NaN, "b": Infinity, "c": -Infinity}"#)
        #expect(value.object?["a"]?.number?.isNaN == true)
        #expect(value.object?["b"]?.number == .infinity)
        #expect(value.object?["c"]?.number == -.infinity)
        #expect(value.object?["a"]?.finiteNumber == nil)
    }

    @Test func decodesEscapes() throws {
        #expect(try read(#""a\u00e9\ud83d\ude00\n\"\/""#) == .string("aé😀\n\"/"))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "01", "1.", "+1", ".5", "\"a", "\"\\x\"", "\"\\ud800\"", "tru",
        "1 2", "{a:1}",
        "\"\u{1}\"", "[", "-", "{\"a\":}",
    ])
    func refuses(_ text: String) { #expect(throws: ValueError.self) { try read(text) } }

    @Test func namesTheLineOfARepeatedKey() {
        let error = #expect(throws: ValueError.self) { try read("{\n\"a\": 1,\n\"a\": 2}") }
        #expect(error?.line == 3)
        #expect(error?.reason.contains("'a' stands twice") == true)
    }

    @Test func limitsDepth() {
        #expect(throws: ValueError.self) { try read(String(repeating: "[", count: 100_000)) }
    }

    @Test func writesEachStyle() throws {
        let value = try read(#"{"a":[1,{"b":0.1}],"c":{}}"#)
        #expect(JSONWriter.string(value) == #"{"a":[1,{"b":0.1}],"c":{}}"#)
        #expect(JSONWriter.string(value, style: .python) == #"{"a": [1, {"b": 0.1}], "c": {}}"#)
        #expect(
            JSONWriter.string(value, style: .pretty)
                == "{\n  \"a\": [\n    1,\n    {\n      \"b\": 0.1\n    }\n  ],\n  \"c\": {}\n}")
        #expect(JSONWriter.string(.float(.nan)) == "null")
        #expect(JSONWriter.string(.string("\u{1}\"\\\n")) == #""\u0001\"\\\n""#)
    }

    /// Each pair is what `python3 -c 'print(repr(x))'` printed.
    @Test(arguments: [
        (0.1, "0.1"), (100000.0, "100000.0"), (1e15, "1000000000000000.0"), (1e16, "1e+16"), (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (1.5e300, "1.5e+300"), (-2.5, "-2.5"), (123456.789, "123456.789"), (Double.leastNonzeroMagnitude, "5e-324"),
        (0.30000000000000004, "0.30000000000000004"),
        (-0.0, "-0.0"), (1e22, "1e+22"), (12345678901234567.0, "1.2345678901234568e+16"),
    ])
    func printsNumbersAsPythonDoes(_ number: Double, _ text: String) { #expect(Value.float(number).text == text) }

    @Test func comparesAsPeopleDo() {
        #expect(Value.integer(1).isSame(as: .float(1)))
        #expect(Value.float(.nan).isSame(as: .float(.nan)))
        #expect(Value.object(["a": .null, "b": .null]).isSame(as: .object(["b": .null, "a": .null])))
        #expect(!Value.string("1").isSame(as: .integer(1)))
    }

    @Test func findsKeysInLargeMappings() {
        var object = ValueObject()
        for index in 0..<1000 { object["k\(index)"] = .integer(Int64(index)) }
        object["k500"] = nil
        #expect(object["k500"] == nil)
        #expect(object["k999"] == .integer(999))
        #expect(object.count == 999)
    }
}
