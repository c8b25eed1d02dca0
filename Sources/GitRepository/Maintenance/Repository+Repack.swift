internal import Bytes
internal import GitObjects
public import GitStorage
public import SystemPackage

/// How packs are made anew.
public struct RepackOptions: Sendable {
    /// What becomes of objects in the old packs that nothing reaches.
    public enum Unreachable: Sendable, Hashable {
        /// They go with the old packs (`-a -d`).
        case drop
        /// They become loose where the old pack was changed after a moment (`-A --unpack-unreachable=<when>`; seconds since
        /// 1970, 0 for all).
        case loosen(since: Int64)
        /// They go into the new pack (`-k`).
        case keep
    }

    /// Whether everything goes into one pack; otherwise only loose objects are packed.
    public var packsAll = false
    /// Whether packs that are no longer needed, and loose objects that are packed, are removed.
    public var removesRedundant = false
    /// See ``Unreachable``.
    public var unreachable = Unreachable.drop
    /// Whether objects of alternates are left out.
    public var isLocal = false
    /// Packs that stay as they are, as those with a `.keep` do.
    public var kept: Set<FilePath> = []
    /// Whether reachability bitmaps are written beside the pack, where it holds all that refs lead to.
    public var writesBitmap = false
    /// How the pack is made.
    public var builder = PackBuilder.Options()

    /// Packs loose objects and removes nothing.
    public init() {}
}

extension Repository {
    /// Makes packs anew.
    ///
    /// The new pack is complete and on the disk before anything is removed, and only packs that were there at the beginning
    /// and have no `.keep` or `.promisor` are removed: what another process adds meanwhile stays.
    ///
    /// - Returns: what was written, or nil where there was nothing to pack.
    @discardableResult
    public func repack(_ options: RepackOptions) throws -> PackBuilder.Outcome? {
        let old = try objects.refreshPacks()
        let fixed = old.filter {
            options.kept.contains($0.path) || $0.hasCompanion("keep") || $0.hasCompanion("promisor")
        }
        let roots = try reachabilityRoots()
        var walkOptions = ObjectWalk.Options()
        // A partial clone lacks objects by design; what others lack is said by fsck and stops a repack here.
        walkOptions.allowsMissing = old.contains { $0.hasCompanion("promisor") }
        walkOptions.shallow = shallowCommits
        walkOptions.allowsAnyOrder = true
        var builder = PackBuilder(objects, options: options.builder)
        var walk = ObjectWalk(objects, options: walkOptions)
        try walk.walk(include: roots.all(in: objects)) { id, kind, path throws(StorageError) in
            guard try self.isPacked(id, options, fixed: fixed, all: old) == false else { return }
            builder.add(id, kind: kind, nameHash: PackNameHash.of(path))
        }
        if options.packsAll, options.unreachable == .keep {
            for id in try unreachable(in: old, fixed: fixed, walk.seen) { builder.add(id, path: []) }
        }
        let result = try builder.write(into: objects.packDirectory)
        if let result, options.packsAll, options.writesBitmap, fixed.isEmpty, shallowCommits.isEmpty {
            try writeBitmap(of: result.pack, roots)
        }
        if options.packsAll, case .loosen(let since) = options.unreachable, options.removesRedundant {
            try loosen(old, fixed: fixed, walk.seen, since: since)
        }
        if options.removesRedundant {
            if options.packsAll {
                try remove(old.filter { pack in !fixed.contains { $0 === pack } }, except: result?.pack)
            }
            try objects.refreshPacks()
            try objects.prunePacked()
        }
        try objects.refreshPacks()
        return result?.outcome
    }

    /// Writes the bitmaps of a pack that holds everything.
    private func writeBitmap(of path: FilePath, _ roots: ReachabilityRoots) throws {
        var index = path
        index.extension = "idx"
        try objects.refreshPacks()
        var writer = try PackBitmapWriter(Pack(indexPath: index, algorithm: algorithm), objects)
        _ = try writer.write(tips: roots.refs.map(\.id).filter { objects.contains($0) })
    }

    /// Whether an object stays where it is.
    private func isPacked(
        _ id: ObjectID, _ options: RepackOptions, fixed: [Pack], all: [Pack]
    ) throws(StorageError) -> Bool {
        let packs = options.packsAll ? fixed : all
        if packs.contains(where: { $0.index.position(of: id) != nil }) { return true }
        return options.isLocal && !objects.isLocal(id)
    }

    private func unreachable(in packs: [Pack], fixed: [Pack], _ reachable: ObjectIDTable) throws -> [ObjectID] {
        var found = ObjectIDTable()
        for pack in packs where !fixed.contains(where: { $0 === pack }) {
            for position in 0..<pack.index.count {
                let id = pack.index.id(at: position)
                if !reachable.contains(id) { found.insert(id) }
            }
        }
        return found.ids
    }

    private func loosen(_ packs: [Pack], fixed: [Pack], _ reachable: ObjectIDTable, since: Int64) throws {
        for pack in packs where pack.modifiedTime >= since {
            for id in try unreachable(in: [pack], fixed: fixed, reachable) {
                try objects.loosen(id, modified: pack.modifiedTime)
            }
        }
    }

    /// Removes packs, the index first, so that no other process finds an index without its pack. A multi-pack-index that
    /// lists them goes before: readers of it would look for the packs.
    private func remove(_ packs: [Pack], except new: FilePath?) throws {
        let gone = packs.filter { $0.path != new }
        guard !gone.isEmpty else { return }
        try Files.remove(objects.packDirectory.appending("multi-pack-index"))
        for entry in try Files.list(objects.packDirectory) ?? []
        where entry.name.starts(with: Array("multi-pack-index-".utf8)) {
            try Files.remove(objects.packDirectory.appending(bytes: entry.name))
        }
        for pack in gone {
            for companion in ["idx", "rev", "bitmap", "mtimes", "pack"] {
                var path = pack.path
                path.extension = companion
                try Files.remove(path)
            }
        }
    }
}
