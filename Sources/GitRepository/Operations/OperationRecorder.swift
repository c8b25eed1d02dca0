internal import Bytes
public import GitObjects
internal import GitRefs
internal import GitStorage
public import GitWorktree
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Records what one command changes: made before the command begins, told of every file that is about to be overwritten,
/// finished when the command has ended.
///
/// What is kept is written before anything is overwritten: a list of files in `nacre/operations/pending`, their contents as
/// objects. A process that is killed leaves these, and the next command makes an entry of them.
///
/// The state that the last command left stands in `nacre/operations/state`, and its index, by a hard link that costs
/// nothing, in `nacre/operations/index`. What differs from them when a command begins was done by another program.
public final class OperationRecorder: WorktreeWitness {
    private let repository: Repository
    private let title: String
    private let before: OperationState
    private let seen = Mutex(Seen())

    /// What was kept so far.
    private struct Seen {
        var snapshots: [FileSnapshot] = []
        var paths: Set<GitPath> = []
        var index: Index?
        var worktree: Worktree?
    }

    private static let directoryName = "operations"

    private static func directory(_ repository: Repository) -> FilePath {
        // Each work tree has an index and a HEAD of its own.
        repository.gitDirectory.appending("nacre").appending(directoryName)
    }

    private var directory: FilePath { Self.directory(repository) }
    private var keptIndex: FilePath { directory.appending("index") }
    private var pending: FilePath { directory.appending("pending") }
    private var stateFile: FilePath { directory.appending("state") }

    /// Looks at the repository, and makes an entry of what was done since the last command.
    ///
    /// - Parameters:
    ///   - title: the command line.
    ///   - signature: who calls the command.
    public init(_ repository: Repository, title: String, by signature: Signature) throws {
        self.repository = repository
        self.title = title
        try Files.makeDirectory(Self.directory(repository))
        before = try OperationState.capture(repository)
        try recordOutside(by: signature)
        try keepIndex()
        try keepState(before)
    }

    /// Where the last known state differs from what is there now, or a killed command left a list, an entry says so.
    private func recordOutside(by signature: Signature) throws {
        let leftBehind = try Files.readIfPresent(pending).map { FileSnapshot.decode($0, repository.algorithm) ?? [] }
        guard let content = try Files.readIfPresent(stateFile),
            let known = OperationCoding.state(content, repository.algorithm)
        else {
            try Files.remove(pending)
            return
        }
        var draft = OperationLog.Draft(
            kind: .outside, title: leftBehind == nil ? "outside nacre" : "interrupted command",
            refs: RefDifference.between(known, before))
        draft.worktree = leftBehind ?? []
        draft.files = Self.changedFiles(known, before)
        try addIndexes(&draft, from: known.index, to: before.index, oldFile: keptIndex)
        if !draft.isEmpty { try OperationLog(repository).append(draft, by: signature) }
        try Files.remove(pending)
    }

    private static func changedFiles(_ old: OperationState, _ new: OperationState) -> [String: [UInt8]?] {
        var result: [String: [UInt8]?] = [:]
        for path in Set(old.files.keys).union(new.files.keys) where old.files[path] != new.files[path] {
            result[path] = .some(old.files[path])
        }
        return result
    }

    /// Snapshots of both indexes where the file is another one and says another thing.
    private func addIndexes(
        _ draft: inout OperationLog.Draft, from old: OperationState.IndexIdentity?,
        to new: OperationState.IndexIdentity?, oldFile: FilePath
    ) throws {
        guard old != new else { return }
        let oldIndex = try repository.readIndex(oldFile)
        let newIndex = try repository.readIndex()
        guard !Self.isSame(oldIndex, newIndex) else { return }
        draft.index = try IndexSnapshot.write(oldFile, repository)
        draft.indexAfter = try IndexSnapshot.write(repository.indexFile, repository)
    }

    /// Whether two indexes stage the same, whatever their stat data.
    private static func isSame(_ old: Index, _ new: Index) -> Bool {
        guard old.entries.count == new.entries.count else { return false }
        return zip(old.entries, new.entries).allSatisfy {
            $0.id == $1.id && $0.mode == $1.mode && $0.stage == $1.stage && $0.flags == $1.flags && $0.path == $1.path
        }
    }

    /// Keeps the index file that stands now under a second name.
    private func keepIndex() throws {
        try Files.remove(keptIndex)
        let result = repository.indexFile.withPlatformString { from in keptIndex.withPlatformString { link(from, $0) } }
        if result != 0, let content = try Files.readIfPresent(repository.indexFile) {
            try TemporaryFile.replace(keptIndex, with: content, synchronizing: false)
        }
    }

