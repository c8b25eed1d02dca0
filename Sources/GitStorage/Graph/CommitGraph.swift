internal import Bytes
internal import GitObjects
internal import SystemPackage

/// Commits' trees, parents, times and generations in one table: much faster to walk than the commits themselves.
public final class CommitGraph: Sendable {
    func position(of id: ObjectID) -> Int? { nil }
    func links(at position: Int) -> CommitLinks? { nil }
}

/// The commit-graph of a database, opened when it is first asked for.
struct GraphState {
    var isLoaded = false
    var graph: CommitGraph?
}

extension ObjectDatabase {
    /// The commit-graph, where there is one and it may be used.
    var commitGraph: CommitGraph? { nil }
}
