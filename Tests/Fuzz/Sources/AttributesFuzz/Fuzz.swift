import GitObjects
import GitWorktree

/// Takes any bytes as an attributes file and a path: the first line is the path.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let split = input.firstIndex(of: 10) ?? input.count
    let path = GitPath(input[..<split].filter { $0 != 0 })
    let content = Array(input[split...])
    let rules = AttributeRules(ignoringCase: count & 1 == 1) { name in name.parent == .root ? content : nil }
    _ = rules.attributes(of: path)
    return 0
}
