internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// How a branch stands to its upstream.
struct BranchTracking {
    /// The upstream's short name.
    let upstream: String
    /// Commits that only one side has; nil where the upstream is gone.
    let counts: (ahead: Int, behind: Int)?

    /// Nil where the branch has no upstream.
    init?(_ context: Context, _ state: RepositoryState, counting: Bool) throws {
        guard let branch = state.branch, let name = state.branchName else { return nil }
        let repository = try context.repository()
        guard let upstream = try? repository.upstream(of: name) else { return nil }
        _ = branch
        self.upstream = upstream.shortened
        guard let theirs = try repository.refs.resolve(upstream) else {
            counts = nil
            return
        }
        guard let ours = state.head else {
            counts = (0, 0)
            return
        }
        counts = ours == theirs ? (0, 0) : counting ? try BranchTracking.count(repository, ours, theirs) : (1, 1)
    }

    /// How many commits only one side reaches.
    static func count(_ repository: Repository, _ ours: ObjectID, _ theirs: ObjectID) throws -> (
        ahead: Int, behind: Int
    ) {
        func only(_ one: ObjectID, without other: ObjectID) throws -> Int {
            var walk = RevisionWalk(repository, options: RevisionWalk.Options())
            try walk.include(one)
            try walk.exclude(other)
            var count = 0
            while try walk.next() != nil { count += 1 }
            return count
        }
        return (try only(ours, without: theirs), try only(theirs, without: ours))
    }

    /// Git's sentences, a line each.
    func sentences(hints: Bool, counting: Bool) -> [String] {
        guard let counts else {
            return ["Your branch is based on '\(upstream)', but the upstream is gone."]
                + (hints ? ["  (use \"git branch --unset-upstream\" to fixup)"] : [])
        }
        func commits(_ count: Int) -> String { count == 1 ? "1 commit" : "\(count) commits" }
        switch counts {
        case (0, 0): return ["Your branch is up to date with '\(upstream)'."]
        case _ where !counting:
            return ["Your branch and '\(upstream)' refer to different commits."]
                + (hints ? ["  (use \"git status --ahead-behind\" for details)"] : [])
        case (let ahead, 0):
            return ["Your branch is ahead of '\(upstream)' by \(commits(ahead))."]
                + (hints ? ["  (use \"git push\" to publish your local commits)"] : [])
        case (0, let behind):
            return ["Your branch is behind '\(upstream)' by \(commits(behind)), and can be fast-forwarded."]
                + (hints ? ["  (use \"git pull\" to update your local branch)"] : [])
        case (let ahead, let behind):
            return [
                "Your branch and '\(upstream)' have diverged,",
                "and have \(ahead) and \(behind) different commit\(ahead + behind == 1 ? "" : "s") each, respectively.",
            ] + (hints ? ["  (use \"git pull\" to merge the remote branch into yours)"] : [])
        }
    }
}
