public import GitObjects
public import GitStorage

/// The files of a commit's tree, read from the object database without a checkout.
public struct TreeSource: FileSource {
    private let objects: ObjectDatabase
    private let tree: ObjectID

    /// Reads below a tree, or a commit or tag that leads to one.
    public init(_ objects: ObjectDatabase, _ id: ObjectID) throws {
        self.objects = objects
        tree = try objects.peel(id, to: .tree)
    }

    /// What stands at a path; nil where nothing does.
    public func entry(_ path: GitPath) throws -> TreeEntry? {
        var current = tree
        let components = path.components
        for (index, component) in components.enumerated() {
            guard let entry = try objects.tree(current)[component] else { return nil }
            if index == components.count - 1 { return entry }
            guard entry.mode == .tree else { return nil }
            current = entry.id
        }
        return nil
    }

    /// The content of a file; nil where there is none.
    public func read(_ path: GitPath) throws -> [UInt8]? {
        guard let entry = try entry(path), entry.mode.isBlob, entry.mode != .symbolicLink else { return nil }
        let content = try objects.read(entry.id).content
        return PointerText(content) == nil ? content : nil
    }

    /// What stands in a directory.
    public func list(_ directory: GitPath) throws -> [FileSourceEntry] {
        var id = tree
        if !directory.isRoot {
            guard let entry = try entry(directory), entry.mode == .tree else { return [] }
            id = entry.id
        }
        return try objects.tree(id).entries.map { FileSourceEntry(name: $0.name, isDirectory: $0.mode == .tree) }
    }
}
