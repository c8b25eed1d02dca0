import GitObjects
import GitWorktree

extension FuzzTarget {
    /// Takes any bytes as an attributes file and a path: the first line is the path.
    static let attributes = FuzzTarget("Attributes") { input in
        let split = input.firstIndex(of: 10) ?? input.count
        let path = GitPath(input[..<split].filter { $0 != 0 })
        let content = Array(input[split...])
        let rules = AttributeRules(ignoringCase: input.count & 1 == 1) { name in name.parent == .root ? content : nil }
        _ = rules.attributes(of: path)
    }
}
