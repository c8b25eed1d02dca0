public import Bytes
internal import GitConfig
public import GitObjects
public import GitRepository
internal import GitStorage
public import GitWorktree
internal import Synchronization
internal import SystemPackage

/// Turns large files into Git LFS pointers and back, with the content in the chunk store.
public final class LargeFileFilter: ContentFilter {
    /// The content.
    public let store: LargeFileStore
    /// What is large.
    public let policy: LargeFilePolicy
    /// Whether files stay absent when they are checked out, until `nacre large fetch` asks for them.
    public let isLazy: Bool
    private let readBlob: @Sendable (ObjectID) -> [UInt8]?
    private let progress: (@Sendable (Int) -> Void)?
    /// Told how many bytes more are to be done.
    private let announce: (@Sendable (Int) -> Void)?
    private let fetch: Fetch?
    private let warn: @Sendable (String) -> Void
    private let miss: Miss?
    /// Done once, before the first large file is stored or written.
    private let prepare: (@Sendable () -> Void)?
    private let isPrepared = Mutex(false)

    /// Brings content that is not at hand from elsewhere; returns what is to be said about what could not be brought.
    public typealias Fetch = @Sendable (_ pointers: [Pointer]) -> [String]
    /// Told of a file that was asked for and whose content is nowhere.
    public typealias Miss = @Sendable (_ path: GitPath, _ pointer: Pointer) -> Void

    /// The filter of a repository. Where it first meets a large file, it makes stock git able to work with it; see
    /// ``StockGitSetup``.
    ///
    /// - Parameters:
    ///   - isLazy: leave content out on checkout.
    ///   - announce: told how many bytes more are to be done.
    ///   - progress: told how many bytes more are done; from any thread.
    ///   - fetch: brings content that a checkout needs and that is not at hand.
    ///   - warn: says something to the person.
    ///   - miss: told of each path that a checkout leaves out because its content is nowhere.
    /// - Throws: where a threshold in the configuration is no number.
    public convenience init(
        _ repository: Repository, isLazy: Bool = false, announce: (@Sendable (Int) -> Void)? = nil,
        progress: (@Sendable (Int) -> Void)? = nil, fetch: Fetch? = nil,
        warn: @escaping @Sendable (String) -> Void = { _ in }, miss: Miss? = nil
    ) throws {
        self.init(
            store: LargeFileStore(commonDirectory: repository.commonDirectory),
            policy: try LargeFilePolicy(repository.config), isLazy: isLazy, announce: announce, progress: progress,
            fetch: fetch, warn: warn, miss: miss,
            prepare: {
                // A read-only repository stays as it is: stock git could not store anything there either.
                _ = try? StockGitSetup.configureFilter(commonDirectory: repository.commonDirectory)
                // A folder of hooks that several repositories share is not ours to write to.
                guard repository.config.string("core.hookspath") == nil else { return }
                _ = try? StockGitSetup.installHook(in: repository.commonDirectory.appending("hooks"))
            }
        ) { id in
            guard let header = try? repository.objects.header(id), header.kind == .blob,
                header.size <= Pointer.maximumLength
            else { return nil }
            return try? repository.objects.read(id).content
        }
    }

    init(
        store: LargeFileStore, policy: LargeFilePolicy, isLazy: Bool = false,
        announce: (@Sendable (Int) -> Void)? = nil, progress: (@Sendable (Int) -> Void)? = nil, fetch: Fetch? = nil,
        warn: @escaping @Sendable (String) -> Void = { _ in }, miss: Miss? = nil,
        prepare: (@Sendable () -> Void)? = nil,
        readBlob: @escaping @Sendable (ObjectID) -> [UInt8]?
    ) {
        self.store = store
        self.policy = policy
        self.isLazy = isLazy
        self.announce = announce
        self.progress = progress
        self.readBlob = readBlob
        self.fetch = fetch
        self.warn = warn
        self.miss = miss
        self.prepare = prepare
    }

    /// Makes stock git able to work with large files, once; see ``StockGitSetup``. Done by itself before the first file is stored or
    /// written.
    public func prepareOnce() {
        let isFirst = isPrepared.withLock { isPrepared in
            defer { isPrepared = true }
            return !isPrepared
        }
        if isFirst { prepare?() }
    }

    /// See ``ContentFilter``: a path with `filter=lfs`.
    public func claims(_ path: GitPath, _ attributes: AttributeValues) -> Bool { attributes.text("filter") == "lfs" }

