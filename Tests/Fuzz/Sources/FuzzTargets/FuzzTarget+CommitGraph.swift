import Bytes
import GitObjects
import GitStorage

extension FuzzTarget {
    /// Opens any bytes as a commit-graph and looks at every commit.
    static let commitGraph = FuzzTarget("CommitGraph") { input in
        guard let graph = try? CommitGraph(MappedFile(copying: input.span.bytes), algorithm: .sha1) else { return }
        for position in 0..<min(graph.count, 1000) {
            _ = graph.links(at: position)
            _ = graph.generation(at: position)
            if let id = graph.id(at: position) { _ = graph.position(of: id) }
        }
        try? graph.verify()
    }
}
