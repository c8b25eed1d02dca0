public import Bytes
internal import Synchronization
public import SystemPackage

/// The large files of one repository: content goes in by file and comes out by SHA-256.
public final class LargeFileStore: Sendable {
    /// A file on its way in.
    public struct NewFile: Sendable {
        /// The file.
        public let path: FilePath
        /// The content that the path held before, which deltas are made against.
        public let previous: Hash256?

        /// Makes a description of a file.
        public init(path: FilePath, previous: Hash256?) {
            self.path = path
            self.previous = previous
        }
    }

    /// A file on its way out.
    public struct Destination: Sendable {
        /// The content.
        public let oid: Hash256
        /// The file to be written; its directory stands.
        public let path: FilePath
        /// Permission bits before the umask.
        public let permissions: UInt32
        /// The content of the file that stands there, where that is known.
        public let replaced: Hash256?

        /// Makes a destination.
        public init(oid: Hash256, path: FilePath, permissions: UInt32, replaced: Hash256?) {
            self.oid = oid
            self.path = path
            self.permissions = permissions
            self.replaced = replaced
        }
    }

    /// What became of a ``Destination``.
    public enum Outcome: Sendable {
        /// The file stands.
        case written
        /// Neither the store nor git-lfs' has the content.
        case missing
        /// It could not be written.
        case failed(ChunkStoreError)
    }

    /// The chunks and manifests.
    public let chunks: ChunkStore
    /// git-lfs' own store, read where ours lacks something.
    public let lfsObjects: FilePath
    private let workers: Int
    /// What a test is told of each step that touches the disk.
    let probe: ChunkWriter.Probe?

    /// Files up to this size are taken whole by one worker each.
    private static let smallFile = 4 << 20

    /// The store of a repository.
    ///
    /// - Parameter commonDirectory: the `.git` that all worktrees share.
    public convenience init(commonDirectory: FilePath, workers: Int? = nil) {
        self.init(commonDirectory: commonDirectory, workers: workers, probe: nil)
    }

    init(commonDirectory: FilePath, workers: Int?, probe: ChunkWriter.Probe?) {
        chunks = ChunkStore(commonDirectory.appending("nacre").appending("chunks"))
        lfsObjects = commonDirectory.appending("lfs").appending("objects")
        self.workers = max(1, workers ?? Workers.processorCount)
        self.probe = probe
    }

    /// Where git-lfs keeps content.
    func lfsPath(_ oid: Hash256) -> FilePath {
        let hex = oid.hex
        return lfsObjects.appending(String(hex.prefix(2))).appending(String(hex.dropFirst(2).prefix(2))).appending(hex)
    }

    /// Whether content is at hand, in our store or in git-lfs'.
    public func contains(_ oid: Hash256) throws(ChunkStoreError) -> Bool {
        if try chunks.contains(content: oid) { return true }
        let path = lfsPath(oid)
        return try onFiles { () throws(FileError) in try FileStatus.of(path)?.kind == .regular }
    }

    // MARK: In

    /// The pointers of files, whose content is not kept.
    public func pointers(_ paths: [FilePath]) throws(ChunkStoreError) -> [Pointer] {
        let results = Results<Pointer?>(paths.count, nil)
        try Workers.forEach(paths.count, workers: workers) { (_, index) throws(ChunkStoreError) in
            results[index] = try FileIngest.pointer(paths[index])
        }
        return results.all.compactMap { $0 }
    }

    /// What a file consists of: chunks, hashes and tensors, found in one pass on all cores. Nothing is stored.
    public static func manifest(of file: FilePath) throws(ChunkStoreError) -> Manifest {
        try FileSurvey.manifest(try onFiles { () throws(FileError) in try InputFile(file) })
    }

    /// Takes files in. When this returns, their content stands on the disk.
    ///
    /// - Parameter progress: told how many bytes more are done.
    /// - Returns: the manifest of each, in order.
    public func add(
        _ files: [NewFile], progress: (@Sendable (Int) -> Void)? = nil
    ) throws(ChunkStoreError) -> [Manifest] {
        let results = Results<Manifest?>(files.count, nil)
        var sizes: [Int] = []
        for file in files {
            sizes.append(try onFiles { () throws(FileError) in Int(try FileStatus.of(file.path)?.size ?? 0) })
        }
        let writer = chunks.beginWriting(probe: probe)
        let coders = try UncheckedCoders.make(workers)
        let similar = SimilarContent(chunks)
        let small = files.indices.filter { sizes[$0] <= Self.smallFile }
        try Workers.forEach(small.count, workers: workers) { (worker, item) throws(ChunkStoreError) in
            let index = small[item]
            results[index] = try ingest(files[index], writer, [coders.all[worker]], similar, progress)
        }
        for index in files.indices where sizes[index] > Self.smallFile {
            results[index] = try ingest(files[index], writer, coders.all, similar, progress)
        }
        try writer.finish()
        return results.all.compactMap { $0 }
    }

