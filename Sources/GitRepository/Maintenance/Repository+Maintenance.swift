internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
public import GitStorage
internal import Glibc
internal import SystemPackage

/// A clean-up of the whole repository.
public struct MaintenanceOptions: Sendable {
    /// Objects that nothing reaches are removed where they were last written before this moment (seconds since 1970); nil
    /// for never.
    public var pruneBefore: Int64?
    /// Whether everything goes into one pack; otherwise loose objects are packed into one more.
    public var packsAll = true
    /// Whether a lock that another clean-up holds is broken.
    public var isForced = false
    /// Whether the largest pack stays as it is, and only the others go into a new one.
    public var keepsLargestPack = false
    /// Packs of this size in bytes and more stay as they are.
    public var keptPackSize: Int?
    /// Records of linked worktrees whose directory is gone are removed where they were last used before this moment; nil for
    /// never.
    public var pruneWorktreesBefore: Int64?
    /// How the pack is made.
    public var builder = PackBuilder.Options()

    /// Nothing is pruned.
    public init() {}
}

extension Repository {
    /// Whether so many loose objects (`gc.auto`, 6700) or packs (`gc.autoPackLimit`, 50) have piled up that a clean-up is
    /// worth it, and whether packs are the reason.
    public func needsMaintenance() throws -> (isNeeded: Bool, tooManyPacks: Bool) {
        let looseLimit = try config.int("gc.auto") ?? 6700
        let packLimit = try config.int("gc.autopacklimit") ?? 50
        guard looseLimit > 0 else { return (false, false) }
        if packLimit > 0 {
            let count = try objects.refreshPacks().count { !$0.hasCompanion("keep") }
            if count > packLimit { return (true, true) }
        }
        return (try objects.estimatedLooseCount() > looseLimit, false)
    }

    /// Packs refs, expires reflogs' old entries where Git would, makes packs anew, removes what nothing reaches, and writes the
    /// commit-graph.
    ///
    /// Another clean-up, also of stock git, makes this one refuse.
    ///
    /// - Parameter forget: called when the refs are packed and before objects are: takes out of logs what is too old, so that
    ///   it no longer holds on to objects.
    /// - Throws: ``RepositoryError`` with `.conflict` where a clean-up is under way.
    public func maintain(_ options: MaintenanceOptions, forgetting forget: () throws -> Void = {}) throws {
        let lock = try MaintenanceLock(commonDirectory, forcing: options.isForced)
        defer { withExtendedLifetime(lock) {} }
        let packsRefs = config.string("gc.packrefs") == "notbare" ? !isBare : try config.bool("gc.packrefs") ?? true
        if packsRefs {
            try refs.packRefs { id in
                guard try self.objects.header(id).kind == .tag else { return nil }
                return try self.objects.peelTags(id).id
            }
        }
        try forget()
        var repack = RepackOptions()
        repack.packsAll = options.packsAll
        repack.removesRedundant = true
        repack.isLocal = true
        repack.builder = options.builder
        repack.writesBitmap = try writesBitmaps()
        if options.packsAll { repack.kept = try keptPacks(options) }
        repack.unreachable = options.pruneBefore == .max ? .drop : .loosen(since: options.pruneBefore ?? 0)
        try self.repack(repack)
        if let before = options.pruneWorktreesBefore { try pruneWorktrees(before: before) }
        if let before = options.pruneBefore { try prune(before: before) }
        if try config.bool("gc.writecommitgraph") ?? true, try config.bool("core.commitgraph") ?? true,
            shallowCommits.isEmpty
        {
            var writer = CommitGraphWriter(objects)
            let roots = try reachabilityRoots(reflogs: false, indexes: false)
            try writer.add(roots.refs.map(\.id).filter { objects.contains($0) })
            try writer.write()
        }
    }

    /// Whether a pack of everything gets reachability bitmaps (`repack.writeBitmaps`): in bare repositories, which are
    /// cloned from.
    public func writesBitmaps() throws -> Bool {
        try config.bool("repack.writebitmaps") ?? config.bool("pack.writebitmaps") ?? isBare
    }

    /// Whether clones would gain by a pack of everything with bitmaps: there are so many objects, and more than a tenth of
    /// them are in no pack that has them.
    public func lacksBitmaps(least: Int = 5000) throws -> Bool {
        guard try writesBitmaps(), shallowCommits.isEmpty else { return false }
        let packs = try objects.refreshPacks()
        guard !packs.contains(where: { $0.hasCompanion("keep") || $0.hasCompanion("promisor") }) else { return false }
        let count = packs.reduce(0) { $0 + $1.index.count }
        let outside = packs.reduce(0) { $0 + ($1.hasCompanion("bitmap") ? 0 : $1.index.count) }
        return count >= least && outside * 10 > count
    }

    private func keptPacks(_ options: MaintenanceOptions) throws -> Set<FilePath> {
        var sizes: [(path: FilePath, size: Int64)] = []
        for pack in try objects.refreshPacks() where !pack.hasCompanion("keep") {
            if let status = try FileStatus.of(pack.path) { sizes.append((pack.path, status.size)) }
        }
        if options.keepsLargestPack { return Set(sizes.max { $0.size < $1.size }.map { [$0.path] } ?? []) }
        guard let limit = options.keptPackSize, limit > 0 else { return [] }
        return Set(sizes.filter { $0.size >= Int64(limit) }.map(\.path))
    }
}
