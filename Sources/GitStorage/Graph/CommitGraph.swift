public import Bytes
public import GitObjects
internal import Synchronization
public import SystemPackage

/// Commits' trees, parents, times and generations in tables: walking them costs a few loads a commit instead of reading and
/// inflating it. One file, or a chain of files of which each builds on those below it.
///
/// <https://git-scm.com/docs/gitformat-commit-graph>
public final class CommitGraph: Sendable {
    private let layers: [CommitGraphLayer]
    /// How many commits it knows.
    public let count: Int
    /// Whether every layer has corrected commit dates (generation numbers v2).
    public let hasCorrectedDates: Bool

    /// Opens the graph of an objects directory: `info/commit-graph`, or the chain below `info/commit-graphs`.
    ///
    /// - Returns: nil where there is none.
    /// - Throws: ``StorageError/table(_:_:)`` where a file is damaged.
    public static func open(
        objectsDirectory: FilePath, algorithm: HashAlgorithm
    ) throws(StorageError) -> CommitGraph? {
        let single = objectsDirectory.appending("info/commit-graph")
        let hasSingle: Bool
        do { hasSingle = try FileStatus.of(single) != nil } catch { throw .file(error) }
        if hasSingle { return try CommitGraph([layer(single, algorithm, base: 0)]) }
        let folder = objectsDirectory.appending("info/commit-graphs")
        let chain: [UInt8]?
        do { chain = try Files.readIfPresent(folder.appending("commit-graph-chain"), limit: 1 << 20) } catch {
            throw .file(error)
        }
        guard let chain else { return nil }
        var layers: [CommitGraphLayer] = []
        var base = 0
        for line in chain.split(separator: UInt8(ascii: "\n")) {
            guard ObjectID(hex: line, algorithm: algorithm) != nil else {
                throw .table(folder.appending("commit-graph-chain"), .badHeader)
            }
            let name = "graph-\(String(decoding: line, as: UTF8.self)).graph"
            let next = try layer(folder.appending(name), algorithm, base: base)
            guard next.baseCount == layers.count else { throw .table(folder.appending(name), .badHeader) }
            base += next.count
            layers.append(next)
        }
        return layers.isEmpty ? nil : CommitGraph(layers)
    }

    private static func layer(
        _ path: FilePath, _ algorithm: HashAlgorithm, base: Int
    ) throws(StorageError) -> CommitGraphLayer {
        let file: MappedFile
        do { file = try MappedFile(path) } catch { throw .file(error) }
        do throws(TableError) {
            return try CommitGraphLayer(file, algorithm: algorithm, base: base)
        } catch {
            throw .table(path, error)
        }
    }

    private init(_ layers: [CommitGraphLayer]) {
        self.layers = layers
        count = layers.reduce(0) { $0 + $1.count }
        hasCorrectedDates = layers.allSatisfy(\.hasCorrectedDates)
    }

    /// Reads a graph of one file from mapped or copied bytes.
    public convenience init(_ file: MappedFile, algorithm: HashAlgorithm) throws(TableError) {
        self.init([try CommitGraphLayer(file, algorithm: algorithm, base: 0)])
    }

    /// The position of a commit, or nil.
    public func position(of id: ObjectID) -> Int? {
        for layer in layers.reversed() {
            if let position = layer.position(of: id) { return layer.base + position }
        }
        return nil
    }

    @inline(__always)
    private func locate(_ position: Int) -> (CommitGraphLayer, Int)? {
        if layers.count == 1 { return position >= 0 && position < count ? (layers[0], position) : nil }
        for layer in layers.reversed() where position >= layer.base {
            return position - layer.base < layer.count ? (layer, position - layer.base) : nil
        }
        return nil
    }

    /// The commit at a position; nil outside.
    public func id(at position: Int) -> ObjectID? {
        guard let (layer, local) = locate(position) else { return nil }
        return layer.id(at: local)
    }

    /// The tree of the commit at a position.
    public func tree(at position: Int) -> ObjectID? {
        guard let (layer, local) = locate(position) else { return nil }
        return layer.tree(at: local)
    }

    /// The committer's time of the commit at a position.
    public func time(at position: Int) -> Int64? {
        guard let (layer, local) = locate(position) else { return nil }
        return layer.time(at: local)
    }

    /// The corrected commit date of the commit at a position: greater than that of every ancestor; nil where the graph has
    /// none.
    public func generation(at position: Int) -> UInt64? {
        guard hasCorrectedDates, let (layer, local) = locate(position) else { return nil }
        return layer.correctedDate(at: local)
    }

    /// The topological level of the commit at a position: one more than the highest of its parents.
    public func level(at position: Int) -> UInt32? {
        guard let (layer, local) = locate(position) else { return nil }
        return layer.level(at: local)
    }

    /// Hands over the positions of the parents in order.
    ///
    /// - Returns: false where the file is damaged; the commit itself has to be asked then.
    public func forEachParent(at position: Int, _ body: (Int) -> Void) -> Bool {
        guard let (layer, local) = locate(position) else { return false }
        return layer.forEachParent(at: local, limit: layer.base + layer.count, body)
    }

    /// Everything about the commit at a position; nil where the file is damaged.
    public func links(at position: Int) -> CommitLinks? {
        guard let (layer, local) = locate(position) else { return nil }
        var parents: [ObjectID] = []
        var isWhole = true
        let isRead = layer.forEachParent(at: local, limit: layer.base + layer.count) { parent in
            if let id = self.id(at: parent) { parents.append(id) } else { isWhole = false }
        }
        guard isRead, isWhole else { return nil }
        return CommitLinks(
            tree: layer.tree(at: local), parents: parents, time: layer.time(at: local),
            generation: hasCorrectedDates ? layer.correctedDate(at: local) : nil)
    }

    /// Reads all checksums and tables.
    public func verify() throws(TableError) {
        for layer in layers { try layer.verify() }
    }
}

/// The commit-graph of a database, opened when it is first asked for.
struct GraphState {
    var isLoaded = false
    var graph: CommitGraph?
}

extension ObjectDatabase {
    /// The commit-graph, where there is one and ``Options/usesCommitGraph`` lets it be used. A damaged one is as none: fsck
    /// speaks of it.
    public var commitGraph: CommitGraph? {
        graph.withLock { state in
            if !state.isLoaded {
                state.isLoaded = true
                if options.usesCommitGraph {
                    state.graph = (try? CommitGraph.open(objectsDirectory: directory, algorithm: algorithm)) ?? nil
                }
            }
            return state.graph
        }
    }

    /// Forgets the commit-graph, so that a new one is seen.
    func reloadCommitGraph() { graph.withLock { $0 = GraphState() } }
}
