internal import Bytes
public import GitObjects
public import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Rewrites commits so that plain blobs become large files.
///
/// A commit keeps its message, people and times; its tree gets pointers, and lines in `.gitattributes` that claim them. Commits
/// in which nothing changes keep their id. Signatures go where a commit changes.
public struct HistoryMigration {
    /// Which files become large.
    public struct Selection: Sendable {
        /// Patterns of `.gitattributes`; where there are none, any path.
        public var patterns: [String] = []
        /// The least size; nil with patterns takes any, nil without takes what `add` would take for large.
        public var minimumSize: Int?

        /// What `add` would take for large.
        public init() {}
    }

    private struct Place: Hashable {
        let tree: ObjectID
        let path: GitPath
    }

    private struct Rewritten {
        var id: ObjectID
        /// Paths that hold pointers now.
        var migrated: [GitPath] = []
        /// Extensions of files that stay as they are.
        var others: Set<String> = []
    }

    private struct Work {
        let blob: ObjectID
        let size: Int
        let previous: ObjectID?
        let level: Int
    }

    private let repository: Repository
    private let store: LargeFileStore
    private let selection: Selection
    private let policy: LargeFilePolicy
    private let rules: AttributeRules?

    private var work: [Work] = []
    private var known: [ObjectID: Int] = [:]
    private var latest: [GitPath: ObjectID] = [:]
    private var visited: Set<Place> = []
    private var decisions: [ObjectID: Bool] = [:]
    private var pointers: [ObjectID: Pointer] = [:]
    private var blobs: [ObjectID: ObjectID] = [:]
    private var trees: [Place: Rewritten] = [:]
    private var commits: [ObjectID: ObjectID] = [:]

    /// How many bytes were moved into the store.
    public private(set) var migratedBytes = 0
    /// How many versions of files.
    public var migratedCount: Int { pointers.count }
    /// How many commits have another id now.
    public var rewrittenCount: Int { commits.count { $0.key != $0.value } }

    /// Content that waits in files before it is taken in is kept below this, one file excepted.
    private static let batchBytes = 256 << 20

    /// Prepares a migration.
    public init(_ repository: Repository, store: LargeFileStore, _ selection: Selection) throws {
        self.repository = repository
        self.store = store
        self.selection = selection
        policy = try LargeFilePolicy(repository.config)
        guard !selection.patterns.isEmpty else {
            rules = nil
            return
        }
        let lines = selection.patterns.map { $0 + " chosen\n" }.joined()
        rules = AttributeRules { path in path.bytes.elementsEqual(".gitattributes".utf8) ? Array(lines.utf8) : nil }
    }

    /// Rewrites the history of these commits.
    public mutating func rewrite(_ tips: [ObjectID]) throws {
        var options = RevisionWalk.Options()
        options.order = .topological
        options.isReversed = true
        var walk = RevisionWalk(repository, options: options)
        for tip in tips { try walk.include(tip) }
        var order: [ObjectID] = []
        while let entry = try walk.next() {
            order.append(entry.id)
            try plan(entry.tree, at: .root)
        }
        try takeIn()
        let batch = repository.objects.beginBatch()
        for (blob, pointer) in pointers { blobs[blob] = try batch.add(.blob, pointer.encoded) }
        for id in order { try rewrite(commit: id, batch) }
        try batch.finish()
    }

    /// What a commit or tag became; itself where it did not change.
    public func mapped(_ id: ObjectID) -> ObjectID { commits[id] ?? id }

    /// The commits that became others.
    public var rewritten: [(old: ObjectID, new: ObjectID)] {
        commits.filter { $0.key != $0.value }.map { (old: $0.key, new: $0.value) }.sorted { $0.old < $1.old }
    }

    /// What a blob became.
    public func mapped(blob id: ObjectID) -> ObjectID { blobs[id] ?? id }

    /// An annotated tag of a commit that was rewritten; without its signature.
    public mutating func rewrite(tag id: ObjectID) throws -> ObjectID {
        let tag = try Tag(parsing: try repository.objects.read(id).content, algorithm: repository.algorithm)
        let target = tag.targetKind == .tag ? try rewrite(tag: tag.target) : mapped(tag.target)
        guard target != tag.target else { return id }
        let tagger = tag.tagger ?? Signature(name: "unknown", email: "", time: 0, zoneMinutes: 0)
        let new = Tag(
            target: target, kind: tag.targetKind, name: tag.name, tagger: tagger,
            message: HistoryMigration.withoutSignature(tag.message))
        return try repository.objects.write(.tag, new.encoded)
    }

