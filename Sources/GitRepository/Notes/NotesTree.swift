internal import Bytes
public import GitObjects
public import GitStorage

/// The notes of one tree: for each object a blob, under the object's id cut into directories as Git cuts it when there are many.
public struct NotesTree {
    private let objects: ObjectDatabase
    private let hexCount: Int
    /// The note of each object.
    public private(set) var notes: [ObjectID: ObjectID] = [:]
    /// Entries that are no notes, by path; they stay as they are.
    private var others: [(path: [UInt8], mode: FileMode, id: ObjectID)] = []
    /// The first digits of objects whose notes stand in a directory and were not touched.
    private var untouched: Set<UInt8> = []

    /// Reads a tree; nil is the empty one.
    ///
    /// - Throws: ``StorageError`` where a tree cannot be read.
    public init(_ tree: ObjectID?, _ objects: ObjectDatabase) throws(StorageError) {
        self.objects = objects
        hexCount = objects.algorithm.hexCount
        if let tree { try read(tree, path: [], digits: [], depth: 0) }
    }

    private mutating func read(
        _ tree: ObjectID, path: [UInt8], digits: [UInt8], depth: Int
    ) throws(StorageError) {
        for entry in try objects.tree(tree).entries {
            let full = path + entry.name
            let hex = digits + entry.name
            if entry.mode == .tree, entry.name.count == 2, hex.count < hexCount, depth < hexCount / 2,
                Self.isHex(entry.name)
            {
                if depth == 0, let first = entry.name.first { untouched.insert(first) }
                try read(entry.id, path: full + [UInt8(ascii: "/")], digits: hex, depth: depth + 1)
            } else if entry.mode.isBlob, hex.count == hexCount,
                let id = ObjectID(hex: hex, algorithm: objects.algorithm)
            {
                notes[id] = entry.id
            } else {
                others.append((full, entry.mode, entry.id))
            }
        }
    }

    private static func isHex(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
    }

    /// The note of an object.
    public subscript(object: ObjectID) -> ObjectID? {
        get { notes[object] }
        set {
            notes[object] = newValue
            if let first = object.hexBytes.first { untouched.remove(first) }
        }
    }

    /// The notes by object.
    public var sorted: [(object: ObjectID, note: ObjectID)] {
        notes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Writes the tree: into more directories the more notes there are.
    public func write() throws(StorageError) -> ObjectID {
        let all = notes.map { (hex: $0.key.hexBytes, note: $0.value) }
        var directory = Directory()
        for other in others { directory.insert(other.path[...], other.mode, other.id) }
        spread(all[...], digits: 0, fanOut: 0, &directory)
        return try directory.write(objects)
    }

    /// A run of notes that agree in their first digits goes one directory deeper where it holds several for every next digit.
    private func spread(
        _ notes: ArraySlice<(hex: [UInt8], note: ObjectID)>, digits: Int, fanOut: Int,
        _ directory: inout Directory
    ) {
        var fanOut = fanOut
        var groups = [[(hex: [UInt8], note: ObjectID)]](repeating: [], count: 16)
        for note in notes {
            let digit = note.hex[digits]
            groups[Int(digit &- 0x30 < 10 ? digit &- 0x30 : digit &- 0x57)].append(note)
        }
        let digitsText = Array("0123456789abcdef".utf8)
        let isFull = groups.enumerated().allSatisfy { index, group in
            group.count > 1 || (group.count == 1 && digits == 0 && untouched.contains(digitsText[index]))
        }
        if digits % 2 == 0, digits <= 2 * fanOut, isFull { fanOut += 1 }
        for group in groups {
            if group.count > 1, digits + 1 < hexCount {
                spread(group[...], digits: digits + 1, fanOut: fanOut, &directory)
            } else {
                for note in group { place(note, fanOut: fanOut, &directory) }
            }
        }
    }

    private func place(
        _ note: (hex: [UInt8], note: ObjectID), fanOut: Int, _ directory: inout Directory
    ) {
        var path: [UInt8] = []
        for level in 0..<fanOut {
            path += note.hex[(2 * level)..<(2 * level + 2)] + [UInt8(ascii: "/")]
        }
        directory.insert((path + note.hex[(2 * fanOut)...])[...], .regular, note.note)
    }

    /// A tree that is being put together.
    private struct Directory {
        var files: [[UInt8]: TreeEntry] = [:]
        var directories: [[UInt8]: Directory] = [:]

        mutating func insert(_ path: ArraySlice<UInt8>, _ mode: FileMode, _ id: ObjectID) {
            if let slash = path.firstIndex(of: UInt8(ascii: "/")) {
                directories[Array(path[..<slash]), default: Directory()].insert(
                    path[(slash + 1)...], mode, id)
            } else {
                files[Array(path)] = TreeEntry(mode: mode, name: Array(path), id: id)
            }
        }

        func write(_ objects: ObjectDatabase) throws(StorageError) -> ObjectID {
            var entries = Array(files.values)
            for (name, directory) in directories {
                entries.append(TreeEntry(mode: .tree, name: name, id: try directory.write(objects)))
            }
            return try objects.write(.tree, Tree(entries).encoded)
        }
    }
}

/// What becomes of two notes on one object.
public enum NotesCombination: String, Sendable {
    /// The new one stays.
    case overwrite
    /// The old one stays.
    case ignore
    /// One after the other, an empty line between.
    case concatenate
    /// The lines of both, sorted, each once.
    case sortedLines = "cat_sort_uniq"

    /// The combined text; nil where the old note stays as it is.
    public func apply(_ old: [UInt8], _ new: [UInt8]) -> [UInt8]? {
        switch self {
        case .overwrite: return new
        case .ignore: return nil
        case .concatenate:
            if new.isEmpty { return nil }
            if old.isEmpty { return new }
            return (old.last == 10 ? Array(old.dropLast()) : old) + [10, 10] + new
        case .sortedLines:
            let lines = Set((old.split(separator: 10) + new.split(separator: 10)).map(Array.init))
            let sorted = lines.sorted { $0.lexicographicallyPrecedes($1) }
            return sorted.isEmpty ? [] : Array(sorted.joined(separator: [10])) + [10]
        }
    }
}
