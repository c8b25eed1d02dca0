internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
public import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Finds which large files a repository still names: from all refs, reflogs, indexes and heads of all worktrees.
public enum LiveContent {
    /// The oids of all reachable pointers.
    ///
    /// - Throws: where a ref's history cannot be read in full: then nothing may be removed.
    public static func find(_ repository: Repository) throws -> Set<Hash256> {
        var search = Search(repository)
        for ref in try repository.refs.list() {
            if let id = ref.id { try search.start(id, isStrict: true) }
        }
        for directory in try gitDirectories(repository) {
            for name in headNames {
                for id in try ids(in: directory.appending(name), repository) { try search.start(id, isStrict: true) }
            }
            // What a sequence that stands still has before it may have been pruned by stock git, as its own gc does not look here.
            for name in sequenceFiles {
                for id in try ids(in: directory.appending(name), repository) { try search.start(id, isStrict: false) }
            }
            // Refs of a linked work tree alone: of its bisection, of a rebase that keeps merges.
            for folder in ["refs/bisect", "refs/worktree", "refs/rewritten"] {
                for file in try files(below: directory.appending(folder), depth: 0) {
                    for id in try ids(in: file, repository) { try search.start(id, isStrict: false) }
                }
            }
            try search.scan(repository.readIndex(directory.appending("index")))
        }
        if repository.indexFile != repository.gitDirectory.appending("index") {
            try search.scan(repository.readIndex())
        }
        try search.walk(isStrict: true)
        for name in try repository.refs.reflogNames() {
            for entry in try repository.refs.reflog(name)?.entries ?? [] {
                try search.start(entry.old, isStrict: false)
                try search.start(entry.new, isStrict: false)
            }
        }
        try search.walk(isStrict: false)
        return search.found
    }

    private static let headNames = [
        "HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_HEAD",
        "REBASE_HEAD", "AUTO_MERGE", "MERGE_AUTOSTASH",
    ]
    private static let sequenceFiles =
        [
            "FETCH_HEAD", "sequencer/head", "sequencer/abort-safety", "sequencer/todo", "BISECT_START",
            "BISECT_EXPECTED_REV",
            "BISECT_LOG",
        ]
        + ["rebase-merge", "rebase-apply"].flatMap { folder in
            [
                "orig-head", "onto", "stopped-sha", "autostash", "amend", "squash-onto", "git-rebase-todo", "done",
                "original-commit",
            ].map { "\(folder)/\($0)" }
        }

    /// The main git directory and those of linked worktrees.
    private static func gitDirectories(_ repository: Repository) throws -> [FilePath] {
        var directories = [repository.commonDirectory]
        let linked = repository.commonDirectory.appending("worktrees")
        for entry in try Files.list(linked) ?? [] { directories.append(linked.appending(bytes: entry.name)) }
        return directories
    }

    /// The ids in a file like `MERGE_HEAD` or a list of picks: every word of a file that is one. Symbolic refs are looked at anyway.
    private static func ids(in path: FilePath, _ repository: Repository) throws -> [ObjectID] {
        guard let content = try Files.readIfPresent(path, limit: 16 << 20) else { return [] }
        return content.split { Hex.value($0) == nil }.filter { $0.count == repository.algorithm.hexCount }
            .compactMap { ObjectID(hex: $0, algorithm: repository.algorithm) }
    }

    private static func files(below folder: FilePath, depth: Int) throws -> [FilePath] {
        guard depth < 16, try FileStatus.of(folder)?.kind == .directory else { return [] }
        return try (Files.list(folder) ?? []).flatMap { entry in
            let path = folder.appending(bytes: entry.name)
            let kind = try FileStatus.of(path)?.kind
            return kind == .directory ? try files(below: path, depth: depth + 1) : kind == .regular ? [path] : []
        }
    }

    private struct Search {
        let repository: Repository
        var scan: PointerScan
        var found: Set<Hash256> = []
        var commits: [ObjectID] = []
        var started: Set<ObjectID> = []

        init(_ repository: Repository) {
            self.repository = repository
            scan = PointerScan(repository.objects)
        }

        mutating func start(_ id: ObjectID, isStrict: Bool) throws {
            guard !id.isZero, started.insert(id).inserted else { return }
            if !isStrict && !repository.objects.contains(id) { return }
            let kind = try repository.objects.header(id).kind
            switch kind {
            case .commit: commits.append(id)
            case .tree: try take(scan.pointers(inTree: id))
            case .blob: take(blob: id)
            case .tag:
                let tag = try Tag(parsing: try repository.objects.read(id).content, algorithm: repository.algorithm)
                try start(tag.target, isStrict: isStrict)
            }
        }

        mutating func scan(_ index: Index) throws {
            for entry in index.entries where entry.mode == .regular || entry.mode == .executable {
                take(blob: entry.id)
            }
        }

        private mutating func take(blob id: ObjectID) {
            guard let header = try? repository.objects.header(id), header.kind == .blob,
                header.size <= Pointer.maximumLength, let blob = try? repository.objects.read(id),
                let pointer = Pointer(parsing: blob.content)
            else { return }
            found.insert(pointer.oid)
        }

        private mutating func take(_ pointers: [PointerScan.Found]) { found.formUnion(pointers.map(\.pointer.oid)) }

        mutating func walk(isStrict: Bool) throws {
            var options = RevisionWalk.Options()
            options.ignoresMissing = !isStrict
            var walk = RevisionWalk(repository, options: options)
            for commit in commits { try walk.include(commit) }
            let hasStarts = !commits.isEmpty
            commits = []
            guard hasStarts else { return }
            while let entry = try walk.next() {
                do throws(StorageError) {
                    try take(scan.pointers(inTree: entry.tree))
                } catch {
                    // What a reflog alone names may have been pruned by stock git: its pointers went with it.
                    if isStrict || !error.isMissing { throw error }
                }
            }
        }
    }
}
