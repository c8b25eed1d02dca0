/// Lines of JSON.
enum JSONLines {
    /// The members of the object that a line is, as text by name; nil where it is none.
    static func members(_ line: [UInt8]) -> [(name: String, value: String)]? {
        guard case .object(let members)? = try? JSONScanner.parse(line) else { return nil }
        return members.map { ($0.name, text($0.value)) }
    }

    /// A value in one spelling, whatever white space stood in it.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): "\"\(text)"
        case .array(let elements): "[" + elements.map { text($0) }.joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\"\($0.name)\":" + text($0.value) }.joined(separator: ",") + "}"
        }
    }
}
