internal import Bytes
internal import GitObjects
internal import GitStorage
internal import Synchronization
internal import SystemPackage

/// Which objects a pack is to hold.
struct PackSelection {
    /// What is asked for, with everything behind it …
    var wants: [ObjectID]
    /// … but not what the other side has.
    var haves: [ObjectID]
    /// Commits that have no parents for this walk.
    var cut: Set<ObjectID> = []
    /// What is left out besides.
    var filter: FilterSpec?
    /// Whether deltas may build on objects that the other side has.
    var isThin = false
    /// Whether deltas may name their base by its offset.
    var usesOffsets = true
    /// Annotated tags that go with what they lead to.
    var tags: [(tag: ObjectID, target: ObjectID)] = []

    /// Is called every now and then while objects are counted.
    var onStep: () -> Void = {}
    /// Is told how far packing is.
    var observer: (@Sendable (PackBuilder.Progress) -> Void)?

    /// Writes the pack.
    ///
    /// - Throws: ``StorageError``, and what the closures throw.
    func write(
        _ objects: ObjectDatabase, workers: Int?, progress: (String) throws -> Void, to sink: @escaping ByteSink
    ) throws {
        var options = PackBuilder.Options()
        options.usesOffsetDeltas = usesOffsets
        options.isThin = isThin
        options.workers = workers
        let compressed = CompressedCount()
        let observer = observer
        options.progress = { event in
            observer?(event)
            if case .compressing(_, let total) = event { compressed.value.withLock { $0 = total } }
        }
        var builder = PackBuilder(objects, options: options)
        try add(to: &builder, objects)
        let count = builder.count
        try progress("Enumerating objects: \(count), done.\n")
        if count > 0 { try progress("Counting objects: 100% (\(count)/\(count)), done.\n") }
        let outlet = Outlet(sink)
        let outcome: PackBuilder.Outcome
        do {
            outcome = try builder.write { bytes throws(StorageError) in try outlet.take(bytes) }
            try outlet.flush()
        } catch {
            throw outlet.failure ?? error
        }
        let total = compressed.value.withLock { $0 }
        if total > 0 { try progress("Compressing objects: 100% (\(total)/\(total)), done.\n") }
        try progress(
            "Total \(count) (delta \(outcome.deltaCount)), reused \(outcome.reused) (delta \(outcome.reusedDeltas)), "
                + "pack-reused 0\n")
    }

    private func add(to builder: inout PackBuilder, _ objects: ObjectDatabase) throws(StorageError) {
        var walk = ReachableObjects(objects, cut: cut, filter: filter)
        walk.onStep = onStep
        try walk.exclude(haves)
        try walk.include(wants)
        for (tag, target) in tags where walk.isIncluded(target) { try walk.include([tag]) }
        for object in walk.found { builder.add(object.id, kind: object.kind, path: object.path) }
        guard isThin else { return }
        for base in try walk.bases() { builder.addBase(base.id, path: base.path) }
    }
}

/// How many objects were searched for deltas, told from the threads that search.
private final class CompressedCount: Sendable {
    let value = Mutex(0)
}

/// Gathers a pack's bytes into pieces worth sending, and keeps the error of whoever takes them: the pack builder's own
/// type of error has no room for it.
private final class Outlet {
    private let sink: ByteSink
    private var pending: [UInt8] = []
    private(set) var failure: (any Error)?

    init(_ sink: @escaping ByteSink) { self.sink = sink }

    func take(_ bytes: RawSpan) throws(StorageError) {
        unsafe bytes.withUnsafeBytes { pending.append(contentsOf: $0) }
        guard pending.count >= 1 << 17 else { return }
        do {
            try flush()
        } catch {
            failure = error
            throw .file(FileError("write", "the pack"))
        }
    }

    func flush() throws {
        guard !pending.isEmpty else { return }
        defer { pending.removeAll(keepingCapacity: true) }
        try sink(pending)
    }
}
