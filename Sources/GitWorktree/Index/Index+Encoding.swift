public import Bytes
public import GitObjects

extension Index {
    /// Reads an index file's content.
    ///
    /// A sparse index keeps its entries for directories: see ``expandDirectories(_:)``.
    ///
    /// - Parameter shared: gives the content of the shared file of a split index by its hash; without it a split index is
    ///   refused.
    /// - Throws: ``IndexError`` at the first thing that is wrong. A damaged `TREE` extension is passed over.
    public init(
        parsing content: RawSpan, algorithm: HashAlgorithm,
        shared: ((ObjectID) throws(IndexError) -> [UInt8])? = nil
    ) throws(IndexError) {
        var decoder = try IndexDecoder(content, algorithm: algorithm)
        self = try decoder.decode()
        guard let split = decoder.split else { return }
        var base: [IndexEntry] = []
        if !split.shared.isZero {
            guard let shared else { throw .unsupportedExtension("link") }
            // A shared file stands for itself: one that is split again is refused.
            let content = try shared(split.shared)
            let file = try Index(parsing: content.span.bytes, algorithm: algorithm)
            guard content.suffix(algorithm.byteCount).elementsEqual(split.shared.bytes) else {
                throw .malformed(offset: 12, what: "link extension names another shared index")
            }
            base = file.entries
        }
        entries = try split.merge(base, entries)
        if let tree = cacheTree, !tree.fits(entries.count) { cacheTree = nil }
    }

    /// The file's content, hash included. Extensions that only the index's last writer could keep valid (untracked cache,
    /// file system monitor) and offset tables are not written.
    public func encoded() -> [UInt8] {
        let needsExtended = entries.contains { !$0.flags.isDisjoint(with: [.skipWorktree, .intentToAdd]) }
        let version: UInt32 = self.version == 4 ? 4 : needsExtended ? 3 : 2
        var writer = ByteWriter(capacity: entries.count * 110 + 1024)
        writer.write("DIRC")
        writer.write(version)
        writer.write(UInt32(entries.count))
        encodeEntries(version: version, into: &writer)
        if let cacheTree {
            let sizeOffset = beginExtension("TREE", &writer)
            cacheTree.encode(into: &writer)
            writer.overwrite(UInt32(writer.count - sizeOffset - 4), at: sizeOffset)
        }
        if !resolveUndo.isEmpty {
            let sizeOffset = beginExtension("REUC", &writer)
            for record in resolveUndo { record.encode(into: &writer) }
            writer.overwrite(UInt32(writer.count - sizeOffset - 4), at: sizeOffset)
        }
        writer.write(Digest.hash(writer.bytes, algorithm))
        return writer.bytes
    }

    private func beginExtension(_ name: String, _ writer: inout ByteWriter) -> Int {
        writer.write(name)
        writer.write(0 as UInt32)
        return writer.count - 4
    }

    private func encodeEntries(version: UInt32, into writer: inout ByteWriter) {
        let idSize = algorithm.byteCount
        var previous: [UInt8] = []
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            for entry in entries {
                let size = entry.encodeHead(into: buffer, idSize: idSize)
                writer.write(
                    RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<size])))
                let path = entry.path.bytes
                if version == 4 {
                    var shared = 0
                    while shared < min(previous.count, path.count), previous[shared] == path[shared] { shared += 1 }
                    writer.writeOffsetVarint(UInt64(previous.count - shared))
                    writer.write(path.span.bytes.extracting(shared..<path.count))
                    writer.write(0 as UInt8)
                    previous = path
                } else {
                    writer.write(path)
                    let padding = 8 - (size + path.count) % 8
                    for _ in 0..<padding { writer.write(0 as UInt8) }
                }
            }
        }
    }
}

extension IndexEntry {
    /// Writes what stands before the path; returns its size.
    fileprivate func encodeHead(into buffer: UnsafeMutableRawBufferPointer, idSize: Int) -> Int {
        func store(_ value: UInt32, _ offset: Int) {
            buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
        }
        store(stat.changedSeconds, 0)
        store(stat.changedNanoseconds, 4)
        store(stat.modifiedSeconds, 8)
        store(stat.modifiedNanoseconds, 12)
        store(stat.device, 16)
        store(stat.inode, 20)
        store(mode.rawValue, 24)
        store(stat.owner, 28)
        store(stat.group, 32)
        store(stat.size, 36)
        for position in 0..<idSize { buffer[40 + position] = id[position] }
        var size = 40 + idSize
        let isExtended = !flags.isDisjoint(with: [.skipWorktree, .intentToAdd])
        var bits = UInt16(min(path.bytes.count, 0xfff)) | UInt16(stage.rawValue) << 12
        if flags.contains(.assumeValid) { bits |= 0x8000 }
        if isExtended { bits |= 0x4000 }
        buffer.storeBytes(of: bits.bigEndian, toByteOffset: size, as: UInt16.self)
        size += 2
        if isExtended {
            var extended: UInt16 = 0
            if flags.contains(.skipWorktree) { extended |= 0x4000 }
            if flags.contains(.intentToAdd) { extended |= 0x2000 }
            buffer.storeBytes(of: extended.bigEndian, toByteOffset: size, as: UInt16.self)
            size += 2
        }
        return size
    }
}
