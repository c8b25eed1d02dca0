internal import Bytes
internal import GitObjects

extension CacheTree {
    /// Deeper nesting than a path can have; also what recursion may use of the stack.
    private static let maximumDepth = 2048

    /// Reads the extension; nil where it is damaged or claims more entries than there are.
    init?(parsing content: RawSpan, algorithm: HashAlgorithm, limit: Int) {
        var reader = ByteReader(content)
        guard let root = CacheTree.read(&reader, algorithm, limit, 0), reader.isAtEnd, root.name.isEmpty else {
            return nil
        }
        self = root
    }

    private static func read(
        _ reader: inout ByteReader, _ algorithm: HashAlgorithm, _ limit: Int, _ depth: Int
    ) -> CacheTree? {
        guard depth <= maximumDepth, let name = try? reader.readBytes(until: 0),
            depth == 0 || !(name.isEmpty || name.contains(UInt8(ascii: "/"))),
            let countText = try? reader.readBytes(until: UInt8(ascii: " ")),
            let childText = try? reader.readBytes(until: UInt8(ascii: "\n")),
            let count = Int(String(decoding: countText, as: UTF8.self)), count >= -1, count <= limit,
            let childCount = Int(String(decoding: childText, as: UTF8.self)), childCount >= 0
        else { return nil }
        var tree = CacheTree(name: name)
        if count >= 0 {
            guard let bytes = try? reader.readBytes(algorithm.byteCount) else { return nil }
            tree.id = ObjectID(bytes: bytes, algorithm: algorithm)
            tree.entryCount = count
        }
        for _ in 0..<childCount {
            guard let child = read(&reader, algorithm, limit, depth + 1) else { return nil }
            tree.children.append(child)
        }
        tree.sortChildren()
        for position in tree.children.indices.dropFirst()
        where tree.children[position - 1].name == tree.children[position].name {
            return nil
        }
        return tree
    }

    /// Appends the extension's content.
    func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(0 as UInt8)
        writer.write("\(isValid ? entryCount : -1) \(children.count)\n")
        if isValid, let id { writer.write(id.bytes) }
        for child in children { child.encode(into: &writer) }
    }
}

extension ResolveUndo {
    /// Reads the extension; nil where it is damaged.
    static func parse(_ content: RawSpan, algorithm: HashAlgorithm) -> [ResolveUndo]? {
        var reader = ByteReader(content)
        var result: [ResolveUndo] = []
        while !reader.isAtEnd {
            guard let path = try? reader.readBytes(until: 0) else { return nil }
            var modes: [UInt32] = []
            for _ in 0..<3 {
                guard let text = try? reader.readBytes(until: 0),
                    let mode = UInt32(String(decoding: text, as: UTF8.self), radix: 8)
                else { return nil }
                modes.append(mode)
            }
            var sides: [Side?] = []
            for mode in modes {
                if mode == 0 {
                    sides.append(nil)
                    continue
                }
                guard let bytes = try? reader.readBytes(algorithm.byteCount),
                    let id = ObjectID(bytes: bytes, algorithm: algorithm)
                else { return nil }
                sides.append(Side(rawMode: mode, id: id))
            }
            result.append(ResolveUndo(path: GitPath(path), sides: sides))
        }
        return result
    }

    /// Appends the record.
    func encode(into writer: inout ByteWriter) {
        writer.write(path.bytes)
        writer.write(0 as UInt8)
        for side in sides {
            writer.write(String(side?.rawMode ?? 0, radix: 8))
            writer.write(0 as UInt8)
        }
        for side in sides { if let side { writer.write(side.id.bytes) } }
    }
}
