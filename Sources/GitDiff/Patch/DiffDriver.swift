/// How the files of one kind are compared and shown: the `diff` attribute's value.
public struct DiffDriver: Sendable {
    /// The attribute's value.
    public var name: String
    /// Whether the files are binary whatever they hold; nil: judged by the content.
    public var isBinary: Bool?
    /// What names a function.
    public var naming: FunctionNaming?
    /// What a word is, for word diffs: an extended regular expression.
    public var wordExpression: [UInt8]?
    /// The algorithm that these files want.
    public var algorithm: LineDiffOptions.Algorithm?

    /// A driver that says nothing yet.
    public init(name: String) { self.name = name }
}
