/// The way to a value inside a tree: `model.layers[0].units`.
public struct ValuePath: Sendable, Hashable, CustomStringConvertible {
    /// One step.
    public enum Component: Sendable, Hashable {
        /// A key of a mapping.
        case key(String)
        /// A place in a list, from 0.
        case index(Int)
    }

    /// The steps from the top.
    public var components: [Component]

    /// Makes a path.
    public init(_ components: [Component] = []) { self.components = components }

    /// Reads a path; nil where it is empty or a bracket is not closed around a number.
    public init?(parsing text: some StringProtocol) {
        var components: [Component] = []
        var key: [UInt8] = []
        var hasKey = false
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "."):
                guard hasKey || !components.isEmpty else { return nil }
                if hasKey { components.append(.key(String(decoding: key, as: UTF8.self))) }
                key = []
                hasKey = false
                guard position < bytes.count else { return nil }
            case UInt8(ascii: "["):
                guard let close = bytes[position...].firstIndex(of: UInt8(ascii: "]")),
                    hasKey || !components.isEmpty
                else { return nil }
                if hasKey { components.append(.key(String(decoding: key, as: UTF8.self))) }
                key = []
                hasKey = false
                let inner = String(decoding: bytes[position..<close], as: UTF8.self)
                if let index = Int(inner), index >= 0 {
                    components.append(.index(index))
                } else {
                    components.append(.key(inner))
                }
                position = close + 1
            default:
                key.append(byte)
                hasKey = true
            }
        }
        if hasKey { components.append(.key(String(decoding: key, as: UTF8.self))) }
        guard !components.isEmpty else { return nil }
        self.components = components
    }

    /// The path one step further.
    public func appending(_ component: Component) -> ValuePath { ValuePath(components + [component]) }

    public var description: String {
        var text = ""
        for component in components {
            switch component {
            case .key(let key): text += text.isEmpty ? key : "." + key
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

extension Value {
    /// The value at a path; nil where there is none. A numeric step into a list is a place, into a mapping a key.
    public subscript(path: ValuePath) -> Value? {
        var value = self
        for component in path.components {
            switch (component, value) {
            case (.key(let key), .object(let object)):
                guard let next = object[key] else { return nil }
                value = next
            case (.key(let key), .array(let values)):
                guard let index = Int(key), values.indices.contains(index) else { return nil }
                value = values[index]
            case (.index(let index), .array(let values)):
                guard values.indices.contains(index) else { return nil }
                value = values[index]
            case (.index(let index), .object(let object)):
                guard let next = object[String(index)] else { return nil }
                value = next
            default: return nil
            }
        }
        return value
    }

    /// The same tree with the value at a path replaced; mappings on the way are made where they are missing.
    ///
    /// - Returns: nil where a step goes through something that is no mapping, or past the end of a list.
    public func setting(_ path: ValuePath, to newValue: Value) -> Value? {
        guard let first = path.components.first else { return newValue }
        let rest = ValuePath(Array(path.components.dropFirst()))
        switch (self, first) {
        case (.object(var object), .key(let key)):
            guard let inner = (object[key] ?? .object([:])).setting(rest, to: newValue) else { return nil }
            object[key] = inner
            return .object(object)
        case (.array(var values), .index(let index)):
            guard values.indices.contains(index), let inner = values[index].setting(rest, to: newValue) else {
                return nil
            }
            values[index] = inner
            return .array(values)
        default: return nil
        }
    }

    /// Every value that holds no other, with its dotted key, in order: `{"a": {"b": 1}}` is `a.b` = 1. Lists count as
    /// one value, as DVC counts them.
    public var flattened: [(key: String, value: Value)] {
        var result: [(key: String, value: Value)] = []
        flatten(prefix: "", into: &result)
        return result
    }

    private func flatten(prefix: String, into result: inout [(key: String, value: Value)]) {
        switch self {
        case .object(let object) where !object.isEmpty || prefix.isEmpty:
            for entry in object.entries {
                entry.value.flatten(prefix: prefix.isEmpty ? entry.key : prefix + "." + entry.key, into: &result)
            }
        default: result.append((prefix, self))
        }
    }
}
