internal import Bytes
internal import GitObjects
internal import SystemPackage

/// Objects in a file each: zlib of `<kind> <size>\0<content>` at `xx/yyyy…` below the objects directory.
struct LooseObjects: Sendable {
    let directory: FilePath
    let algorithm: HashAlgorithm

    /// Where an object's file stands.
    func path(of id: ObjectID) -> FilePath {
        let hex = id.hexBytes
        var name = Array(hex[..<2])
        name.append(UInt8(ascii: "/"))
        name.append(contentsOf: hex[2...])
        return directory.appending(bytes: name)
    }

    /// Whether the object's file stands.
    func contains(_ id: ObjectID) throws(StorageError) -> Bool {
        do { return try FileStatus.of(path(of: id)) != nil } catch { throw .file(error) }
    }

    /// The object, or nil where there is no such file.
    func read(_ id: ObjectID, scratch: Scratch, limits: Limits) throws(StorageError) -> GitObject? {
        let path = path(of: id)
        guard let file = try compressed(path) else { return nil }
        let bytes = file.span.bytes
        do throws(LooseObjectError) {
            var stream = try LooseStream(bytes, scratch: scratch)
            let size = stream.size
            guard size <= limits.objectSize else { throw .zlib(.tooLarge(limit: limits.objectSize)) }
            guard size / PackReader.greatestRatio <= bytes.byteCount else { throw .wrongSize(announced: size) }
            return GitObject(stream.kind, try stream.readAll(bytes, scratch: scratch))
        } catch {
            throw .loose(path, error)
        }
    }

    /// An object's kind and size, or nil where there is no such file.
    func header(_ id: ObjectID, scratch: Scratch) throws(StorageError) -> (kind: ObjectKind, size: Int)? {
        let path = path(of: id)
        guard let file = try mapped(path) else { return nil }
        do throws(LooseObjectError) {
            let stream = try LooseStream(file.bytes, scratch: scratch)
            return (stream.kind, stream.size)
        } catch {
            throw .loose(path, error)
        }
    }

    /// Hands the content over in pieces; false where there is no such file.
    func stream(
        _ id: ObjectID, scratch: Scratch, start: (ObjectKind, Int) throws(StorageError) -> Void,
        _ sink: (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) -> Bool {
        let path = path(of: id)
        guard let file = try mapped(path) else { return false }
        let bytes = file.bytes
        var stream: LooseStream
        do throws(LooseObjectError) {
            stream = try LooseStream(bytes, scratch: scratch)
        } catch {
            throw .loose(path, error)
        }
        try start(stream.kind, stream.size)
        while true {
            let piece: [UInt8]
            do throws(LooseObjectError) {
                piece = try stream.next(bytes, scratch: scratch, limit: 1 << 18)
            } catch {
                throw .loose(path, error)
            }
            if piece.isEmpty { return true }
            try sink(piece.span.bytes)
        }
    }

    private func compressed(_ path: FilePath) throws(StorageError) -> [UInt8]? {
        do { return try Files.readIfPresent(path) } catch { throw .file(error) }
    }

    private func mapped(_ path: FilePath) throws(StorageError) -> MappedFile? {
        do throws(FileError) {
            return try MappedFile(path)
        } catch {
            if error.code == .noSuchFileOrDirectory || error.code == .notDirectory { return nil }
            throw .file(error)
        }
    }

    /// Writes an object; the caller knows that it is not there. The file appears whole or not at all.
    func write(
        _ id: ObjectID, _ kind: ObjectKind, _ content: RawSpan, level: Int, synchronizing: Bool, scratch: Scratch
    ) throws(StorageError) {
        var plain = kind.header(size: content.byteCount)
        plain.reserveCapacity(plain.count + content.byteCount)
        unsafe content.withUnsafeBytes { plain.append(contentsOf: $0) }
        var data: [UInt8] = []
        do { try scratch.deflate(plain.span.bytes, level: level, into: &data) } catch { throw .zlib(error) }
        let path = path(of: id)
        let folder = path.removingLastComponent()
        do throws(FileError) {
            var file = try LooseObjects.temporaryFile(in: folder)
            try file.output.write(data)
            try file.finish(as: path, synchronizing: synchronizing)
        } catch {
            throw .file(error)
        }
    }

    /// A new file in a fan-out folder, which is made where it is missing.
    static func temporaryFile(in folder: FilePath) throws(FileError) -> TemporaryFile {
        do throws(FileError) {
            return try TemporaryFile(in: folder, prefix: "obj", permissions: 0o444)
        } catch {
            guard error.code == .noSuchFileOrDirectory else { throw error }
        }
        try Files.makeDirectory(folder)
        return try TemporaryFile(in: folder, prefix: "obj", permissions: 0o444)
    }

    /// The ids of the objects whose first byte is `bucket`.
    func ids(inBucket bucket: UInt8) throws(StorageError) -> [ObjectID] {
        let prefix = Hex.encode([bucket])
        let entries: [Files.Entry]?
        do { entries = try Files.list(directory.appending(bytes: prefix)) } catch { throw .file(error) }
        return (entries ?? []).compactMap { ObjectID(hex: prefix + $0.name, algorithm: algorithm) }
    }
}
