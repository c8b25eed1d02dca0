internal import Bytes
internal import GitObjects
internal import GitStorage
internal import GitWorktree

/// Tells whether two commits' trees are the same in the paths that a walk is limited to.
struct PathFilter {
    private let objects: ObjectDatabase
    private let pathspec: Pathspec
    /// The paths where all are plain: looked up one by one.
    private let plain: [(path: GitPath, mustBeDirectory: Bool)]?
    private var found: [ObjectID: [Hit?]] = [:]

    private struct Hit: Equatable {
        let mode: UInt32
        let id: ObjectID
    }

    init(_ pathspec: Pathspec, _ objects: ObjectDatabase) {
        self.pathspec = pathspec
        self.objects = objects
        let isPlain = pathspec.items.allSatisfy {
            $0.isPlain && !$0.ignoresCase && !$0.isExcluding && $0.requirements.isEmpty && !$0.match.isEmpty
        }
        plain = isPlain ? pathspec.items.map { (GitPath($0.match), $0.isForDirectories) } : nil
    }

    /// Whether the paths are the same in both trees; nil is the empty tree.
    mutating func isSame(_ left: ObjectID?, _ right: ObjectID?) throws(StorageError) -> Bool {
        if left == right { return true }
        guard plain != nil else { return try !differs(left, right, [], depth: 0) }
        return try hits(left) == hits(right)
    }

    private mutating func hits(_ tree: ObjectID?) throws(StorageError) -> [Hit?] {
        guard let plain else { return [] }
        guard let tree else { return plain.map { _ in nil } }
        if let known = found[tree] { return known }
        var result: [Hit?] = []
        let top = try objects.tree(tree)
        for (path, mustBeDirectory) in plain {
            var hit: Hit? = Hit(mode: FileMode.tree.rawValue, id: tree)
            for (depth, component) in path.components.enumerated() {
                guard let current = hit, FileMode(canonical: current.mode) == .tree else {
                    hit = nil
                    break
                }
                let entry = try (depth == 0 ? top : objects.tree(current.id))[component]
                hit = entry.map { Hit(mode: $0.rawMode, id: $0.id) }
            }
            if mustBeDirectory, let mode = hit?.mode, FileMode(canonical: mode) != .tree { hit = nil }
            result.append(hit)
        }
        if found.count > 4096 { found.removeAll() }
        found[tree] = result
        return result
    }

    private func differs(
        _ left: ObjectID?, _ right: ObjectID?, _ prefix: [UInt8], depth: Int
    ) throws(StorageError) -> Bool {
        guard depth < 2048, left != right else { return false }
        let old = try left.map { (id) throws(StorageError) in try objects.tree(id).entries } ?? []
        let new = try right.map { (id) throws(StorageError) in try objects.tree(id).entries } ?? []
        var i = 0
        var j = 0
        while i < old.count || j < new.count {
            let a = i < old.count ? old[i] : nil
            let b = j < new.count ? new[j] : nil
            if let a, let b, a.name == b.name, (a.mode == .tree) == (b.mode == .tree) {
                i += 1
                j += 1
                if a.id == b.id && a.rawMode == b.rawMode { continue }
                if try counts(a, b, prefix, depth) { return true }
                continue
            }
            let takesOld: Bool
            if let a, let b {
                takesOld = TreeEntry.precedes(a.name, isTree: a.mode == .tree, b.name, isTree: b.mode == .tree)
            } else {
                takesOld = a != nil
            }
            if takesOld {
                if let a, try counts(a, nil, prefix, depth) { return true }
                i += 1
            } else {
                if let b, try counts(nil, b, prefix, depth) { return true }
                j += 1
            }
        }
        return false
    }

    private func counts(
        _ old: TreeEntry?, _ new: TreeEntry?, _ prefix: [UInt8], _ depth: Int
    ) throws(StorageError) -> Bool {
        guard let entry = old ?? new else { return false }
        let path = GitPath(prefix + entry.name)
        guard entry.mode == .tree else { return pathspec.matches(path, isDirectory: entry.mode == .gitlink) }
        guard pathspec.mayMatch(inside: path) || pathspec.matches(path, isDirectory: true) else { return false }
        return try differs(old?.id, new?.id, path.bytes + [UInt8(ascii: "/")], depth: depth + 1)
    }
}
