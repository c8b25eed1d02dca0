public import GitObjects

/// An entry of an archive.
public struct ArchiveEntry {
    /// The path, with the prefix; a directory's ends with a slash.
    public var path: [UInt8]
    /// What it is; a gitlink is an empty directory.
    public var mode: FileMode
    /// The object; for files that are none, a made-up id.
    public var id: ObjectID
    /// The content of a file, the target of a link.
    public var content: [UInt8]
    /// Whether people can read the content.
    public var isText: Bool

    /// Makes an entry.
    public init(
        path: [UInt8], mode: FileMode, id: ObjectID, content: [UInt8] = [], isText: Bool = false
    ) {
        self.path = path
        self.mode = mode
        self.id = id
        self.content = content
        self.isText = isText
    }

    var isDirectory: Bool { mode == .tree || mode == .gitlink }
}

/// What every archive says of itself.
public struct ArchiveHeader {
    /// The commit; nil where a tree is archived.
    public var commit: ObjectID?
    /// The time of all entries, in seconds since 1970.
    public var time: Int64
    /// The permissions that are taken from entries.
    public var umask: UInt32

    /// Makes a header.
    public init(commit: ObjectID?, time: Int64, umask: UInt32 = 0o002) {
        self.commit = commit
        self.time = time
        self.umask = umask
    }
}

/// Writes the tar format as Git does: POSIX headers, extended ones for what does not fit, blocks of 10 KiB.
public struct TarWriter {
    private static let blockSize = 10240
    private static let recordSize = 512
    private static let limit: Int64 = 0o77777777777

    private var header: ArchiveHeader
    private let write: ([UInt8]) throws -> Void
    private var total = 0

    /// Begins an archive; what is made is handed to `write`.
    public init(_ header: ArchiveHeader, write: @escaping ([UInt8]) throws -> Void) throws {
        self.header = header
        self.write = write
        var text: [UInt8] = []
        if let commit = header.commit { text += TarWriter.extended("comment", commit.hexBytes) }
        if header.time > TarWriter.limit {
            text += TarWriter.extended("mtime", Array(String(header.time).utf8))
            self.header.time = TarWriter.limit
        }
        guard !text.isEmpty else { return }
        try put(record("pax_global_header", UInt8(ascii: "g"), mode: 0o666, size: text.count), text)
    }

    private mutating func put(_ pieces: [UInt8]...) throws {
        for piece in pieces where !piece.isEmpty {
            try write(piece)
            let rest = piece.count % TarWriter.recordSize
            let padding = rest == 0 ? 0 : TarWriter.recordSize - rest
            if padding > 0 { try write([UInt8](repeating: 0, count: padding)) }
            total += piece.count + padding
        }
    }

    /// A line of an extended header, which begins with its own length.
    private static func extended(_ keyword: String, _ value: [UInt8]) -> [UInt8] {
        let rest = keyword.utf8.count + value.count + 3
        var length = rest + String(rest).utf8.count
        while rest + String(length).utf8.count != length { length = rest + String(length).utf8.count }
        return Array("\(length) \(keyword)=".utf8) + value + [10]
    }

    private func record(
        _ name: String, _ type: UInt8, mode: UInt32, size: Int, link: [UInt8] = [], prefix: [UInt8] = []
    ) -> [UInt8] {
        record(Array(name.utf8), type, mode: mode, size: size, link: link, prefix: prefix)
    }

    private func record(
        _ name: [UInt8], _ type: UInt8, mode: UInt32, size: Int, link: [UInt8] = [],
        prefix: [UInt8] = []
    ) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: TarWriter.recordSize)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { record[offset + index] = byte }
        }
        func octal(_ number: Int64, _ digits: Int, at offset: Int) {
            let text = String(number, radix: 8)
            put((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8, at: offset)
        }
        put(name, at: 0)
        octal(Int64(mode & 0o7777), 7, at: 100)
        octal(0, 7, at: 108)
        octal(0, 7, at: 116)
        octal(Int64(size), 11, at: 124)
        octal(max(header.time, 0), 11, at: 136)
        put("        ".utf8, at: 148)
        record[156] = type
        put(link, at: 157)
        put("ustar".utf8, at: 257)
        put("00".utf8, at: 263)
        put("root".utf8, at: 265)
        put("root".utf8, at: 297)
        octal(0, 7, at: 329)
        octal(0, 7, at: 337)
        put(prefix, at: 345)
        let sum = record.reduce(Int64(0)) { $0 + Int64($1) }
        octal(sum, 7, at: 148)
        record[155] = 0
        return record
    }

    /// Adds an entry.
    public mutating func add(_ entry: ArchiveEntry) throws {
        var type = UInt8(ascii: "0")
        var mode: UInt32 = entry.mode == .executable ? 0o777 : 0o666
        if entry.isDirectory {
            type = UInt8(ascii: "5")
            mode = 0o777
        }
        mode &= ~header.umask
        if entry.mode == .symbolicLink {
            type = UInt8(ascii: "2")
            mode = 0o777
        }
        var extra: [UInt8] = []
        var (name, prefix) = (entry.path, [UInt8]())
        if entry.path.count > 100 {
            if let cut = TarWriter.cut(entry.path) {
                prefix = Array(entry.path[..<cut])
                name = Array(entry.path[(cut + 1)...])
            } else {
                name = Array("\(entry.id).data".utf8)
                extra += TarWriter.extended("path", entry.path)
            }
        }
        var link: [UInt8] = []
        if entry.mode == .symbolicLink {
            link = entry.content
            if link.count > 100 {
                link = Array("see \(entry.id).paxheader".utf8)
                extra += TarWriter.extended("linkpath", entry.content)
            }
        }
        let hasContent = type == UInt8(ascii: "0")
        var size = hasContent ? entry.content.count : 0
        if Int64(size) > TarWriter.limit {
            extra += TarWriter.extended("size", Array(String(size).utf8))
            size = 0
        }
        if !extra.isEmpty {
            try put(
                record("\(entry.id).paxheader", UInt8(ascii: "x"), mode: 0o666, size: extra.count), extra)
        }
        try put(record(name, type, mode: mode, size: size, link: link, prefix: prefix))
        if hasContent { try put(entry.content) }
    }

    /// The slash at which a long path is cut in two that fit; nil where there is none.
    private static func cut(_ path: [UInt8]) -> Int? {
        var index = path.count
        if index > 1, path[index - 1] == UInt8(ascii: "/") { index -= 1 }
        index = min(index, 155)
        repeat { index -= 1 } while index > 0 && path[index] != UInt8(ascii: "/")
        return index > 0 && path.count - index - 1 <= 100 ? index : nil
    }

    /// Ends the archive.
    public mutating func finish() throws {
        let tail = TarWriter.blockSize - total % TarWriter.blockSize
        let padding = tail < 2 * TarWriter.recordSize ? tail + TarWriter.blockSize : tail
        try write([UInt8](repeating: 0, count: padding))
    }
}
