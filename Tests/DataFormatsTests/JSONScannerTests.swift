import DataFormats
import Testing

@Suite("JSON")
struct JSONScannerTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONScanner.parse(Array(text.utf8)) }

    @Test("values keep what they are")
    func values() throws {
        let value = try parse(
            " {\"a\": [1, -2.50e+3, true, false, null], \"b\": {\"c\": \"x\\n\\u00e9\\ud83d\\ude00\"}} ")
        #expect(value["a"]?.elements?.count == 5)
        #expect(value["a"]?.elements?[0].integer == 1)
        #expect(value["a"]?.elements?[1] == .number("-2.50e+3"))
        #expect(value["b"]?["c"]?.text == "x\né😀")
        #expect(try parse("[]").elements == [])
        #expect(try parse("{}") == .object([]))
        #expect(try parse("[NaN, Infinity, -Infinity]").elements?.count == 3)
    }

    @Test(
        "what is no JSON is refused with its place",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01x", "tru", "\"abc", "\"\\q\"", "\"\\u12g4\"", "[1] 2", "-",
            "1.", "1e",
            "{1:2}", "\"\u{1}\"", "[\"a\" \"b\"]",
        ])
    func errors(_ text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test("depth is bounded")
    func depth() {
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 100_000)) }
        #expect(throws: Never.self) { try parse(String(repeating: "[", count: 60) + String(repeating: "]", count: 60)) }
    }
}
