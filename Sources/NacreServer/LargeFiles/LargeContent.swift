internal import SystemPackage

/// The large files of one repository, however they are kept.
struct LargeContent: Sendable {
    private let whole: LargeObjectStore

    /// The content of the repository at a path.
    init(repository: FilePath) { whole = LargeObjectStore(repository: repository) }

    /// Whether chunks can be sent and taken.
    var speaksChunks: Bool { false }

    /// The size of a file; nil where it is not there.
    func size(of oid: String) throws -> Int? { try whole.size(of: oid) }

    /// Stores a file as its bytes come; see ``LargeObjectStore/receive(_:size:_:)``.
    func receive(_ oid: String, size: Int, _ next: () throws -> [UInt8]) throws {
        try whole.receive(oid, size: size, next)
    }

    /// Gives a range of a file, some bytes at a time.
    func send(_ oid: String, _ range: Range<Int>, _ sink: ([UInt8]) throws -> Void) throws {
        try whole.send(oid, range, sink)
    }
}

extension Host {
    /// The large files of a repository.
    func largeContent(of name: RepositoryName) -> LargeContent {
        LargeContent(repository: repositories.path(of: name))
    }
}
