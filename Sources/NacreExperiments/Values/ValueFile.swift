/// The formats of parameter and metric files, told by the file's name.
public enum ValueFile: Sendable, Hashable {
    /// `.json`.
    case json
    /// `.yaml` and `.yml`.
    case yaml
    /// `.toml`.
    case toml

    /// The format of a file of that name; nil for others.
    public init?(name: some StringProtocol) {
        let lower = name.lowercased()
        if lower.hasSuffix(".json") {
            self = .json
        } else if lower.hasSuffix(".yaml") || lower.hasSuffix(".yml") || lower.hasSuffix(".lock")
            || lower.hasSuffix(".dvc")
        {
            self = .yaml
        } else if lower.hasSuffix(".toml") {
            self = .toml
        } else {
            return nil
        }
    }

    /// Reads a file of values.
    ///
    /// - Throws: ``ValueError`` also where the name tells no format.
    public static func read(_ bytes: [UInt8], name: String) throws(ValueError) -> Value {
        switch ValueFile(name: name) {
        case .json: return try JSONReader.read(bytes, source: name)
        case .yaml: return try YAMLReader.read(bytes, source: name)
        case .toml: return try TOMLReader.read(bytes, source: name)
        case nil:
            throw ValueError(name, "a file of values must be named .yaml, .yml, .json or .toml")
        }
    }

    /// The file's bytes with one value replaced in place.
    ///
    /// - Throws: ``ValueError`` where the file has no such value, or it cannot be replaced without touching others.
    public static func setting(
        _ path: ValuePath, to newValue: Value, in bytes: [UInt8], name: String
    ) throws(ValueError) -> [UInt8] {
        switch ValueFile(name: name) {
        case .toml: try TOMLEditor.setting(path, to: newValue, in: bytes, source: name)
        // JSON is YAML, with JSON's text for the value.
        case .json: try JSONEditor.setting(path, to: newValue, in: bytes, source: name)
        default: try YAMLEditor.setting(path, to: newValue, in: bytes, source: name)
        }
    }

    /// What a person typed for a value, as YAML reads it on one line: `0.1` a number, `[1, 2]` a list, `abc` text.
    public static func parse(_ text: String, source: String) throws(ValueError) -> Value {
        guard let first = text.utf8.first, "[{\"'".utf8.contains(first) else { return YAMLScalar.resolve(text) }
        let value = try YAMLReader.read(Array("value: \(text)\n".utf8), source: source)
        return value.object?["value"] ?? .null
    }
}
