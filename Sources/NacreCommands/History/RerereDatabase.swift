internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Records conflicts and their resolutions, and resolves again what was resolved before.
struct RerereDatabase {
    let context: Context
    let repository: Repository
    let cache: ResolutionCache
    private let support: MergeSupport

    /// nil where the configuration does not want it (`rerere.enabled`; by default wanted where the cache exists).
    init?(_ context: Context, _ repository: Repository, demandsEnabled: Bool = true) throws {
        self.context = context
        self.repository = repository
        support = MergeSupport(context: context, repository: repository)
        let directory = repository.commonDirectory.appending("rr-cache")
        cache = ResolutionCache(directory)
        guard demandsEnabled else { return }
        if let isEnabled = try repository.config.bool("rerere.enabled") {
            guard isEnabled else { return nil }
        } else if try FileStatus.of(directory)?.kind != .directory {
            return nil
        }
    }

    // MARK: The list of the merge under way

    /// The paths of `MERGE_RR` with their entries, in order.
    func list() throws -> [(path: GitPath, key: ResolutionCache.Key)] {
        guard let bytes = try support.read("MERGE_RR") else { return [] }
        return bytes.split(separator: 0).compactMap { item in
            guard let tab = item.firstIndex(of: 9),
                let key = ResolutionCache.Key(String(decoding: item[..<tab], as: UTF8.self))
            else { return nil }
            return (GitPath(item[(tab + 1)...]), key)
        }
    }

    func writeList(_ items: [(path: GitPath, key: ResolutionCache.Key)]) throws {
        var text: [UInt8] = []
        for item in items.sorted(by: { $0.path < $1.path }) {
            text += Array("\(item.key.text)\t".utf8) + item.path.bytes + [0]
        }
        try support.write("MERGE_RR", text)
    }

    /// Paths with two sides that are files: those whose conflicts can be told from their text.
    func conflictedFiles(_ index: Index) -> [GitPath] {
        index.conflictedPaths.filter { path in
            let entries = index.range(of: path).map { index.entries[$0] }
            let sides = entries.filter { $0.stage == .ours || $0.stage == .theirs }
            return sides.count == 2 && sides.allSatisfy { $0.mode == .regular || $0.mode == .executable }
        }
    }

    func image(_ path: GitPath, _ worktree: Worktree) throws -> ConflictImage? {
        guard let content = try Files.readIfPresent(worktree.file(path)) else { return nil }
        return image(content, path, worktree)
    }

    private func image(_ content: [UInt8], _ path: GitPath, _ worktree: Worktree) -> ConflictImage? {
        let size = worktree.attributes.attributes(of: path).text("conflict-marker-size").flatMap { Int($0) } ?? 7
        return ConflictImage(content, markerSize: size, algorithm: repository.algorithm)
    }

    // MARK: Recording and replaying

    /// What `rerere` does when it is called after a merge stopped, and before a commit is made.
    ///
    /// - Parameter autoupdate: whether resolved paths are staged; nil for `rerere.autoUpdate`.
    func run(autoupdate: Bool? = nil) throws {
        let worktree = try context.worktree()
        var items = try list()
        let index = try context.index()
        for path in conflictedFiles(index) where !items.contains(where: { $0.path == path }) {
            guard let image = try image(path, worktree), image.count > 0 else { continue }
            items.append((path, ResolutionCache.Key(id: image.id, variant: nil)))
        }
        var left: [(path: GitPath, key: ResolutionCache.Key)] = []
        var staged: [GitPath] = []
        let stages = try autoupdate ?? repository.config.bool("rerere.autoupdate") ?? false
        for item in items.sorted(by: { $0.path < $1.path }) {
            if let kept = try handle(item, worktree, stages ? { staged.append($0) } : nil) { left.append(kept) }
        }
        if !staged.isEmpty { try stage(staged, worktree) }
        if items.isEmpty, try support.read("MERGE_RR") == nil { return }
        try writeList(left)
    }

    /// After a merge that stopped.
    func recordConflicts() throws { try run() }

    /// Before or after a commit that resolves.
    func recordResolutions() throws { try run() }

