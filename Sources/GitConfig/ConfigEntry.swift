/// One setting as it was read.
public struct ConfigEntry: Sendable, Hashable {
    /// The key in its canonical form: section and name in lower case, the subsection as written.
    public let key: ConfigKey
    /// The value without quotes and escapes; nil where the line holds only the name (which means "true").
    public let value: [UInt8]?
    /// Where it was read.
    public let origin: ConfigOrigin

    /// Makes an entry.
    public init(key: ConfigKey, value: [UInt8]?, origin: ConfigOrigin) {
        self.key = key
        self.value = value
        self.origin = origin
    }

    /// The value as text; the empty string where there is none.
    public var text: String { String(decoding: value ?? [], as: UTF8.self) }
}
