/// Sessions and questions whose output is known to differ from stock git's still. Each is run and compared all the same, and its
/// difference reported as a known issue; one that agrees is to be taken off the list. Documentation/Compatibility.md names
/// what differs.
public struct KnownDifferences: Sendable {
    private let beginnings: [String]

    /// The beginnings of the scripts that differ.
    public init(_ beginnings: [String]) { self.beginnings = beginnings }

    /// Whether a script is among them.
    public func contains(_ script: String) -> Bool { beginnings.contains { script.hasPrefix($0) } }
}
