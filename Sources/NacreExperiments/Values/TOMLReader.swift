internal import TOMLKit

/// Reads TOML 1.0. Dates and times become text; keys come in their own order, which is not the file's.
public enum TOMLReader {
    /// How deep arrays and inline tables may be nested: the parser recurses, and must not use up the stack.
    public static let depthLimit = 128

    /// The value that a file holds.
    public static func read(_ bytes: [UInt8], source: String) throws(ValueError) -> Value {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ValueError(source, "it is not UTF-8") }
        guard !bytes.contains(0) else { throw ValueError(source, "it holds a NUL byte") }
        var depth = 0
        for byte in bytes {
            if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            guard depth <= depthLimit else { throw ValueError(source, "more than \(depthLimit) levels of nesting") }
        }
        do {
            let table = try TOMLTable(string: text)
            return .object(convert(table))
        } catch let error as TOMLParseError {
            throw ValueError(source, line: error.source.begin.line, "not valid TOML: \(error.description)")
        } catch {
            throw ValueError(source, "it is not valid TOML")
        }
    }

    private static func convert(_ table: TOMLTable) -> ValueObject {
        var object = ValueObject()
        for key in table.keys {
            guard let value = table[key] else { continue }
            object[key] = convert(value)
        }
        return object
    }

    private static func convert(_ value: any TOMLValueConvertible) -> Value {
        switch value.type {
        case .table: value.table.map { .object(convert($0)) } ?? .null
        case .array: .array((value.array.map(Array.init) ?? []).map(convert))
        case .string: .string(value.string ?? "")
        case .int: .integer(Int64(value.int ?? 0))
        case .double: .float(value.double ?? .nan)
        case .bool: .bool(value.bool ?? false)
        default: .string(value.debugDescription)
        }
    }
}
