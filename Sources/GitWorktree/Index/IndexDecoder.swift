internal import Bytes
internal import GitObjects

/// Reads an index file's bytes. Bounds are checked before every load; what it allocates is bounded by the input's size.
struct IndexDecoder: ~Escapable {
    private let input: RawSpan
    private let algorithm: HashAlgorithm
    private var offset = 12
    private let end: Int

    /// Checks signature, version and hash.
    @_lifetime(copy input)
    init(_ input: RawSpan, algorithm: HashAlgorithm) throws(IndexError) {
        self.input = input
        self.algorithm = algorithm
        end = input.byteCount - algorithm.byteCount
        guard end >= 12 else { throw .malformed(offset: input.byteCount, what: "file is too short") }
        guard input[0] == UInt8(ascii: "D"), input[1] == UInt8(ascii: "I"), input[2] == UInt8(ascii: "R"),
            input[3] == UInt8(ascii: "C")
        else { throw .badSignature }
        // A hash of zeros means that the writer left it out (index.skipHash).
        if (0..<algorithm.byteCount).contains(where: { input[end + $0] != 0 }) {
            let expected = Digest.hash(input.extracting(0..<end), algorithm)
            guard (0..<algorithm.byteCount).allSatisfy({ input[end + $0] == expected[$0] }) else {
                throw .badHash(offset: end)
            }
        }
    }

