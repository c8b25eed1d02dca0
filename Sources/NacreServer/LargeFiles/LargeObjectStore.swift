internal import Bytes
internal import Glibc
internal import HTTPTypes
internal import SystemPackage

/// The large files of one repository, by SHA-256: whole files in Git LFS's own layout, `lfs/objects/ab/cd/<oid>`.
struct LargeObjectStore: Sendable {
    private let directory: FilePath

    /// The files of the repository at a path.
    init(repository: FilePath) { directory = repository.appending("lfs") }

    /// Whether this is 64 lower-case hexadecimal digits.
    static func isValid(_ oid: String) -> Bool {
        oid.utf8.count == 64
            && oid.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private func path(_ oid: String) -> FilePath {
        directory.appending("objects").appending(String(oid.prefix(2)))
            .appending(String(oid.dropFirst(2).prefix(2))).appending(oid)
    }

    /// The size of a file; nil where it is not there.
    func size(of oid: String) throws -> Int? {
        guard LargeObjectStore.isValid(oid) else { return nil }
        return try FileStatus.of(path(oid)).map { Int($0.size) }
    }

    /// Stores a file as its bytes come, and keeps it only where size and SHA-256 are right.
    ///
    /// - Throws: ``HTTPFailure``, what `next` throws, ``FileError``; nothing is left behind then.
    func receive(_ oid: String, size: Int, _ next: () throws -> [UInt8]) throws {
        let target = path(oid)
        try Files.makeDirectory(target.removingLastComponent())
        try Files.makeDirectory(directory.appending("incoming"))
        var file = try TemporaryFile(in: directory.appending("incoming"), prefix: "upload")
        var digest = Digest(.sha256)
        var count = 0
        while true {
            let bytes = try next()
            if bytes.isEmpty { break }
            count += bytes.count
            guard count <= size else {
                throw HTTPFailure(.unprocessableContent, "the file has more than \(size) bytes")
            }
            digest.update(bytes)
            try file.output.write(bytes)
        }
        guard count == size else {
            throw HTTPFailure(.unprocessableContent, "the file has \(count) bytes, not the \(size) announced")
        }
        guard Hex.string(digest.finish()) == oid else {
            throw HTTPFailure(.unprocessableContent, "the file's content does not have the SHA-256 \(oid)")
        }
        try file.finish(as: target, synchronizing: true)
    }

    /// Gives a range of a file, some bytes at a time.
    func send(_ oid: String, _ range: Range<Int>, _ sink: ([UInt8]) throws -> Void) throws {
        let path = path(oid)
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = min(256 << 10, range.upperBound - offset)
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, wanted, off_t(offset)))
            }
            guard !piece.isEmpty else { throw FileError("read", path, code: .ioError) }
            try sink(piece)
            offset += piece.count
        }
    }

    /// Removes uploads that were never finished and are older than a time.
    func removeAbandoned(before time: Int64) throws {
        let incoming = directory.appending("incoming")
        for entry in try Files.list(incoming) ?? [] {
            let path = incoming.appending(bytes: entry.name)
            if let status = try FileStatus.of(path), status.modified.seconds < time { try Files.remove(path) }
        }
    }
}
