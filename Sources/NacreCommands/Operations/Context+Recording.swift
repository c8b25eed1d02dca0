internal import Bytes
internal import GitConfig
internal import GitRepository
internal import Glibc
internal import SystemPackage

extension Context {
    /// Verbs that move refs, HEAD or the index, or overwrite files. Each run of one becomes an entry of the operation log.
    static let recordedVerbs: Set<String> = [
        "add", "am", "apply", "bisect", "branch", "checkout", "checkout-index", "cherry-pick", "clean", "commit",
        "experiment", "fetch", "merge", "merge-file", "mv", "notes", "pull", "push", "read-tree", "rebase", "redo",
        "remote",
        "replace", "reproduce", "rerere",
        "reset", "restore", "revert", "rm", "run", "sparse-checkout", "stash", "submodule", "switch", "symbolic-ref",
        "tag", "undo",
        "update-index", "update-ref", "large", "worktree", "write-tree",
    ]

    /// Begins to record, where the verb can change something, there is a repository, and `nacre.operationLog` is not off.
    func startRecording(_ verb: String, _ words: [[UInt8]]) throws {
        guard Self.recordedVerbs.contains(verb), let repository = try repositoryIfPresent() else { return }
        guard try repository.config.bool("nacre.operationlog") ?? true else { return }
        // A command that another one started belongs to that one's entry.
        guard environment["NACRE_OPERATION"] == nil else { return }
        var title = verb
        for word in words { title += " " + String(decoding: word, as: UTF8.self) }
        let line = title.replacing("\n", with: " ")
        do {
            recorder = try OperationRecorder(repository, title: line, by: reflogIdentity())
        } catch let error as FileError where [.readOnlyFileSystem, .permissionDenied].contains(error.code) {
            // Nothing can be changed here, so there is nothing to record.
            return
        }
        setenv("NACRE_OPERATION", "1", 1)
    }

    /// Makes the entry. What the command did stands, whatever becomes of the entry: a failure is only warned of.
    func finishRecording() {
        guard let recorder else { return }
        self.recorder = nil
        do {
            try recorder.finish(kind: operationKind, by: reflogIdentity())
        } catch {
            errors.write("warning: cannot record this command for undo: \(error)\n")
        }
    }
}