    private static func withoutSignature(_ message: [UInt8]) -> [UInt8] {
        let starts = [
            "-----BEGIN PGP SIGNATURE-----", "-----BEGIN SSH SIGNATURE-----", "-----BEGIN SIGNED MESSAGE-----",
        ]
        var result: [UInt8] = []
        for line in message.split(separator: 10, omittingEmptySubsequences: false) {
            if starts.contains(where: { line.starts(with: $0.utf8) }) { return result }
            result += line
            result.append(10)
        }
        return message
    }

    // MARK: Choosing

    /// Finds the blobs to be migrated, each with the one that stood at its path before.
    private mutating func plan(_ tree: ObjectID, at path: GitPath) throws {
        guard visited.insert(Place(tree: tree, path: path)).inserted else { return }
        for entry in try repository.objects.tree(tree).entries {
            let child = path.appending(entry.name)
            if entry.mode == .tree {
                try plan(entry.id, at: child)
            } else if entry.mode == .regular || entry.mode == .executable, try isChosen(entry.id, child) {
                let previous = latest[child]
                latest[child] = entry.id
                guard known[entry.id] == nil else { continue }
                let level = previous.flatMap { known[$0] }.map { $0 + 1 } ?? 0
                known[entry.id] = level
                let size = try Int(repository.objects.header(entry.id).size)
                work.append(Work(blob: entry.id, size: size, previous: previous, level: level))
            }
        }
    }

    private mutating func isChosen(_ blob: ObjectID, _ path: GitPath) throws -> Bool {
        if [".gitattributes", ".gitignore", ".gitmodules"].contains(where: { path.name.elementsEqual($0.utf8) }) {
            return false
        }
        if let rules, !rules.attributes(of: path).isSet("chosen") { return false }
        if let known = decisions[blob] { return known }
        let result = try isLarge(blob)
        decisions[blob] = result
        return result
    }

    private func isLarge(_ blob: ObjectID) throws -> Bool {
        let size = try Int(repository.objects.header(blob).size)
        if size <= Pointer.maximumLength, Pointer(parsing: try repository.objects.read(blob).content) != nil {
            return false
        }
        if let least = selection.minimumSize { return size >= least }
        if rules != nil { return size > 0 }
        if policy.textThreshold > 0, size >= policy.textThreshold { return true }
        guard policy.fileThreshold > 0, size >= policy.fileThreshold else { return false }
        return try repository.objects.read(blob).content.prefix(8192).contains(0)
    }

    // MARK: Taking in

