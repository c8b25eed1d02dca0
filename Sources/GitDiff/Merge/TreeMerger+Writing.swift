internal import Bytes
internal import GitObjects

extension TreeMerger {
    /// A directory being put together.
    private final class Node {
        var entries: [[UInt8]: Version] = [:]
        var children: [[UInt8]: Node] = [:]

        func child(_ name: [UInt8]) -> Node {
            if let child = children[name] { return child }
            let child = Node()
            children[name] = child
            return child
        }
    }

    /// Writes the trees of what was decided.
    func writeTree() throws(DiffError) -> ObjectID {
        let top = Node()
        for (path, version) in results {
            guard version.mode != nil else { continue }
            var node = top
            let components = path.components
            for component in components.dropLast() { node = node.child(Array(component)) }
            if let name = components.last { node.entries[Array(name)] = version }
        }
        // The root itself, where it was the same in all three.
        if let whole = results[.root], whole.mode == .tree { return whole.id }
        if let tree = try write(top) { return tree }
        return try store(.tree, [])
    }

    private func write(_ node: Node) throws(DiffError) -> ObjectID? {
        var entries: [TreeEntry] = []
        for (name, version) in node.entries {
            guard let mode = version.mode else { continue }
            // A directory that was taken whole can have got something more since.
            if mode == .tree, let child = node.children[name] {
                try expand(version.id, into: child)
                continue
            }
            entries.append(TreeEntry(mode: mode, name: name, id: version.id))
        }
        for (name, child) in node.children {
            if let id = try write(child) { entries.append(TreeEntry(mode: .tree, name: name, id: id)) }
        }
        return entries.isEmpty ? nil : try store(.tree, Tree(entries).encoded)
    }

    private func expand(_ id: ObjectID, into node: Node) throws(DiffError) {
        let content = try source.treeContent(id)
        guard let tree = try? Tree(parsing: content, algorithm: source.algorithm) else {
            throw .unreadable(id, reason: "the tree is malformed")
        }
        for entry in tree.entries where node.entries[entry.name] == nil {
            node.entries[entry.name] = Version(mode: entry.mode, id: entry.id)
        }
    }
}
