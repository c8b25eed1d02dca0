internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Brings one history after another into one tree, file by file as Git's `octopus` does: no renames, texts by their lines.
struct OctopusStep {
    private let operation: MergeOperation
    private let options: TreeMerge.Options
    /// The merged files, each as it is to stand in the work tree.
    private var files: Index
    private var tree: ObjectID
    /// The sides of the paths that contradict.
    private(set) var stages: [TreeMerge.Stage] = []

    /// - Parameters:
    ///   - index: the files of `HEAD`.
    ///   - tree: its tree.
    init(_ operation: MergeOperation, index: Index, tree: ObjectID, worktree: Worktree) throws {
        self.operation = operation
        options = try operation.support.options(strategyOptions: [], ours: "HEAD", theirs: "", worktree: worktree)
        files = index
        self.tree = tree
    }

    private var objects: ObjectDatabase { operation.repository.objects }

    /// The tree, and what contradicts.
    var result: TreeMerge.Result { TreeMerge.Result(tree: tree, isClean: stages.isEmpty, stages: stages, messages: []) }

    /// Takes another tree as it is.
    mutating func move(to other: ObjectID) throws {
        for change in try TreeFiles.changes(tree, other, objects) { put(change.new, at: change.path) }
        tree = other
    }

    private mutating func put(_ file: TreeFile?, at path: GitPath) {
        guard let file else {
            files.remove(path)
            return
        }
        files.add(IndexEntry(path: path, id: file.id, mode: file.mode))
    }

    /// What the trees have at a path.
    private struct Sides {
        var bases: [TreeFile?]
        var ours: TreeFile?
        var theirs: TreeFile?
        /// Whether a directory of one side is a file of the other.
        var crossesOurs: Bool
        var crossesTheirs: Bool

        var base: TreeFile? { bases.lazy.compactMap { $0 }.first }
        /// Whether one side left the path alone, or both did the same.
        var isTrivial: Bool {
            func isBase(_ side: TreeFile?) -> Bool { bases.contains { Sides.isSame($0, side) } }
            if ours == nil || theirs == nil, base != nil {
                return (ours == nil && theirs == nil) || isBase(ours ?? theirs)
            }
            if Sides.isSame(ours, theirs) { return true }
            if isBase(ours), theirs != nil { return !crossesOurs }
            return isBase(theirs) && !crossesTheirs
        }
        /// What a trivial merge takes.
        var taken: TreeFile? { bases.contains { Sides.isSame($0, ours) } ? theirs : ours }

        static func isSame(_ one: TreeFile?, _ other: TreeFile?) -> Bool {
            one?.id == other?.id && one?.mode == other?.mode
        }
    }

    /// Brings a history's tree in.
    mutating func merge(_ other: ObjectID, _ bases: [ObjectID], _ name: String) throws {
        let open = try mergeTrivially(other, bases)
        guard !open.isEmpty else { return try writeTree() }
        operation.context.output.line("Simple merge did not work, trying automatic merge.")
        for (path, sides) in open {
            if try merge(path, sides, name) { continue }
            for (number, file) in [(1, sides.base), (2, sides.ours), (3, sides.theirs)] {
                guard let file else { continue }
                stages.append(TreeMerge.Stage(path: path, stage: number, mode: file.mode, id: file.id))
            }
        }
        if !stages.isEmpty {
            operation.context.output.flush()
            operation.context.errors.line("fatal: merge program failed")
        }
        try writeTree()
    }

    private mutating func writeTree() throws {
        let batch = objects.beginBatch()
        tree = try files.writeTree(into: batch)
        try batch.finish()
    }

    /// Takes all that one side alone changed.
    ///
    /// - Returns: the rest, in the order of the paths.
    private mutating func mergeTrivially(_ other: ObjectID, _ bases: [ObjectID]) throws -> [(GitPath, Sides)] {
        guard let first = bases.first else { return [] }
        func changes(_ new: ObjectID) throws -> [GitPath: TreeFiles.Change] {
            let pairs = try TreeFiles.changes(first, new, objects).map { ($0.path, $0) }
            return Dictionary(pairs) { $1 }
        }
        let ours = try changes(tree)
        let theirs = try changes(other)
        let others = try bases.dropFirst().map(changes)
        let mine = tree
        var open: [(GitPath, Sides)] = []
        for path in Set(ours.keys).union(theirs.keys).sorted() {
            let base = ours[path]?.old ?? theirs[path]?.old
            let sides = Sides(
                bases: [base] + others.map { $0[path].map(\.new) ?? base }, ours: ours[path].map(\.new) ?? base,
                theirs: theirs[path].map(\.new) ?? base, crossesOurs: try crosses(path, mine),
                crossesTheirs: try crosses(path, other))
            if sides.isTrivial { put(sides.taken, at: path) } else { open.append((path, sides)) }
        }
        return open
    }

