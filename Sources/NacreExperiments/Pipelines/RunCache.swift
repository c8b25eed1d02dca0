internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Outputs of stages that ran before with the same command, dependencies and parameters.
///
/// Kept as a tree under `refs/nacre/run-cache`, an entry in `<2 digits>/<62 digits>/`: `lock.json`, the outputs below `outs/`,
/// and a `.gitattributes` that makes large ones pointers. A ref survives garbage collection and travels by fetch and push.
public struct RunCache: Sendable {
    /// The ref.
    public static let ref = "refs/nacre/run-cache"

    private let workspace: Workspace

    /// Whether a stage's outputs follow from what its entry names: as DVC, not where it reads nothing, or where an output stays
    /// from one run to the next.
    private static func keeps(_ stage: PipelineStage) -> Bool {
        !stage.outputs.isEmpty && !stage.outputs.contains(where: \.persists)
            && !(stage.dependencies.isEmpty && stage.parameters.isEmpty)
    }

    /// The cache of a repository.
    public init(_ workspace: Workspace) { self.workspace = workspace }

    private func key(_ entry: PipelineLock.Stage, _ outputs: [String]) -> [UInt8] {
        var dependencies = ValueObject()
        for file in entry.dependencies { dependencies[file.path] = .string(file.item.sha256) }
        let value: Value = .object([
            "cmd": .array(entry.commands.map(Value.string)), "deps": .object(dependencies),
            "params": .object(entry.parameters.sorted), "outs": .array(outputs.sorted().map(Value.string)),
        ])
        return Hex.encode(Digest.hash(JSONWriter.bytes(value), .sha256))
    }

    private func path(_ key: [UInt8]) -> GitPath { GitPath(key[..<2] + [UInt8(ascii: "/")] + key[2...]) }

    /// Puts the outputs of an earlier run into place.
    ///
    /// - Returns: false where there was none, or its content is not at hand.
    func restore(_ entry: PipelineLock.Stage, _ stage: PipelineStage, to root: FilePath) throws -> Bool {
        guard Self.keeps(stage),
            let commit = try workspace.refs.resolve(try RefName(Self.ref))
        else { return false }
        let source = try TreeSource(workspace.objects, commit)
        let place = path(key(entry, stage.outputs.map(\.path)))
        guard let item = try source.entry(place), item.mode == .tree else { return false }
        // Beside the target, so that a partly missing output never replaces what stands there.
        let staging = workspace.nacreDirectory.appending("tmp_cache_\(UInt64.random(in: 0...UInt64.max))")
        defer { try? Files.removeTree(staging) }
        do {
            try TreeExporter(item.id, to: staging, like: workspace.worktree).writeAll()
        } catch ExportError.contentMissing {
            return false
        }
        for output in stage.outputs {
            guard try FileStatus.of(staging.appending("outs").appending(output.path)) != nil else { return false }
        }
        for output in stage.outputs {
            let target = root.appending(output.path)
            try Files.removeTree(target)
            try Files.makeDirectory(target.removingLastComponent())
            try Files.rename(staging.appending("outs").appending(output.path), to: target)
        }
        return true
    }

    /// Remembers what a stage made.
    func store(_ entry: PipelineLock.Stage, _ stage: PipelineStage, from root: FilePath) throws {
        guard Self.keeps(stage), root == workspace.worktree.root else { return }
        let outputs = stage.outputs.map { GitPath($0.path) }
        let files = try workspace.store(outputs)
        let place = path(key(entry, stage.outputs.map(\.path)))
        var edits = files.map { file in
            TreeEditor.Edit(path: GitPath(place.bytes + Array("/outs/".utf8) + file.path.bytes), file: file.file)
        }
        let attributes = try workspace.objects.write(.blob, Array("* filter=lfs -text\n".utf8))
        edits.append(
            .init(path: place.appending(Array(".gitattributes".utf8)), file: .init(mode: .regular, id: attributes)))
        for _ in 0..<5 {
            let ref = try RefName(Self.ref)
            let old = try workspace.refs.resolve(ref)
            let tree = try TreeEditor.apply(edits, to: try workspace.tree(old), in: workspace.objects)
            if try workspace.tree(old) == tree { return }
            // No history: what was cached once is of no interest later.
            let commit = try workspace.commit(tree: tree, parents: [], message: "Run cache\n")
            var transaction = workspace.refs.beginTransaction()
            transaction.update(ref, to: commit, expecting: old.map { .exactly($0) } ?? .absent, message: "run cache")
            do throws(RefError) {
                try transaction.commit(committer: try committer())
                return
            } catch {
                continue
            }
        }
    }

    /// Takes over the entries of another cache that this one does not have.
    ///
    /// - Returns: whether this one changed.
    @discardableResult
    public func merge(_ theirs: ObjectID) throws -> Bool {
        let ref = try RefName(Self.ref)
        let old = try workspace.refs.resolve(ref)
        if old == theirs { return false }
        let tree = try workspace.tree(old)
        // An entry is taken whole or not at all: a command that is not deterministic leaves different outputs under one key.
        func entry(_ path: GitPath) -> [UInt8] { Array(path.bytes.prefix(Self.entryLength)) }
        let known = Set(
            try tree.map { try TreeChanges.files(of: $0, in: workspace.objects) }?.map { entry($0.path) } ?? [])
        let edits = try TreeChanges.between(tree, try workspace.tree(theirs), in: workspace.objects).compactMap {
            change -> TreeEditor.Edit? in
            guard let file = change.new, change.old == nil, !known.contains(entry(change.path)) else { return nil }
            return TreeEditor.Edit(path: change.path, file: .init(mode: file.mode, id: file.id))
        }
        guard !edits.isEmpty else { return false }
        let merged = try TreeEditor.apply(edits, to: tree, in: workspace.objects)
        let commit = try workspace.commit(tree: merged, parents: [], message: "Run cache\n")
        var transaction = workspace.refs.beginTransaction()
        transaction.update(ref, to: commit, expecting: old.map { .exactly($0) } ?? .absent, message: "run cache")
        try transaction.commit(committer: try committer())
        return true
    }

    /// `ab/cdef…`: two digits, a slash, 62 digits.
    private static let entryLength = 65

    private func committer() throws(RefError) -> Signature {
        (try? workspace.committer())
            ?? Signature(name: "nacre", email: "", time: Int64(Timestamp.now()), zoneMinutes: 0)
    }
}