    /// See ``ContentFilter``: the lines for new files that are large.
    public func additions(_ files: [FilteredFile], index: Index) throws -> [AttributeAddition] {
        policy.additions(files, index: index)
    }

    /// The pointer that a blob holds, or nil.
    public func pointer(_ id: ObjectID) -> Pointer? { readBlob(id).flatMap { Pointer(parsing: $0) } }

    /// The whole content of a pointer, brought from elsewhere where it is not at hand.
    ///
    /// - Throws: ``ChunkStoreError/missingContent(_:)`` where it is nowhere.
    public func content(_ pointer: Pointer) throws -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(pointer.size)
        try read(pointer) { (bytes) throws(FileError) in content.append(contentsOf: bytes) }
        return content
    }

    /// Hands the content of a pointer to `sink` in order, brought from elsewhere where it is not at hand.
    public func read(
        _ pointer: Pointer, _ sink: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws {
        if let fetch, try !store.contains(pointer.oid) { fetch([pointer]).forEach(warn) }
        try store.read(pointer.oid, sink)
    }

    /// See ``ContentFilter``: chunks and pointers of files.
    public func clean(_ files: [FilteredFile], isStoring: Bool) throws -> [[UInt8]] {
        var blobs = [[UInt8]?](repeating: nil, count: files.count)
        var work: [Int] = []
        for (index, file) in files.enumerated() {
            // A pointer that stands in the work tree (its content was never fetched) is taken as it is.
            if file.size <= Pointer.maximumLength,
                let bytes = try Files.readIfPresent(file.file, limit: Pointer.maximumLength),
                bytes.isEmpty || Pointer(parsing: bytes) != nil
            {
                blobs[index] = bytes
            } else {
                work.append(index)
            }
        }
        if isStoring {
            if !work.isEmpty { prepareOnce() }
            announce?(work.reduce(0) { $0 + Int(files[$1].size) })
            let inputs = work.map { index in
                LargeFileStore.NewFile(
                    path: files[index].file, previous: files[index].previous.flatMap { pointer($0)?.oid })
            }
            for (index, manifest) in zip(work, try store.add(inputs, progress: progress)) {
                blobs[index] = Pointer(oid: manifest.oid, size: manifest.size).encoded
            }
        } else {
            for (index, pointer) in zip(work, try store.pointers(work.map { files[$0].file })) {
                blobs[index] = pointer.encoded
            }
        }
        return blobs.map { $0 ?? [] }
    }

    /// See ``ContentFilter``: files of pointers.
    public func smudge(_ requests: [SmudgeRequest]) throws -> [SmudgeOutcome] {
        var outcomes = [SmudgeOutcome](repeating: .passThrough, count: requests.count)
        var work: [Int] = []
        var destinations: [LargeFileStore.Destination] = []
        for (index, request) in requests.enumerated() {
            guard let pointer = Pointer(parsing: request.blob) else { continue }
            if isLazy {
                // What stands there is another version: it would pass for this one.
                _ = try? Files.remove(request.destination)
                outcomes[index] = .contentMissing
                continue
            }
            work.append(index)
            destinations.append(
                .init(
                    oid: pointer.oid, path: request.destination, permissions: request.permissions,
                    replaced: request.replaced.flatMap { self.pointer($0)?.oid }))
        }
        if !work.isEmpty || outcomes.contains(where: { if case .contentMissing = $0 { true } else { false } }) {
            prepareOnce()
        }
        if let fetch {
            var missing: [Pointer] = []
            for index in work {
                guard let pointer = Pointer(parsing: requests[index].blob), try !store.contains(pointer.oid) else {
                    continue
                }
                missing.append(pointer)
            }
            if !missing.isEmpty { fetch(missing).forEach(warn) }
        }
        announce?(work.reduce(0) { $0 + (Pointer(parsing: requests[$1].blob)?.size ?? 0) })
        for (index, outcome) in zip(work, try store.write(destinations, progress: progress)) {
            switch outcome {
            case .written: outcomes[index] = .written
            case .missing:
                outcomes[index] = .contentMissing
                if let pointer = Pointer(parsing: requests[index].blob) { miss?(requests[index].path, pointer) }
            case .failed(let error): outcomes[index] = .failed(error)
            }
        }
        return outcomes
    }
}
