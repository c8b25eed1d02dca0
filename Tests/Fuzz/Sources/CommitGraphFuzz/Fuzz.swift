import Bytes
import GitObjects
import GitStorage

/// Opens any bytes as a commit-graph and looks at every commit.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let graph = try? CommitGraph(MappedFile(copying: input.span.bytes), algorithm: .sha1) else { return 0 }
    for position in 0..<min(graph.count, 1000) {
        _ = graph.links(at: position)
        _ = graph.generation(at: position)
        if let id = graph.id(at: position) { _ = graph.position(of: id) }
    }
    try? graph.verify()
    return 0
}
