internal import Bytes
internal import GitObjects

/// Writes the zip format as Git does: local headers with the Unix time beside, and the commit's id as the comment.
public final class ZipWriter {
    private static let large = 0xffff_ffff

    private let commit: ObjectID?
    private let time: UInt32
    private let dosTime: UInt32
    private let dosDate: UInt32
    private let level: Int
    private let write: ([UInt8]) throws -> Void
    private var offset = 0
    private var directory: [UInt8] = []
    private var count = 0
    private var creator: UInt32 = 0
    private var deflater: Deflater

    /// Begins an archive.
    ///
    /// - Parameters:
    ///   - zoneMinutes: the local zone, in which the format keeps its own time.
    ///   - level: zlib's level: 0 to 9, or -1 for its default.
    ///   - write: takes what is made.
    public init(
        _ header: ArchiveHeader, zoneMinutes: Int, level: Int, write: @escaping ([UInt8]) throws -> Void
    ) throws {
        commit = header.commit
        time = UInt32(truncatingIfNeeded: header.time)
        let local = CalendarTime(seconds: header.time, zoneMinutes: zoneMinutes)
        dosDate = UInt32(truncatingIfNeeded: local.day + local.month * 32 + (local.year - 1980) * 512)
        dosTime = UInt32(truncatingIfNeeded: local.second / 2 + local.minute * 32 + local.hour * 2048)
        self.level = level
        self.write = write
        deflater = try Deflater(level: level, format: .raw)
    }

    private static func append(_ number: some BinaryInteger, _ size: Int, to bytes: inout [UInt8]) {
        for index in 0..<size {
            bytes.append(UInt8(truncatingIfNeeded: UInt64(truncatingIfNeeded: number) >> (8 * index)))
        }
    }

    private func put(_ bytes: [UInt8]) throws {
        try write(bytes)
        offset += bytes.count
    }

    /// What is said of an entry twice: before it and in the directory.
    private struct Facts {
        var flags: UInt32 = 0
        var method: UInt32 = 0
        var crc: UInt32 = 0
        var size = 0
        var stored = 0
        var version: UInt32 = 10
        var creator: UInt32 = 0
        var attributes: UInt32 = 0
    }

    /// Adds an entry.
    ///
    /// - Throws: what `write` throws, and ``ArchiveError`` for a path that is too long.
    public func add(_ entry: ArchiveEntry) throws {
        guard entry.path.count <= 0xffff else { throw ArchiveError.pathTooLong(entry.path) }
        var facts = Facts()
        let isASCII = entry.path.allSatisfy { $0 < 0x80 }
        if !isASCII, String(validating: entry.path, as: UTF8.self) != nil { facts.flags |= 1 << 11 }
        var stored = entry.isDirectory ? [] : entry.content
        facts.size = stored.count
        facts.crc = CRC32.update(0, stored)
        if entry.isDirectory {
            facts.attributes = 16
        } else if entry.mode == .symbolicLink || entry.mode == .executable {
            facts.attributes = (entry.mode == .symbolicLink ? 0o120777 : 0o100755) << 16
            facts.creator = 0x0317
        }
        if !entry.isDirectory, entry.mode != .symbolicLink, level != 0, !stored.isEmpty {
            let deflated = deflater.deflate(stored.span.bytes)
            if deflated.count < stored.count {
                stored = deflated
                facts.method = 8
            }
        }
        facts.stored = stored.count
        creator = max(creator, facts.creator)
        let start = offset
        try put(localHeader(entry, &facts))
        if !stored.isEmpty { try put(stored) }
        addToDirectory(entry, facts, start)
    }

    /// The modification time as Unix has it.
    private var extraTime: [UInt8] {
        var bytes: [UInt8] = []
        Self.append(0x5455, 2, to: &bytes)
        Self.append(5, 2, to: &bytes)
        bytes.append(1)
        Self.append(time, 4, to: &bytes)
        return bytes
    }