    /// Keeps the state under which the next command, should this one be killed, is to find what it left.
    private func keepState(_ state: OperationState) throws {
        let content = OperationCoding.encode(state)
        guard try Files.readIfPresent(stateFile) != content else { return }
        try TemporaryFile.replace(stateFile, with: content, synchronizing: false)
    }

    // MARK: Files that are about to change

    /// Keeps what stands at the paths, where a commit or an earlier call does not hold it already.
    public func willChange(_ paths: [GitPath], in worktree: Worktree) throws {
        var fresh: [GitPath] = []
        try seen.withLock { seen in
            seen.worktree = worktree
            if seen.index == nil { seen.index = try repository.readIndex(keptIndex) }
            for path in paths where seen.paths.insert(path).inserted { fresh.append(path) }
        }
        guard !fresh.isEmpty, let index = seen.withLock({ $0.index }) else { return }
        var snapshots: [FileSnapshot] = []
        var dirty: [GitPath] = []
        for path in fresh { try look(path, index, worktree, &snapshots, &dirty) }
        if !dirty.isEmpty {
            snapshots += try worktree.keep(dirty).map { .file($0) }
        }
        guard !snapshots.isEmpty else { return }
        var file = try OutputFile(appendingTo: pending)
        try file.write(FileSnapshot.encode(snapshots))
        try file.close()
        seen.withLock { $0.snapshots += snapshots }
    }

    /// Sorts a path by what stands there: nothing, what the index holds, or content that has to be kept.
    private func look(
        _ path: GitPath, _ index: Index, _ worktree: Worktree, _ snapshots: inout [FileSnapshot],
        _ dirty: inout [GitPath]
    ) throws {
        guard let status = try worktree.status(path) else {
            snapshots.append(.absent(path))
            // A file in the place of a directory above goes too.
            if let parent = path.parent, !parent.isRoot, let above = try worktree.status(parent),
                above.kind != .directory
            {
                try look(parent, index, worktree, &snapshots, &dirty)
            }
            return
        }
        switch status.kind {
        case .directory:
            if index[path]?.mode == .gitlink { return }
            for entry in try Files.list(worktree.file(path)) ?? [] {
                // A repository inside has a history of its own and is never ours to keep.
                if entry.name.elementsEqual(".git".utf8) { return }
                try look(path.appending(entry.name), index, worktree, &snapshots, &dirty)
            }
        case .regular, .symbolicLink:
            if let entry = index[path], entry.stat.matches(status, worktree.settings.stat), !index.isRacy(entry),
                entry.mode == worktree.mode(of: status, previous: entry.mode)
            {
                snapshots.append(
                    .file(KeptFile(path: path, form: .committed, mode: entry.mode, id: entry.id)))
            } else {
                dirty.append(path)
            }
        case .other: return
        }
    }

    // MARK: The end

    /// Makes an entry of what the command changed, where it changed anything.
    public func finish(kind: Operation.Kind = .command, by signature: Signature) throws {
        let after = try OperationState.capture(repository)
        var draft = OperationLog.Draft(kind: kind, title: title, refs: RefDifference.between(before, after))
        draft.worktree = try changedSnapshots()
        draft.files = Self.changedFiles(before, after)
        try addIndexes(&draft, from: before.index, to: after.index, oldFile: keptIndex)
        // A command that only noted where HEAD was has changed nothing that a person would want back. That an entry was taken
        // back is said in any case: else the next undo would take the same one.
        let changesNothing =
            draft.isEmpty || (draft.files.keys.elementsEqual(["ORIG_HEAD"]) && draft.withoutFiles.isEmpty)
        let isIdle = kind == .command && changesNothing
        if !isIdle { try OperationLog(repository).append(draft, by: signature) }
        try keepIndex()
        try keepState(after)
        try Files.remove(pending)
    }

    /// What was kept of files that are another thing now; the others were written with what they held.
    private func changedSnapshots() throws -> [FileSnapshot] {
        let (snapshots, worktree) = seen.withLock { ($0.snapshots, $0.worktree) }
        guard let worktree, !snapshots.isEmpty else { return snapshots }
        let index = try repository.readIndex()
        return try snapshots.filter { snapshot in
            switch snapshot {
            case .absent(let path): return try worktree.status(path) != nil
            case .file(let kept):
                guard let status = try worktree.status(kept.path),
                    worktree.mode(of: status, previous: kept.mode) == kept.mode
                else { return true }
                if kept.form == .committed {
                    if let entry = index[kept.path], entry.id == kept.id, !index.isRacy(entry),
                        entry.stat.matches(status, worktree.settings.stat)
                    {
                        return false
                    }
                    return try worktree.hash(kept.path, index: index)?.id != kept.id
                }
                guard kept.form == .raw, status.kind == .regular else { return true }
                return ObjectID.hash(.blob, try Files.read(worktree.file(kept.path)), repository.algorithm) != kept.id
            }
        }
    }
}
