/// Writes YAML that depends on the value alone: lock files and imported settings.
public enum YAMLWriter {
    /// A mapping or list as block YAML, ending with a newline.
    public static func bytes(_ value: Value) -> [UInt8] {
        var output = ""
        write(value, indentation: 0, into: &output)
        return Array(output.utf8)
    }

    /// A value on one line: `[1, 2]`, `{a: 1}`.
    public static func flow(_ value: Value) -> String {
        switch value {
        case .array(let values): "[" + values.map(flow).joined(separator: ", ") + "]"
        case .object(let object):
            "{" + object.entries.map { scalar(.string($0.key)) + ": " + flow($0.value) }.joined(separator: ", ") + "}"
        default: scalar(value)
        }
    }

    private static func scalar(_ value: Value) -> String {
        switch value {
        case .string(let text): YAMLScalar.isPlainSafe(text) ? text : JSONWriter.string(value)
        case .float(let number) where !number.isFinite: number.isNaN ? ".nan" : number < 0 ? "-.inf" : ".inf"
        default: value.text
        }
    }

    private static func write(_ value: Value, indentation: Int, into output: inout String) {
        let padding = String(repeating: " ", count: indentation)
        switch value {
        case .object(let object) where !object.isEmpty:
            for entry in object.entries {
                output += padding + scalar(.string(entry.key)) + ":"
                writeInner(entry.value, indentation: indentation, into: &output)
            }
        case .array(let values) where !values.isEmpty:
            for value in values {
                if case .object(let object) = value, !object.isEmpty {
                    var inner = ""
                    write(value, indentation: indentation + 2, into: &inner)
                    output += padding + "- " + inner.dropFirst(indentation + 2)
                } else {
                    output += padding + "-"
                    writeInner(value, indentation: indentation, into: &output)
                }
            }
        default: output += padding + flow(value) + "\n"
        }
    }

    private static func writeInner(_ value: Value, indentation: Int, into output: inout String) {
        switch value {
        case .object(let object) where !object.isEmpty:
            output += "\n"
            write(value, indentation: indentation + 2, into: &output)
        case .array(let values) where !values.isEmpty:
            output += "\n"
            write(value, indentation: indentation, into: &output)
        default: output += " " + flow(value) + "\n"
        }
    }
}
