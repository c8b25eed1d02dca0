internal import Yams

/// Reads YAML by version 1.2's rules over a YAML 1.1 parser: only the parser's structure is used, never its types.
///
/// Anchors, aliases and merge keys (`<<`) are followed. A key that stands twice is an error.
public struct YAMLReader {
    /// How many values a file may hold, aliases counted as often as they are used.
    public static let nodeLimit = 1_000_000
    /// How many lists and mappings may stand inside each other.
    public static let depthLimit = 200

    /// Where a value starts.
    public struct Position: Sendable, Hashable {
        /// The line, from 1.
        public let line: Int
        /// The column in Unicode scalars, from 1.
        public let column: Int
    }

    /// A file's value with the positions of its parts.
    public struct Document: Sendable {
        /// The value.
        public let value: Value
        /// Where each value starts; a value reached through an alias is where its anchor stands.
        public let positions: [ValuePath: Position]

        /// The line of a value, or of the nearest value above it.
        public func line(_ path: ValuePath) -> Int? {
            var path = path
            while true {
                if let position = positions[path] { return position.line }
                guard !path.components.isEmpty else { return nil }
                path.components.removeLast()
            }
        }
    }

    private let source: String
    private let keepsPositions: Bool
    private var positions: [ValuePath: Position] = [:]
    private var nodeCount = 0

    private init(source: String, keepsPositions: Bool) {
        self.source = source
        self.keepsPositions = keepsPositions
    }

    /// The value that a file with one document holds; an empty file is an empty mapping.
    public static func read(_ bytes: [UInt8], source: String) throws(ValueError) -> Value {
        try document(bytes, source: source, keepsPositions: false).value
    }

    /// The value that a file with one document holds, and where its parts stand.
    public static func document(
        _ bytes: [UInt8], source: String, keepsPositions: Bool = true
    ) throws(ValueError) -> Document {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ValueError(source, "it is not UTF-8") }
        let root: Node?
        do {
            root = try Parser(yaml: text, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw convert(error, source: source, text)
        } catch {
            throw ValueError(source, "it is not valid YAML")
        }
        var reader = YAMLReader(source: source, keepsPositions: keepsPositions)
        guard let root else { return Document(value: .object([:]), positions: [:]) }
        var value = try reader.convert(root, at: ValuePath(), depth: 0)
        if value == .null { value = .object([:]) }
        return Document(value: value, positions: reader.positions)
    }

    private static func convert(_ error: YamlError, source: String, _ text: String) -> ValueError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let hint = problem.contains("cannot start any token") ? " (YAML is indented with spaces, never tabs)" : ""
            return ValueError(source, line: mark.line, "not valid YAML: \(problem)\(hint)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            let line = keys.first.flatMap { repeated($0, after: context.mark, in: text) }
            return ValueError(
                source, line: line ?? context.mark.line, "the key \(names) stands twice; keep one of them")
        case .reader(let problem, _, _, _): return ValueError(source, "not valid YAML: \(problem)")
        default: return ValueError(source, "it is not valid YAML")
        }
    }

    /// The line of a mapping in which a key stands for the second time; nil where it is not written as a block.
    private static func repeated(_ key: String, after mark: Mark, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let indent = String(repeating: " ", count: mark.column - 1)
        let starts = [key, "\"\(key)\"", "'\(key)'"].map { indent + $0 + ":" }
        // The mapping itself may begin behind a dash: its first key stands in its line.
        let found = lines.indices.dropFirst(mark.line).filter { index in starts.contains { lines[index].hasPrefix($0) }
        }
        let isFirst =
            lines.indices.contains(mark.line - 1) && lines[mark.line - 1].dropFirst(indent.count).hasPrefix(key)
        return found.dropFirst(isFirst ? 0 : 1).first.map { $0 + 1 }
    }

    private mutating func convert(_ node: Node, at path: ValuePath, depth: Int) throws(ValueError) -> Value {
        nodeCount += 1
        guard nodeCount <= Self.nodeLimit else {
            throw ValueError(source, "more than \(Self.nodeLimit) values, aliases followed")
        }
        guard depth <= Self.depthLimit else {
            throw ValueError(source, line: node.mark?.line, "more than \(Self.depthLimit) levels of nesting")
        }
        if keepsPositions, let mark = node.mark {
            positions[path] = Position(line: mark.line, column: mark.column)
        }
        switch node {
        case .scalar(let scalar): return convert(scalar)
        case .sequence(let sequence):
            var values: [Value] = []
            for (index, item) in sequence.enumerated() {
                let inner = keepsPositions ? path.appending(.index(index)) : path
                values.append(try convert(item, at: inner, depth: depth + 1))
            }
            return .array(values)
        case .mapping(let mapping): return try convert(mapping, at: path, depth: depth)
        case .alias: throw ValueError(source, line: node.mark?.line, "an alias has no anchor")
        }
    }

    private func convert(_ scalar: Node.Scalar) -> Value {
        let tag = scalar.tag.description
        if tag == "tag:yaml.org,2002:str" || (scalar.style != .plain && tag.isEmpty) { return .string(scalar.string) }
        if scalar.style != .plain, tag == "!" { return .string(scalar.string) }
        let value = YAMLScalar.resolve(scalar.string)
        if tag == "tag:yaml.org,2002:float", let number = value.number { return .float(number) }
        return value
    }

    private mutating func convert(
        _ mapping: Node.Mapping, at path: ValuePath, depth: Int
    ) throws(ValueError) -> Value {
        var object = ValueObject()
        var merged: [Value] = []
        for (keyNode, valueNode) in mapping {
            guard case .scalar(let scalar) = keyNode else {
                throw ValueError(source, line: keyNode.mark?.line, "a key must be text, not a list or mapping")
            }
            if scalar.string == "<<", scalar.style == .plain {
                // Positions of merged values are their anchor's, where they cannot be edited for one user alone.
                var inner = YAMLReader(source: source, keepsPositions: false)
                inner.nodeCount = nodeCount
                merged.append(try inner.convert(valueNode, at: path, depth: depth + 1))
                nodeCount = inner.nodeCount
                continue
            }
            let key = convert(scalar).text
            guard object[key] == nil else {
                throw ValueError(source, line: keyNode.mark?.line, "the key '\(key)' stands twice; keep one of them")
            }
            let inner = keepsPositions ? path.appending(.key(key)) : path
            object[key] = try convert(valueNode, at: inner, depth: depth + 1)
        }
        for value in merged { try merge(value, into: &object, line: mapping.mark?.line) }
        return .object(object)
    }

    private func merge(_ value: Value, into object: inout ValueObject, line: Int?) throws(ValueError) {
        switch value {
        case .object(let other):
            for entry in other.entries where object[entry.key] == nil { object[entry.key] = entry.value }
        case .array(let values):
            for value in values { try merge(value, into: &object, line: line) }
        default: throw ValueError(source, line: line, "'<<' must name a mapping or a list of mappings")
        }
    }
}
