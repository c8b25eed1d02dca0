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
        let outlet = Outlet(sink)
        func announce(_ count: Int) throws {
            try progress("Enumerating objects: \(count), done.\n")
            if count > 0 { try progress("Counting objects: 100% (\(count)/\(count)), done.\n") }
        }
        let outcome: PackBuilder.Outcome
        do {
            if let selection = try selectByBitmaps(objects) {
                try announce(selection.count)
                outcome = try PackBuilder(objects, options: options).write(reusing: selection) {
                    bytes throws(StorageError) in try outlet.take(bytes)
                }
            } else {
                var builder = PackBuilder(objects, options: options)
                try add(to: &builder, objects)
                try announce(builder.count)
                outcome = try builder.write { bytes throws(StorageError) in try outlet.take(bytes) }
            }
            try outlet.flush()
        } catch {
            throw outlet.failure ?? error
        }
        let total = compressed.value.withLock { $0 }
        if total > 0 { try progress("Compressing objects: 100% (\(total)/\(total)), done.\n") }
        try progress(
            "Total \(outcome.objectCount) (delta \(outcome.deltaCount)), reused \(outcome.reused) "
                + "(delta \(outcome.reusedDeltas)), pack-reused \(outcome.copied)\n")
    }

    /// What a clone of everything asks for, by the bitmaps of a pack; nil where there are none, or something is to be left
    /// out: then what is sent is small, or has to be looked at one by one.
    private func selectByBitmaps(_ objects: ObjectDatabase) throws(StorageError) -> BitmapSelection? {
        guard haves.isEmpty, cut.isEmpty, filter == nil, usesOffsets else { return nil }
        guard var selection = try BitmapSelection.reachable(from: wants, objects) else { return nil }
        for (tag, target) in tags where try selection.contains(target) { try selection.insert(tag, .tag) }
        return selection
    }

    private func add(to builder: inout PackBuilder, _ objects: ObjectDatabase) throws(StorageError) {
        guard filter == nil else { return try addFiltered(to: &builder, objects) }
        var options = ObjectWalk.Options()
        options.checksBlobs = true
        options.shallow = cut
        var walk = ObjectWalk(objects, options: options)
        var excluded = haves.filter { objects.contains($0) }
        if !cut.isEmpty {
            // Where the history is cut, the receiver has trees that no commit just outside of the walk leads to.
            for have in excluded {
                let (id, kind) = try objects.peelTags(have)
                if kind == .commit { excluded.append(try objects.links(id).tree) }
            }
        }
        var found = builder
        var hashes: Set<UInt32> = []
        var steps = 0
        try walk.walk(include: wants, exclude: excluded) { id, kind, path throws(StorageError) in
            let hash = PackNameHash.of(path)
            found.add(id, kind: kind, nameHash: hash)
            if isThin { hashes.insert(hash) }
            steps += 1
            if steps % 1024 == 0 { onStep() }
        }
        for (tag, target) in tags where found.contains(target) { found.add(tag, kind: .tag, path: []) }
        if isThin { try addBases(to: &found, walk.edges, hashes, objects) }
        builder = found
    }

    /// How many commits just outside are looked into for what deltas may build on.
    private static let edgeLimit = 16

    /// Names what stands, in the commits just outside, where something new stands too.
    private func addBases(
        to builder: inout PackBuilder, _ edges: [ObjectID], _ hashes: Set<UInt32>, _ objects: ObjectDatabase
    ) throws(StorageError) {
        var seen: Set<ObjectID> = []
        for edge in edges where seen.count < Self.edgeLimit && seen.insert(edge).inserted && objects.contains(edge) {
            var stack: [(id: ObjectID, path: [UInt8])] = [(try objects.links(edge).tree, [])]
            while let (id, path) = stack.popLast() {
                guard objects.contains(id) else { continue }
                builder.addBase(id, path: path)
                for entry in try objects.tree(id).entries {
                    let inner = path.isEmpty ? Array(entry.name) : path + [UInt8(ascii: "/")] + entry.name
                    guard hashes.contains(PackNameHash.of(inner)), !builder.contains(entry.id) else { continue }
                    if entry.mode == .tree {
                        stack.append((entry.id, inner))
                    } else if entry.mode.isBlob, objects.contains(entry.id) {
                        builder.addBase(entry.id, path: inner)
                    }
                }
            }
        }
    }

    private func addFiltered(to builder: inout PackBuilder, _ objects: ObjectDatabase) throws(StorageError) {
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