    private func word(_ position: Int) -> UInt32 {
        unsafe UInt32(bigEndian: input.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt32.self))
    }

    /// The `link` extension, where the index is split.
    private(set) var split: SplitIndex?
    private var isSparse = false

    /// Decodes the whole file. ``split`` tells whether its entries are to be merged with those of another.
    @_lifetime(self: copy self)
    mutating func decode() throws(IndexError) -> Index {
        var index = Index(algorithm: algorithm)
        let version = word(4)
        guard (2...4).contains(version) else { throw .unsupportedVersion(version) }
        index.version = version
        try decodeEntries(count: Int(word(8)), version: version, into: &index)
        while offset < end { try decodeExtension(into: &index) }
        guard split != nil || index.entries.first?.path.isRoot != true else {
            throw .malformed(offset: 12, what: "path is empty")
        }
        for entry in index.entries where entry.mode == .tree {
            guard isSparse, entry.path.bytes.last == UInt8(ascii: "/") else {
                throw .malformed(offset: 12, what: "entry '\(entry.path)' is a directory")
            }
        }
        index.isSelfContained = split == nil && !isSparse
        index.isSparse = isSparse && index.entries.contains { $0.mode == .tree }
        return index
    }

    @_lifetime(self: copy self)
    private mutating func decodeEntries(count: Int, version: UInt32, into index: inout Index) throws(IndexError) {
        let least = 40 + algorithm.byteCount + 2
        guard count <= (end - offset) / least else {
            throw .malformed(offset: 8, what: "\(count) entries do not fit the file")
        }
        index.entries.reserveCapacity(count)
        var previous: [UInt8] = []
        for _ in 0..<count {
            let entry = try decodeEntry(version: version, previous: &previous)
            // The replacements of a split index have no path; they stand before all others.
            if let last = index.entries.last, !entry.path.isRoot || !last.path.isRoot {
                let order = last.path.bytes.compared(to: entry.path.bytes)
                guard order < 0 || (order == 0 && last.stage < entry.stage && last.stage != .merged) else {
                    throw .unordered(entry.path)
                }
            }
            index.entries.append(entry)
        }
    }

    @_lifetime(self: copy self)
    private mutating func decodeEntry(version: UInt32, previous: inout [UInt8]) throws(IndexError) -> IndexEntry {
        let start = offset
        let fixed = 40 + algorithm.byteCount + 2
        guard end - start >= fixed else { throw .malformed(offset: start, what: "entry is truncated") }
        guard let mode = FileMode(canonical: word(start + 24)) else {
            throw .malformed(offset: start + 24, what: "unknown mode \(String(word(start + 24), radix: 8))")
        }
        guard let id = ObjectID(input, at: start + 40, algorithm: algorithm) else {
            throw .malformed(offset: start + 40, what: "entry is truncated")
        }
        let bits = UInt16(input[start + fixed - 2]) << 8 | UInt16(input[start + fixed - 1])
        var flags: IndexEntry.Flags = bits & 0x8000 != 0 ? [.assumeValid] : []
        offset = start + fixed
        if bits & 0x4000 != 0 {
            guard version >= 3, end - offset >= 2 else {
                throw .malformed(offset: offset, what: "unexpected extended flags")
            }
            let extended = UInt16(input[offset]) << 8 | UInt16(input[offset + 1])
            guard extended & ~0x6000 == 0 else { throw .malformed(offset: offset, what: "unknown index entry format") }
            if extended & 0x4000 != 0 { flags.insert(.skipWorktree) }
            if extended & 0x2000 != 0 { flags.insert(.intentToAdd) }
            offset += 2
        }
        let path =
            version == 4
            ? try compressedPath(&previous) : try plainPath(length: Int(bits & 0xfff), entryStart: start)
        var stat = StatData()
        stat.changedSeconds = word(start)
        stat.changedNanoseconds = word(start + 4)
        stat.modifiedSeconds = word(start + 8)
        stat.modifiedNanoseconds = word(start + 12)
        stat.device = word(start + 16)
        stat.inode = word(start + 20)
        stat.owner = word(start + 28)
        stat.group = word(start + 32)
        stat.size = word(start + 36)
        return IndexEntry(
            path: GitPath(adopting: path), id: id, mode: mode, stat: stat,
            stage: ConflictStage(rawValue: UInt8(truncatingIfNeeded: bits >> 12 & 3)) ?? .merged, flags: flags)
    }

    @_lifetime(self: copy self)
    private mutating func plainPath(length: Int, entryStart: Int) throws(IndexError) -> [UInt8] {
        var length = length
        if length == 0xfff {
            guard let terminator = input.firstIndex(of: 0, from: offset), terminator < end else {
                throw .malformed(offset: offset, what: "path has no end")
            }
            length = terminator - offset
        }
        // 1 to 8 NULs fill the entry up to a multiple of 8.
        let padded = (offset - entryStart + length + 8) & ~7
        guard padded <= end - entryStart else { throw .malformed(offset: offset, what: "path is truncated") }
        let path = [UInt8](input.extracting(offset..<offset + length))
        guard input[offset + length] == 0 else { throw .malformed(offset: offset, what: "path has another length") }
        guard input.firstIndex(of: 0, from: offset) == offset + length else {
            throw .malformed(offset: offset, what: "path holds a NUL")
        }
        offset = entryStart + padded
        return path
    }

    @_lifetime(self: copy self)
    private mutating func compressedPath(_ previous: inout [UInt8]) throws(IndexError) -> [UInt8] {
        let start = offset
        var reader = ByteReader(input.extracting(start..<end))
        do {
            let strip = try reader.readOffsetVarint()
            guard strip <= UInt64(previous.count) else {
                throw IndexError.malformed(offset: start, what: "path strips more than there is")
            }
            // Long paths that share all but little could make a small file fill the memory.
            guard let terminator = input.firstIndex(of: 0, from: start + reader.offset), terminator < end else {
                throw IndexError.malformed(offset: start, what: "path has no end")
            }
            let kept = previous.count - Int(strip)
            guard kept + terminator - start <= 1 << 16 else {
                throw IndexError.malformed(offset: start, what: "path is too long")
            }
            previous.removeLast(Int(strip))
            let suffix = input.extracting((start + reader.offset)..<terminator)
            suffix.withUnsafeBytes { previous.append(contentsOf: $0) }
            offset = terminator + 1
            return previous
        } catch let error as IndexError {
            throw error
        } catch {
            throw .malformed(offset: start, what: "path's prefix length is out of range")
        }
    }

    @_lifetime(self: copy self)
    private mutating func decodeExtension(into index: inout Index) throws(IndexError) {
        guard end - offset >= 8 else { throw .malformed(offset: offset, what: "extension is truncated") }
        let name = String(decoding: [UInt8](input.extracting(offset..<offset + 4)), as: UTF8.self)
        let size = Int(word(offset + 4))
        guard size <= end - offset - 8 else { throw .malformed(offset: offset, what: "extension is truncated") }
        let content = input.extracting((offset + 8)..<(offset + 8 + size))
        switch name {
        // A tree that cannot be read is only a loss of speed.
        case "TREE":
            // What a split index's trees cover is known when its files are put together.
            let limit = split == nil ? index.entries.count : Int(UInt32.max)
            index.cacheTree = CacheTree(parsing: content, algorithm: algorithm, limit: limit)
        case "link":
            guard let link = SplitIndex(parsing: content, algorithm: algorithm) else {
                throw .malformed(offset: offset, what: "link extension is damaged")
            }
            split = link
        case "sdir": isSparse = true
        case "REUC":
            guard let records = ResolveUndo.parse(content, algorithm: algorithm) else {
                throw .malformed(offset: offset, what: "resolve-undo extension is damaged")
            }
            index.resolveUndo = records
        default:
            guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
                throw .unsupportedExtension(name)
            }
        }
        offset += 8 + size
    }
}