    private func ingest(
        _ file: NewFile, _ writer: ChunkWriter, _ coders: [ChunkCoder], _ similar: SimilarContent,
        _ progress: (@Sendable (Int) -> Void)?
    ) throws(ChunkStoreError) -> Manifest {
        // An earlier version that cannot be read only costs space.
        let earlier = file.previous.flatMap { (try? chunks.manifest($0)) ?? nil } ?? similar.find(file.path)
        let ingest = FileIngest(
            path: file.path, store: chunks, writer: writer, coders: coders, earlier: earlier, progress: progress)
        return try ingest.run()
    }

    // MARK: Out

    /// Writes files: each to a temporary file in the git directory, verified and renamed.
    ///
    /// - Returns: for each, in order, what became of it.
    public func write(
        _ destinations: [Destination], progress: (@Sendable (Int) -> Void)? = nil
    ) throws(ChunkStoreError) -> [Outcome] {
        let results = Results<Outcome>(destinations.count, .missing)
        let coders = try UncheckedCoders.make(workers)
        let manifests = Results<Manifest?>(destinations.count, nil)
        Workers.forEach(destinations.count, workers: workers) { (worker, index) throws(Never) in
            do throws(ChunkStoreError) {
                let destination = destinations[index]
                guard let manifest = try chunks.manifest(destination.oid) else {
                    results[index] = try copyFromLFS(destination) ? .written : .missing
                    return
                }
                if manifest.size > Self.smallFile {
                    manifests[index] = manifest
                } else {
                    try restore(destination, manifest, UncheckedCoders([coders.all[worker]]), progress)
                    results[index] = .written
                }
            } catch {
                results[index] = .failed(error)
            }
        }
        for (index, manifest) in manifests.all.enumerated() {
            guard let manifest else { continue }
            do throws(ChunkStoreError) {
                try restore(destinations[index], manifest, coders, progress)
                results[index] = .written
            } catch {
                results[index] = .failed(error)
            }
        }
        return results.all
    }

    private func restore(
        _ destination: Destination, _ manifest: Manifest, _ coders: UncheckedCoders,
        _ progress: (@Sendable (Int) -> Void)?
    ) throws(ChunkStoreError) {
        let replaced = destination.replaced.flatMap { (try? chunks.manifest($0)) ?? nil }
        let existing = replaced.map { (path: destination.path, manifest: $0) }
        let restore = FileRestore(
            manifest: manifest, store: chunks, coders: coders, existing: existing, progress: progress)
        try restore.write(to: destination.path, permissions: destination.permissions)
    }

    /// Hands content to `sink` in order, verified: a mismatch is thrown after the last byte.
    public func read(
        _ oid: Hash256, _ sink: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(ChunkStoreError) {
        guard let manifest = try chunks.manifest(oid) else {
            guard try readFromLFS(oid, sink) else { throw .missingContent(oid) }
            return
        }
        let restore = FileRestore(
            manifest: manifest, store: chunks, coders: try UncheckedCoders.make(workers), existing: nil)
        guard try restore.fill(nil, nil, sink) == oid else { throw .damagedManifest(oid, offset: 1) }
    }

    private func copyFromLFS(_ destination: Destination) throws(ChunkStoreError) -> Bool {
        let oid = destination.oid
        guard try onFiles({ () throws(FileError) in try FileStatus.of(lfsPath(oid)) }) != nil else { return false }
        let place = chunks.restorePlace
        var file = try onFiles { () throws(FileError) in
            try RestoreFile(for: destination.path, in: place, permissions: destination.permissions)
        }
        guard
            try readFromLFS(oid, { (bytes) throws(FileError) in try file.write(bytes, for: destination.path) })
        else { return false }
        do throws(FileError) {
            if try file.finish(as: destination.path) { return true }
        } catch {
            throw .file(error)
        }
        return try copyFromLFS(destination)
    }

    /// Hands on the content that git-lfs keeps; false where it has none.
    private func readFromLFS(
        _ oid: Hash256, _ sink: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(ChunkStoreError) -> Bool {
        let path = lfsPath(oid)
        guard try onFiles({ () throws(FileError) in try FileStatus.of(path) })?.kind == .regular else { return false }
        let file = try onFiles { () throws(FileError) in try InputFile(path) }
        let scratch = ScratchBuffer(1 << 20)
        let digest = FileDigest()
        var offset = 0
        while true {
            let position = offset
            let count = try onFiles { () throws(FileError) in try file.read(into: scratch.buffer, at: position) }
            if count == 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: scratch.buffer[..<count])
            digest.update(bytes)
            try onFiles { () throws(FileError) in try sink(bytes) }
            offset += count
        }
        guard digest.finish() == oid else { throw .damagedManifest(oid, offset: 0) }
        return true
    }
}

/// A place for each item of a parallel loop.
///
/// Unchecked: each place is written by the one worker that has its item, and read when all are done.
final class Results<Element>: @unchecked Sendable {
    private let places: UnsafeMutableBufferPointer<Element>

    init(_ count: Int, _ initial: Element) {
        places = .allocate(capacity: count)
        places.initialize(repeating: initial)
    }

    deinit {
        places.deinitialize()
        places.deallocate()
    }

    subscript(index: Int) -> Element {
        get { places[index] }
        set { places[index] = newValue }
    }

    var all: [Element] { Array(places) }
}
