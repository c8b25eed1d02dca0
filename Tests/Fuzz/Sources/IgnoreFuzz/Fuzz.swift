import GitObjects
import GitWorktree

/// Takes any bytes as an ignore file's rules and a path: the first line is the path.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let split = input.firstIndex(of: 10) ?? input.count
    let path = GitPath(input[..<split].filter { $0 != 0 })
    var sources = IgnoreRules.Sources()
    sources.perDirectory = nil
    sources.patterns = input[split...].split(separator: 10).map { Array($0) }
    let rules = IgnoreRules(workTree: "/nonexistent", sources: sources, ignoringCase: count & 1 == 1)
    _ = rules.isIgnored(path, isDirectory: count & 2 == 2)
    _ = path.isSafe()
    _ = try? Pathspec([path.bytes], prefix: .root, root: Array("/top".utf8))
    return 0
}
