internal import Bytes
public import GitObjects
public import GitRepository
internal import GitStorage
public import GitWorktree
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

    /// The filter of a repository.
    ///
    /// - Parameters:
    ///   - isLazy: leave content out on checkout.
    ///   - progress: told how many bytes more are done; from any thread.
    /// - Throws: where a threshold in the configuration is no number.
    public convenience init(
        _ repository: Repository, isLazy: Bool = false, progress: (@Sendable (Int) -> Void)? = nil
    ) throws {
        self.init(
            store: LargeFileStore(commonDirectory: repository.commonDirectory),
            policy: try LargeFilePolicy(repository.config), isLazy: isLazy, progress: progress
        ) { id in
            guard let header = try? repository.objects.header(id), header.kind == .blob,
                header.size <= Pointer.maximumLength
            else { return nil }
            return try? repository.objects.read(id).content
        }
    }

    init(
        store: LargeFileStore, policy: LargeFilePolicy, isLazy: Bool = false,
        progress: (@Sendable (Int) -> Void)? = nil,
        readBlob: @escaping @Sendable (ObjectID) -> [UInt8]?
    ) {
        self.store = store
        self.policy = policy
        self.isLazy = isLazy
        self.progress = progress
        self.readBlob = readBlob
    }

    public func claims(_ path: GitPath, _ attributes: AttributeValues) -> Bool { attributes.text("filter") == "lfs" }

    public func additions(_ files: [FilteredFile], index: Index) throws -> [AttributeAddition] {
        policy.additions(files, index: index)
    }

    /// The pointer that a blob holds, or nil.
    public func pointer(_ id: ObjectID) -> Pointer? { readBlob(id).flatMap { Pointer(parsing: $0) } }

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

    public func smudge(_ requests: [SmudgeRequest]) throws -> [SmudgeOutcome] {
        var outcomes = [SmudgeOutcome](repeating: .passThrough, count: requests.count)
        var work: [Int] = []
        var destinations: [LargeFileStore.Destination] = []
        for (index, request) in requests.enumerated() {
            guard let pointer = Pointer(parsing: request.blob) else { continue }
            if isLazy {
                outcomes[index] = .contentMissing
                continue
            }
            work.append(index)
            destinations.append(
                .init(
                    oid: pointer.oid, path: request.destination, permissions: request.permissions,
                    replaced: request.replaced.flatMap { self.pointer($0)?.oid }))
        }
        for (index, outcome) in zip(work, try store.write(destinations, progress: progress)) {
            switch outcome {
            case .written: outcomes[index] = .written
            case .missing: outcomes[index] = .contentMissing
            case .failed(let error): outcomes[index] = .failed(error)
            }
        }
        return outcomes
    }
}
