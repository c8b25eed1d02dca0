internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import NacreExperiments
internal import SystemPackage

extension Context {
    /// What runs and experiments need of the repository.
    func workspace() throws -> Workspace {
        let (repository, _) = try repositoryWithWorkTree()
        let worktree = try worktree()
        let who = try committer()
        let clock = now
        return Workspace(
            objects: repository.objects, refs: repository.refs, worktree: worktree, indexFile: repository.indexFile,
            nacreDirectory: repository.nacreDirectory, variables: environment.variables,
            committer: {
                // A run lasts: its commit has the time at which it ended, unless the environment fixed one.
                var signature = who
                if signature.time == clock { signature.time = max(clock, Int64(Timestamp.now())) }
                return signature
            })
    }

    /// The commit that a word names: a revision, or an experiment's name.
    func experimentRevision(_ text: String, _ workspace: Workspace) throws -> ObjectID {
        let repository = try repository()
        let resolver = RevisionResolver(repository, now: now, localZone: localZone)
        if let found = try? resolver.commit(text) { return found }
        if let experiment = try ExperimentStore(workspace).find(text) { return experiment }
        return try resolver.commit(text)
    }

    /// The files of a revision, or of the work tree for nil.
    func source(_ revision: String?, _ workspace: Workspace) throws -> any FileSource {
        guard let revision else { return workspace.files }
        return try TreeSource(workspace.objects, try experimentRevision(revision, workspace))
    }

    /// Records runs whose runner was killed, and says so.
    func recoverRuns(_ workspace: Workspace) {
        do {
            for outcome in try RunSession(workspace).recover() {
                errors.line(
                    "note: recorded the run '\(outcome.name)', which had been left behind (\(outcome.result.status)); "
                        + "see 'nacre experiment show \(outcome.name)'")
            }
        } catch {
            errors.line("warning: cannot record a run that was left behind: \(error)")
        }
    }

    /// Text in a colour of the terminal, where colours are wanted.
    func paint(_ text: String, _ code: String, _ isOn: Bool) -> String {
        isOn ? "\u{1b}[\(code)m\(text)\u{1b}[m" : text
    }
}
