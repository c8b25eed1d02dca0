internal import Bytes
internal import LargeFiles
internal import SystemPackage

/// The large files of one repository, however they are kept: whole, as Git LFS clients send them, or in chunks, as Nacre's
/// do. Each is given out in either form that its client understands.
struct LargeContent: Sendable {
    private let whole: LargeObjectStore
    /// The chunks and manifests, shared by all requests.
    let store: LargeFileStore

    init(repository: FilePath, store: LargeFileStore) {
        whole = LargeObjectStore(repository: repository)
        self.store = store
    }

    /// Whether a file can be given out in chunks.
    func isChunked(_ oid: String) throws -> Bool {
        guard let id = Hash256(hex: oid) else { return false }
        return try store.chunks.contains(content: id)
    }

    /// The size of a file; nil where it is not there.
    func size(of oid: String) throws -> Int? {
        if let size = try whole.size(of: oid) { return size }
        return try Hash256(hex: oid).flatMap { try store.chunks.manifest($0)?.size }
    }

    /// Stores a file as its bytes come; see ``LargeObjectStore/receive(_:size:_:)``.
    func receive(_ oid: String, size: Int, _ next: () throws -> [UInt8]) throws {
        try whole.receive(oid, size: size, next)
    }

    /// Gives a range of a file, some bytes at a time.
    func send(_ oid: String, _ range: Range<Int>, _ sink: ([UInt8]) throws -> Void) throws {
        if try whole.size(of: oid) == nil, let id = Hash256(hex: oid) {
            var reader = try ContentReader(store.chunks, id, range: range)
            while let bytes = try reader.next() { try sink(bytes) }
        } else {
            try whole.send(oid, range, sink)
        }
    }
}

extension Host {
    /// The large files of a repository.
    func largeContent(of name: RepositoryName) throws -> LargeContent {
        LargeContent(repository: repositories.path(of: name), store: try open.largeFiles(name))
    }
}
