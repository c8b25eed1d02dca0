internal import Bytes
public import GitObjects
internal import GitRefs
public import GitStorage
internal import GitWorktree
internal import SystemPackage

/// From where objects are reachable.
public struct ReachabilityRoots: Sendable {
    /// What refs and heads name: it has to be here.
    public var refs: [(name: String, id: ObjectID)] = []
    /// What reflogs name, with the ref and the time from which it held that; nil for what it held before. Older entries may lead to
    /// what is gone.
    public var reflogs: [(name: String, time: Int64?, id: ObjectID)] = []
    /// Blobs that an index names, with their paths, and its trees.
    public var index: [(path: GitPath?, id: ObjectID)] = []

    /// All of them that are here.
    public func all(in objects: ObjectDatabase) -> [ObjectID] {
        var table = ObjectIDTable()
        for ref in refs where objects.contains(ref.id) { table.insert(ref.id) }
        for id in reflogs.map(\.id) + index.map(\.id) where !table.contains(id) && objects.contains(id) {
            table.insert(id)
        }
        return table.ids
    }
}

extension Repository {
    /// Heads that are no refs and hold on to objects of an operation that is under way.
    private static let pseudoRefs = [
        "HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_HEAD",
    ]

    /// Everything that objects are kept for: refs, the heads, reflogs and indexes of all worktrees.
    ///
    /// - Throws: what reading refs and indexes throws: a root that cannot be read must stop a clean-up.
    public func reachabilityRoots(reflogs: Bool = true, indexes: Bool = true) throws -> ReachabilityRoots {
        var roots = ReachabilityRoots()
        for ref in try refs.list() {
            if let id = ref.id { roots.refs.append((ref.name.string, id)) }
        }
        for (directory, store, prefix) in try worktreeStores() {
            for name in Self.pseudoRefs {
                if let id = try? store.resolve(RefName(name)) { roots.refs.append((prefix + name, id)) }
            }
            if !prefix.isEmpty {
                for ref in try store.list() where ref.name.isPerWorktree {
                    if let id = ref.id { roots.refs.append((prefix + ref.name.string, id)) }
                }
            }
            if reflogs { try collectReflogs(store, prefix, into: &roots) }
            if indexes { try collectIndex(directory, into: &roots) }
        }
        return roots
    }

    /// The directory and refs of each worktree; the main one's names have no prefix.
    private func worktreeStores() throws -> [(FilePath, RefStore, prefix: String)] {
        var stores = [
            (
                commonDirectory,
                RefStore(gitDirectory: commonDirectory, commonDirectory: commonDirectory, algorithm: algorithm), ""
            )
        ]
        for entry in try Files.list(commonDirectory.appending("worktrees")) ?? [] {
            let directory = commonDirectory.appending("worktrees").appending(bytes: entry.name)
            let store = RefStore(gitDirectory: directory, commonDirectory: commonDirectory, algorithm: algorithm)
            stores.append((directory, store, "worktrees/\(String(decoding: entry.name, as: UTF8.self))/"))
        }
        return stores
    }

    private func collectReflogs(_ store: RefStore, _ prefix: String, into roots: inout ReachabilityRoots) throws {
        for name in try store.reflogNames() {
            guard let log = try store.reflog(name) else { continue }
            for entry in log.entries {
                let full = (name.isPerWorktree ? prefix : "") + name.string
                if !entry.old.isZero { roots.reflogs.append((full, nil, entry.old)) }
                if !entry.new.isZero { roots.reflogs.append((full, entry.committer.time, entry.new)) }
            }
        }
    }

    private func collectIndex(_ directory: FilePath, into roots: inout ReachabilityRoots) throws {
        let path =
            directory == commonDirectory && gitDirectory == commonDirectory ? indexFile : directory.appending("index")
        guard try FileStatus.of(path) != nil else { return }
        let index = try readIndex(path)
        for entry in index.entries where entry.mode.isBlob { roots.index.append((entry.path, entry.id)) }
        var trees = index.cacheTree.map { [$0] } ?? []
        while let tree = trees.popLast() {
            if tree.isValid, let id = tree.id { roots.index.append((nil, id)) }
            trees += tree.children
        }
    }
}
