internal import Bytes
internal import GitObjects
internal import GitStorage

/// Finds what a path in a tree leads to through the symbolic links of the same tree: `cat-file --follow-symlinks`.
struct LinkResolver {
    /// Where a path leads.
    enum Target {
        case object(ObjectID)
        /// Out of the tree: the rest of the path.
        case outside([UInt8])
        case missing
        /// A link names nothing.
        case dangling
        case loop
        /// A file stands where a directory should.
        case notDirectory
    }

    /// How many links are followed.
    private static let limit = 40

    private let objects: ObjectDatabase

    init(_ objects: ObjectDatabase) { self.objects = objects }

    /// Follows a path from a tree.
    ///
    /// - Throws: ``StorageError`` where a tree cannot be read.
    func find(_ path: [UInt8], in root: ObjectID) throws(StorageError) -> Target {
        var rest = path[...]
        var trees = [root]
        var links = 0
        while true {
            while rest.first == UInt8(ascii: "/") { rest = rest.dropFirst() }
            let slash = rest.firstIndex(of: UInt8(ascii: "/"))
            let name = rest[..<(slash ?? rest.endIndex)]
            let after = slash.map { rest[($0 + 1)...] }
            if name.elementsEqual("..".utf8) {
                if trees.count == 1 { return .outside(Array(rest)) }
                trees.removeLast()
                rest = after ?? []
                continue
            }
            guard let tree = trees.last else { return .missing }
            if name.isEmpty { return .object(tree) }
            guard let entry = try objects.tree(tree)[Array(name)] else { return links > 0 ? .dangling : .missing }
            switch entry.mode {
            case .tree:
                guard let after else { return .object(entry.id) }
                trees.append(entry.id)
                rest = after
            case .symbolicLink:
                if links == Self.limit { return .loop }
                links += 1
                let content = try objects.read(entry.id, as: .blob)
                if content.first == UInt8(ascii: "/") { return .outside(content) }
                var path = content
                if let after {
                    path.append(UInt8(ascii: "/"))
                    path += after
                }
                rest = path[...]
            case .gitlink: return .missing
            default: return after == nil ? .object(entry.id) : .notDirectory
            }
        }
    }
}
