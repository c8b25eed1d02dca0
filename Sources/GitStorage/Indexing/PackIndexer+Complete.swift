internal import Bytes
internal import GitObjects
internal import SystemPackage

extension PackIndexer {
    /// Appends the bases that a thin pack leaves out, until every delta is resolved; writes count and checksum anew where
    /// anything was added.
    func complete(
        _ resolver: DeltaResolver, _ file: inout TemporaryFile, checksum: ObjectID
    ) throws(StorageError) -> (checksum: ObjectID, added: Int) {
        guard resolver.unresolvedCount > 0 else { return (checksum, 0) }
        let algorithm = resolver.pack.entries[0].id.algorithm
        var size: Int
        do throws(FileError) {
            size = Int(try file.output.status().size) - algorithm.byteCount
            try file.output.truncate(to: size)
        } catch {
            throw .file(error)
        }
        var added = 0
        while true {
            let missing = resolver.missingBases
            if missing.isEmpty { break }
            var progress = false
            for id in missing {
                guard let (entry, bytes, content) = try base(id, at: size) else { continue }
                do { try file.output.write(bytes) } catch { throw .file(error) }
                size += bytes.count
                added += 1
                progress = true
                try resolver.resolve(appended: entry, content: content)
            }
            guard progress else { throw .missingBase(missing[0]) }
        }
        // What is left then builds on itself: no base of it is missing, and none is there.
        if let stuck = resolver.pack.entries.first(where: { $0.kind == nil }) {
            throw .receivedPack(.chainTooLong(offset: stuck.offset, limit: resolver.pack.entries.count))
        }
        return (try reseal(&file, count: resolver.pack.entries.count, size: size, algorithm), added)
    }

    private func base(
        _ id: ObjectID, at offset: Int
    ) throws(StorageError) -> (ScannedEntry, bytes: [UInt8], content: [UInt8])? {
        guard options.completesThinPacks, let object = try database.readIfPresent(id) else { return nil }
        var bytes: [UInt8] = []
        PackEntry.write(.whole(object.kind), size: object.content.count, offset: offset, to: &bytes)
        let headerSize = bytes.count
        try database.scratch.with { scratch throws(StorageError) in
            do throws(ZlibError) {
                try scratch.deflate(
                    object.content.span.bytes, level: database.options.packCompression, into: &bytes)
            } catch {
                throw .zlib(error)
            }
        }
        let entry = ScannedEntry(
            id: id, offset: offset, size: object.content.count, crc: CRC32.update(0, bytes), base: -1, depth: 0,
            headerSize: UInt8(headerSize), kind: object.kind, isDelta: false)
        return (entry, bytes, object.content)
    }

    private func reseal(
        _ file: inout TemporaryFile, count: Int, size: Int, _ algorithm: HashAlgorithm
    ) throws(StorageError) -> ObjectID {
        do throws(FileError) {
            try file.output.overwrite(PackFileWriter.header(count: count), at: 0)
            let checksum = try file.output.digest(of: size, algorithm)
            try file.output.write(checksum.bytes)
            return checksum
        } catch {
            throw .file(error)
        }
    }

    /// Makes every object of a small pack a loose one.
    func unpack(_ resolver: DeltaResolver) throws(StorageError) {
        for id in resolver.missingBases {
            guard let (entry, _, content) = try base(id, at: 0) else { throw .missingBase(id) }
            try resolver.resolve(appended: entry, content: content)
        }
        if let stuck = resolver.pack.entries.first(where: { $0.kind == nil }) {
            throw .receivedPack(.chainTooLong(offset: stuck.offset, limit: resolver.pack.entries.count))
        }
        for (index, entry) in resolver.pack.entries.enumerated() {
            guard let kind = entry.kind, try !database.isKnown(entry.id) else { continue }
            let content = try resolver.content(of: index)
            try database.scratch.with { scratch throws(StorageError) in
                try database.writeLoose(entry.id, kind, content.span.bytes, scratch: scratch)
            }
        }
    }
}

extension OutputFile {
    /// The digest of the first `size` bytes of the file.
    mutating func digest(of size: Int, _ algorithm: HashAlgorithm) throws(FileError) -> ObjectID {
        var digest = Digest(algorithm)
        var offset = 0
        while offset < size {
            let piece = try readBack(at: offset, count: min(1 << 18, size - offset))
            guard !piece.isEmpty else { throw FileError("read", path, code: .ioError) }
            digest.update(piece)
            offset += piece.count
        }
        return ObjectID(finishing: digest, algorithm: algorithm)
    }
}