    /// Version after version, so that each finds the one before it in the store and becomes its delta.
    private mutating func takeIn() throws {
        let place = repository.nacreDirectory.appending("tmp_migrate_\(UInt64.random(in: 0 ... .max))")
        try Files.makeDirectory(place)
        defer { try? Files.removeTree(place) }
        let sorted = work.enumerated().sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }
        var batch: [Work] = []
        var bytes = 0
        for (_, item) in sorted {
            if let last = batch.last, last.level != item.level || bytes + item.size > Self.batchBytes {
                try takeIn(batch, place)
                batch = []
                bytes = 0
            }
            batch.append(item)
            bytes += item.size
        }
        try takeIn(batch, place)
    }

    private mutating func takeIn(_ batch: [Work], _ place: FilePath) throws {
        guard !batch.isEmpty else { return }
        var files: [LargeFileStore.NewFile] = []
        for item in batch {
            let file = place.appending(item.blob.hex)
            try TemporaryFile.replace(
                file, with: try repository.objects.read(item.blob).content, synchronizing: false)
            files.append(.init(path: file, previous: item.previous.flatMap { pointers[$0]?.oid }))
        }
        for (item, manifest) in zip(batch, try store.add(files)) {
            pointers[item.blob] = Pointer(oid: manifest.oid, size: manifest.size)
            migratedBytes += manifest.size
        }
        for file in files { try Files.remove(file.path) }
    }

    // MARK: Rewriting

    private mutating func rewrite(commit id: ObjectID, _ batch: ObjectBatch) throws {
        let commit = try repository.objects.commit(id)
        let parents = commit.parents.map { mapped($0) }
        let tree = try rewrite(root: commit.tree, batch)
        guard tree != commit.tree || parents != commit.parents else {
            commits[id] = id
            return
        }
        let new = Commit(
            tree: tree, parents: parents, author: commit.author, committer: commit.committer, message: commit.message,
            extraHeaders: commit.extraHeaders.filter { $0.name != "gpgsig" && $0.name != "gpgsig-sha256" })
        commits[id] = try batch.add(.commit, new.encoded)
    }

    private mutating func rewrite(root: ObjectID, _ batch: ObjectBatch) throws -> ObjectID {
        let rewritten = try rewrite(root, at: .root, batch)
        guard !rewritten.migrated.isEmpty else { return rewritten.id }
        var entries = try repository.objects.tree(root).entries.map { entry in
            try self.entry(entry, at: .root, batch).entry
        }
        let name = Array(".gitattributes".utf8)
        var content: [UInt8] = []
        if let old = entries.first(where: { $0.name == name }), old.mode.isBlob {
            content = try repository.objects.read(old.id).content
        }
        let present = Set(content.split(separator: 10).map(Array.init))
        let lines = attributeLines(rewritten).map { Array($0.utf8) }.filter { !present.contains($0) }
        if !lines.isEmpty {
            if let last = content.last, last != 10 { content.append(10) }
            for line in lines { content += line + [10] }
            entries.removeAll { $0.name == name }
            entries.append(TreeEntry(mode: .regular, name: name, id: try batch.add(.blob, content)))
        }
        return try batch.add(.tree, Tree(entries).encoded)
    }

    private mutating func rewrite(_ tree: ObjectID, at path: GitPath, _ batch: ObjectBatch) throws -> Rewritten {
        let place = Place(tree: tree, path: path)
        if let known = trees[place] { return known }
        var result = Rewritten(id: tree)
        var entries: [TreeEntry] = []
        var isChanged = false
        for old in try repository.objects.tree(tree).entries {
            let (entry, inner) = try self.entry(old, at: path, batch)
            isChanged = isChanged || entry.id != old.id
            entries.append(entry)
            if let inner {
                result.migrated += inner.migrated
                result.others.formUnion(inner.others)
            } else if old.mode.isBlob {
                let child = path.appending(old.name)
                if entry.id != old.id {
                    result.migrated.append(child)
                } else if let ending = LargeFilePolicy.fileExtension(child) {
                    result.others.insert(ending)
                }
            }
        }
        if isChanged { result.id = try batch.add(.tree, Tree(entries).encoded) }
        trees[place] = result
        return result
    }

    /// What an entry becomes, and what is below it.
    private mutating func entry(
        _ old: TreeEntry, at path: GitPath, _ batch: ObjectBatch
    ) throws -> (entry: TreeEntry, inner: Rewritten?) {
        let child = path.appending(old.name)
        if old.mode == .tree {
            let inner = try rewrite(old.id, at: child, batch)
            return (TreeEntry(mode: old.mode, name: old.name, id: inner.id), inner)
        }
        guard old.mode == .regular || old.mode == .executable, let new = blobs[old.id], try isChosen(old.id, child)
        else { return (old, nil) }
        return (TreeEntry(mode: old.mode, name: old.name, id: new), nil)
    }

    /// The lines that claim exactly what was migrated: the patterns that were asked for; else an extension where all its files
    /// went, and a line for each other path.
    private func attributeLines(_ rewritten: Rewritten) -> [String] {
        if !selection.patterns.isEmpty, selection.minimumSize == nil {
            return selection.patterns.map { LargeFilePolicy.attributeLine($0) }
        }
        var lines: [String] = []
        var seen: Set<String> = []
        for path in rewritten.migrated {
            if let ending = LargeFilePolicy.fileExtension(path),
                LargeFilePolicy.binaryExtensions.contains(ending.lowercased()), !rewritten.others.contains(ending)
            {
                if seen.insert(ending).inserted { lines.append(LargeFilePolicy.attributeLine("*.\(ending)")) }
            } else {
                lines.append(LargeFilePolicy.attributeLine("/" + LargeFilePolicy.escape(path)))
            }
        }
        return lines
    }
}