    /// Whether a tree has a directory at a path, or a file at one of the directories above.
    private func crosses(_ path: GitPath, _ tree: ObjectID) throws -> Bool {
        var current = tree
        let names = path.bytes.split(separator: UInt8(ascii: "/"))
        for (depth, name) in names.enumerated() {
            guard let entry = try objects.tree(current)[name] else { return false }
            let isLast = depth == names.count - 1
            if isLast { return entry.mode == .tree }
            guard entry.mode == .tree else { return true }
            current = entry.id
        }
        return false
    }

    // MARK: One file

    private func fail(_ words: String...) -> Bool {
        operation.context.output.flush()
        for line in words { operation.context.errors.line(line) }
        return false
    }

    /// - Returns: false where the path contradicts; the words have been said.
    private mutating func merge(_ path: GitPath, _ sides: Sides, _ name: String) throws -> Bool {
        switch (sides.base, sides.ours, sides.theirs) {
        case (nil, let ours?, nil):
            put(ours, at: path)
            return true
        case (nil, nil, let theirs?):
            operation.context.output.line("Adding \(path)")
            guard !sides.crossesOurs || !files.containsDirectory(path) && !hasFile(above: path) else {
                return fail(
                    "error: '\(path)' appears as both a file and as a directory",
                    "error: \(path): cannot add to the index - missing --add option?",
                    "fatal: git update-index: --cacheinfo cannot add \(path)")
            }
            put(theirs, at: path)
            return true
        case (let base?, nil, let side?), (let base?, let side?, nil):
            guard side.id == base.id else { break }
            return fail(
                "ERROR: File \(path) deleted on one branch but had its", "ERROR: permissions changed on the other.")
        case (let base, let ours?, let theirs?):
            if base == nil, ours.id == theirs.id {
                return fail(
                    "ERROR: File \(path) added identically in both branches,",
                    "ERROR: but permissions conflict \(ours.mode.octal)->\(theirs.mode.octal).")
            }
            return try mergeContents(path, base, ours, theirs, name)
        default: break
        }
        if sides.ours == nil { files.remove(path) }
        let ids = [sides.base, sides.ours, sides.theirs].map { $0?.id.hex ?? "" }
        return fail("ERROR: \(path): Not handling case \(ids.joined(separator: " -> "))")
    }

    private func hasFile(above path: GitPath) -> Bool {
        let names = path.bytes.split(separator: UInt8(ascii: "/"))
        return names.indices.dropFirst().contains { end in
            let directory = GitPath(Array(names[..<end].joined(separator: [0x2f])))
            return files.contains(directory) && !stages.contains { $0.path == directory }
        }
    }

    private mutating func mergeContents(
        _ path: GitPath, _ base: TreeFile?, _ ours: TreeFile, _ theirs: TreeFile, _ name: String
    ) throws -> Bool {
        let modes = [ours.mode, theirs.mode]
        if modes.contains(.symbolicLink) { return fail("ERROR: \(path): Not merging symbolic link changes.") }
        if modes.contains(.gitlink) { return fail("ERROR: \(path): Not merging conflicting submodule changes.") }
        operation.context.output.line(base == nil ? "Added \(path) in both, but differently." : "Auto-merging \(path)")
        let merged = try lines(path, base, ours, theirs, name)
        let id = try objects.write(.blob, merged.content)
        files.add(IndexEntry(path: path, id: id, mode: ours.mode))
        var faults = merged.isClean && base != nil ? [] : ["content conflict"]
        if ours.mode != theirs.mode {
            let before = base?.mode.octal ?? ""
            faults.append("permissions conflict: \(before)->\(ours.mode.octal),\(theirs.mode.octal)")
        }
        return faults.isEmpty || fail("ERROR: \(faults.joined(separator: ", ")) in \(path)")
    }

    private func lines(
        _ path: GitPath, _ base: TreeFile?, _ ours: TreeFile, _ theirs: TreeFile, _ name: String
    ) throws -> (content: [UInt8], isClean: Bool) {
        let contents = try [base, ours, theirs].map { try $0.map { try objects.read($0.id, as: .blob) } ?? [] }
        // Of large files only the pointers are here, whose lines are not to be mixed.
        let isLarge = if case .binary? = options.driver?(path)?.kind { true } else { false }
        if isLarge || contents.contains(where: { $0.prefix(8000).contains(0) }) {
            operation.context.output.flush()
            operation.context.errors.line("error: Cannot merge binary files: \(path)")
            return (contents[1], false)
        }
        var file = FileMergeOptions()
        file.lines.algorithm = .myers
        file.joinsAcrossPunctuation = true
        file.style = options.file.style
        file.labels = ("HEAD", "merged common ancestors", name)
        let merged = FileMerge.merge(base: contents[0], ours: contents[1], theirs: contents[2], options: file)
        return (merged.content, merged.conflicts == 0)
    }
}