    private func handle(
        _ item: (path: GitPath, key: ResolutionCache.Key), _ worktree: Worktree, _ stage: ((GitPath) -> Void)?
    ) throws -> (path: GitPath, key: ResolutionCache.Key)? {
        context.output.flush()
        var key = item.key
        let path = item.path
        guard let image = try image(path, worktree) else { return item.key.variant == nil ? nil : item }
        if key.variant != nil, image.count == 0 {
            guard let content = try Files.readIfPresent(worktree.file(path)) else { return nil }
            try cache.write(key, "postimage", content)
            context.errors.line("Recorded resolution for '\(path)'.")
            return nil
        }
        for variant in try cache.variants(key.id) {
            let candidate = ResolutionCache.Key(id: key.id, variant: variant)
            guard try cache.read(candidate, "postimage") != nil else { continue }
            try cache.write(candidate, "thisimage", image.content)
            guard let resolved = try cache.replay(candidate, on: image.content) else { continue }
            try worktree.willChange([path])
            try replace(path, resolved, worktree)
            try cache.touch(candidate, "postimage")
            if let own = key.variant, own != variant { try cache.remove(key, "preimage", "postimage") }
            if let stage { stage(path) } else { context.errors.line("Resolved '\(path)' using previous resolution.") }
            return nil
        }
        if key.variant == nil {
            let taken = Set(try cache.variants(key.id))
            key.variant = (0...).first { !taken.contains($0) } ?? 0
        }
        try cache.write(key, "preimage", image.content)
        try cache.remove(key, "postimage")
        context.errors.line("Recorded preimage for '\(path)'")
        return (path, key)
    }

    /// Puts content into a file that stands, its permissions kept.
    private func replace(_ path: GitPath, _ content: [UInt8], _ worktree: Worktree) throws {
        let index = try context.index()
        let mode = index.range(of: path).map { index.entries[$0].mode }.last ?? .regular
        let files = WorktreePatchFiles(worktree, keptDirectory: try context.prefix())
        let blob = try worktree.contentForBlob(content, path: path)
        _ = try files.change(removing: [], writing: [PatchedFile(path: path, mode: mode, content: blob)])
    }

    private func stage(_ paths: [GitPath], _ worktree: Worktree) throws {
        let session = try IndexSession(repository)
        let batch = repository.objects.beginBatch()
        _ = try worktree.stage(paths, in: &session.index, batch: batch)
        try batch.finish()
        try session.commit(worktree)
        for path in paths { context.errors.line("Staged '\(path)' using previous resolution.") }
    }

    // MARK: The verbs

    /// Forgets what the merge under way recorded and did not resolve.
    func clear() throws {
        for item in try list() where try cache.read(item.key, "postimage") == nil {
            try cache.remove(item.key, "preimage", "thisimage")
        }
        try support.remove("MERGE_RR")
    }

    /// Drops old entries: `gc.rerereResolved` (60 days) after their last use, `gc.rerereUnresolved` (15) without resolution.
    func collect() throws {
        let day: Int64 = 86_400
        let resolved = context.now - Int64(try repository.config.int("gc.rerereresolved") ?? 60) * day
        let unresolved = context.now - Int64(try repository.config.int("gc.rerereunresolved") ?? 15) * day
        for id in try cache.ids() {
            for variant in try cache.variants(id) {
                let key = ResolutionCache.Key(id: id, variant: variant)
                let used = try cache.modified(key, "postimage")
                let then = try used ?? cache.modified(key, "preimage") ?? 0
                if then < (used == nil ? unresolved : resolved) {
                    try cache.remove(key, "preimage", "postimage", "thisimage")
                }
            }
        }
    }

    /// Forgets how the conflicts of a path were resolved.
    func forget(_ path: GitPath, _ sides: [ConflictStage: ObjectID], _ worktree: Worktree) throws {
        func content(_ stage: ConflictStage) throws -> [UInt8] {
            try sides[stage].map { try repository.objects.read($0, as: .blob) } ?? []
        }
        var options = FileMergeOptions()
        options.labels = ("ours", nil, "theirs")
        options.lines.algorithm = .myers
        let merged = FileMerge.merge(
            base: try content(.base), ours: try content(.ours), theirs: try content(.theirs), options: options)
        guard let image = image(merged.content, path, worktree), image.count > 0 else {
            throw CommandError(.error, "could not parse conflict hunks in '\(path)'")
        }
        let variants = try cache.variants(image.id).map { ResolutionCache.Key(id: image.id, variant: $0) }
        guard let key = try variants.first(where: { try cache.replay($0, on: image.content) != nil }) else {
            throw CommandError(.error, "no remembered resolution for '\(path)'")
        }
        try cache.remove(key, "postimage")
        try cache.write(key, "preimage", image.content)
        context.errors.line("Updated preimage for '\(path)'")
        try writeList(try list().filter { $0.path != path } + [(path, key)])
        context.errors.line("Forgot resolution for '\(path)'")
    }
}
