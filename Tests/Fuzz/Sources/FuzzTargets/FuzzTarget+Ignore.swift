import GitObjects
import GitWorktree
import SystemPackage

extension FuzzTarget {
    /// Takes any bytes as an ignore file's rules and a path: the first line is the path.
    static let ignore = FuzzTarget("Ignore") { input in
        let split = input.firstIndex(of: 10) ?? input.count
        let path = GitPath(input[..<split].filter { $0 != 0 })
        var sources = IgnoreRules.Sources()
        sources.perDirectory = nil
        sources.patterns = input[split...].split(separator: 10).map { Array($0) }
        let rules = IgnoreRules(workTree: "/nonexistent", sources: sources, ignoringCase: input.count & 1 == 1)
        _ = rules.isIgnored(path, isDirectory: input.count & 2 == 2)
        _ = path.isSafe()
        _ = try? Pathspec([path.bytes], prefix: .root, root: Array("/top".utf8))
    }
}
