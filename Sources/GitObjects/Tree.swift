public import Bytes

/// One line of a tree.
public struct TreeEntry: Sendable, Hashable {
    /// The mode's number as written; ``mode`` is what it means.
    public let rawMode: UInt32
    /// The name: one component, never empty, never holding `/` or NUL.
    public let name: [UInt8]
    /// The object.
    public let id: ObjectID

    /// What the entry is; an unknown type counts as a regular file, as Git's readers take it.
    public var mode: FileMode { FileMode(canonical: rawMode) ?? .regular }

    /// Makes an entry.
    public init(mode: FileMode, name: [UInt8], id: ObjectID) {
        self.init(rawMode: mode.rawValue, name: name, id: id)
    }

    /// Makes an entry with a mode as some other tool wrote it.
    public init(rawMode: UInt32, name: [UInt8], id: ObjectID) {
        self.rawMode = rawMode
        self.name = name
        self.id = id
    }

    /// Git's order of the entries of one tree: by bytes, a directory's name as if a `/` followed it.
    public static func precedes(
        _ left: some Collection<UInt8>, isTree leftIsTree: Bool, _ right: some Collection<UInt8>,
        isTree rightIsTree: Bool
    ) -> Bool {
        var a = left.makeIterator()
        var b = right.makeIterator()
        let slash = UInt8(ascii: "/")
        while true {
            let x = a.next()
            let y = b.next()
            if let x, let y {
                if x != y { return x < y }
                continue
            }
            let u = x ?? (leftIsTree ? slash : 0)
            let v = y ?? (rightIsTree ? slash : 0)
            return u < v
        }
    }
}

/// A directory's content: entries `<mode in octal> <name>\0<raw id>` in Git's order.
///
/// <https://git-scm.com/book/en/v2/Git-Internals-Git-Objects>
public struct Tree: Sendable, Hashable {
    /// The entries as they stand.
    public var entries: [TreeEntry]

    /// Makes a tree of entries that are in order already.
    public init(sortedEntries entries: [TreeEntry]) { self.entries = entries }

    /// Makes a tree of entries in any order.
    public init(_ entries: [TreeEntry]) {
        self.entries = entries.sorted {
            TreeEntry.precedes($0.name, isTree: $0.mode == .tree, $1.name, isTree: $1.mode == .tree)
        }
    }

    /// Reads a tree. Order and duplicate names are not checked: that is fsck's.
    ///
    /// - Throws: ``ObjectError/malformed(_:offset:expected:)`` at the first entry that is cut, or whose mode or name is
    ///   empty or has bytes that it must not have.
    public init(parsing content: RawSpan, algorithm: HashAlgorithm) throws(ObjectError) {
        var entries: [TreeEntry] = []
        var cursor = TreeCursor(content, algorithm: algorithm)
        while let entry = try cursor.next() { entries.append(entry) }
        self.entries = entries
    }

    /// Reads a tree.
    public init(parsing content: [UInt8], algorithm: HashAlgorithm) throws(ObjectError) {
        try self.init(parsing: content.span.bytes, algorithm: algorithm)
    }

    /// The content of the tree object.
    public var encoded: [UInt8] {
        var writer = ByteWriter(capacity: entries.count * 48)
        for entry in entries {
            writer.write(String(entry.rawMode, radix: 8))
            writer.write(UInt8(ascii: " "))
            writer.write(entry.name)
            writer.write(0 as UInt8)
            writer.write(entry.id.bytes)
        }
        return writer.bytes
    }

    /// The entry of that name.
    public subscript(name: some Collection<UInt8>) -> TreeEntry? {
        entries.first { $0.name.elementsEqual(name) }
    }
}

/// Reads a tree's entries one after the other without keeping them.
public struct TreeCursor: ~Escapable {
    private let content: RawSpan
    private let algorithm: HashAlgorithm
    private var offset = 0

    /// Starts at the first entry.
    @_lifetime(copy content)
    public init(_ content: RawSpan, algorithm: HashAlgorithm) {
        self.content = content
        self.algorithm = algorithm
    }

    /// The next entry, or nil at the end.
    @_lifetime(self: copy self)
    public mutating func next() throws(ObjectError) -> TreeEntry? {
        guard offset < content.byteCount else { return nil }
        var mode: UInt32 = 0
        var position = offset
        while position < content.byteCount, content[position] != UInt8(ascii: " ") {
            let digit = content[position]
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7"), position - offset < 7 else {
                throw .malformed(.tree, offset: position, expected: "an octal mode")
            }
            mode = mode << 3 | UInt32(digit - UInt8(ascii: "0"))
            position += 1
        }
        guard position > offset, position < content.byteCount else {
            throw .malformed(.tree, offset: position, expected: "an octal mode and a space")
        }
        let nameStart = position + 1
        guard let nameEnd = content.firstIndex(of: 0, from: nameStart), nameEnd > nameStart else {
            throw .malformed(.tree, offset: nameStart, expected: "a name and a NUL")
        }
        guard let id = ObjectID(content, at: nameEnd + 1, algorithm: algorithm) else {
            throw .malformed(.tree, offset: nameEnd + 1, expected: "an object id")
        }
        let name = [UInt8](content.extracting(nameStart..<nameEnd))
        guard !name.contains(UInt8(ascii: "/")) else {
            throw .malformed(.tree, offset: nameStart, expected: "a name without a slash")
        }
        offset = nameEnd + 1 + algorithm.byteCount
        return TreeEntry(rawMode: mode, name: name, id: id)
    }
}
