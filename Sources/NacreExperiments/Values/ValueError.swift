/// A file of values that cannot be read or changed: which file, which line, what is wrong.
public struct ValueError: Error, Hashable, CustomStringConvertible {
    /// The file's name as the person knows it.
    public let source: String
    /// The line from 1, where it is known.
    public let line: Int?
    /// What is wrong and what to do.
    public let reason: String

    /// Makes an error.
    public init(_ source: String, line: Int? = nil, _ reason: String) {
        self.source = source
        self.line = line
        self.reason = reason
    }

    public var description: String {
        if let line { return "cannot use '\(source)', line \(line): \(reason)" }
        return "cannot use '\(source)': \(reason)"
    }
}
