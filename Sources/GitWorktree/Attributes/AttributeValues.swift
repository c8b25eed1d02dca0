/// What an attribute says of a path.
public enum AttributeValue: Sendable, Hashable {
    /// `name`.
    case set
    /// `-name`.
    case unset
    /// `name=value`.
    case value([UInt8])
}

/// The attributes of one path. One that is not there is unspecified.
public struct AttributeValues: Sendable, Hashable {
    /// Values by name.
    public var values: [String: AttributeValue] = [:]

    /// No attributes.
    public init() {}

    /// These attributes.
    public init(_ values: [String: AttributeValue]) { self.values = values }

    /// The value of an attribute, or nil where it is unspecified.
    public subscript(name: String) -> AttributeValue? { values[name] }

    /// The text of an attribute that has one: `lfs` for `filter=lfs`.
    public func text(_ name: String) -> String? {
        guard case .value(let bytes) = values[name] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the attribute is set.
    public func isSet(_ name: String) -> Bool { values[name] == .set }

    /// Whether the attribute is unset by `-name`.
    public func isUnset(_ name: String) -> Bool { values[name] == .unset }
}