    private func localHeader(_ entry: ArchiveEntry, _ facts: inout Facts) -> [UInt8] {
        let isLarge = facts.size > Self.large || facts.stored > Self.large
        if isLarge { facts.version = 45 }
        var bytes: [UInt8] = []
        Self.append(0x0403_4b50, 4, to: &bytes)
        Self.append(facts.version, 2, to: &bytes)
        Self.append(facts.flags, 2, to: &bytes)
        Self.append(facts.method, 2, to: &bytes)
        Self.append(dosTime, 2, to: &bytes)
        Self.append(dosDate, 2, to: &bytes)
        Self.append(facts.crc, 4, to: &bytes)
        Self.append(isLarge ? Self.large : facts.stored, 4, to: &bytes)
        Self.append(isLarge ? Self.large : facts.size, 4, to: &bytes)
        Self.append(entry.path.count, 2, to: &bytes)
        Self.append(extraTime.count + (isLarge ? 20 : 0), 2, to: &bytes)
        bytes += entry.path + extraTime
        if isLarge {
            Self.append(1, 2, to: &bytes)
            Self.append(16, 2, to: &bytes)
            Self.append(facts.size, 8, to: &bytes)
            Self.append(facts.stored, 8, to: &bytes)
        }
        return bytes
    }

    private func addToDirectory(_ entry: ArchiveEntry, _ facts: Facts, _ start: Int) {
        var large: [UInt8] = []
        if facts.stored > Self.large || facts.size > Self.large || start > Self.large {
            for number in [facts.size, facts.stored, start] where number >= Self.large {
                Self.append(number, 8, to: &large)
            }
        }
        func clamped(_ number: Int) -> Int { min(number, Self.large) }
        Self.append(0x0201_4b50, 4, to: &directory)
        for number in [facts.creator, facts.version, facts.flags, facts.method, dosTime, dosDate] {
            Self.append(number, 2, to: &directory)
        }
        Self.append(facts.crc, 4, to: &directory)
        Self.append(clamped(facts.stored), 4, to: &directory)
        Self.append(clamped(facts.size), 4, to: &directory)
        Self.append(entry.path.count, 2, to: &directory)
        Self.append(extraTime.count + (large.isEmpty ? 0 : 4 + large.count), 2, to: &directory)
        Self.append(0, 4, to: &directory)
        Self.append(entry.isText && !entry.isDirectory ? 1 : 0, 2, to: &directory)
        Self.append(facts.attributes, 4, to: &directory)
        Self.append(clamped(start), 4, to: &directory)
        directory += entry.path + extraTime
        if !large.isEmpty {
            Self.append(1, 2, to: &directory)
            Self.append(large.count, 2, to: &directory)
            directory += large
        }
        count += 1
    }

    /// Ends the archive.
    public func finish() throws {
        var bytes = directory
        if count > 0xffff || offset > Self.large {
            Self.append(0x0606_4b50, 4, to: &bytes)
            Self.append(44, 8, to: &bytes)
            Self.append(creator, 2, to: &bytes)
            Self.append(45, 2, to: &bytes)
            Self.append(0, 8, to: &bytes)
            for number in [count, count, directory.count, offset] { Self.append(number, 8, to: &bytes) }
            Self.append(0x0706_4b50, 4, to: &bytes)
            Self.append(0, 4, to: &bytes)
            Self.append(offset + directory.count, 8, to: &bytes)
            Self.append(1, 4, to: &bytes)
        }
        Self.append(0x0605_4b50, 4, to: &bytes)
        Self.append(0, 4, to: &bytes)
        Self.append(min(count, 0xffff), 2, to: &bytes)
        Self.append(min(count, 0xffff), 2, to: &bytes)
        Self.append(directory.count, 4, to: &bytes)
        Self.append(min(offset, Self.large), 4, to: &bytes)
        Self.append(commit.map { $0.hexBytes.count } ?? 0, 2, to: &bytes)
        if let commit { bytes += commit.hexBytes }
        try put(bytes)
    }
}

/// What an archive's format cannot hold.
public enum ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A path of more than 65,535 bytes.
    case pathTooLong([UInt8])

    public var description: String {
        switch self {
        case .pathTooLong(let path):
            "path too long (\(path.count) chars): \(String(decoding: path.prefix(200), as: UTF8.self))…"
        }
    }
}
