internal import GitDiff
internal import GitObjects
internal import GitWorktree
internal import LargeFiles

extension MergeSupport {
    /// Of a large file in conflict the work tree has our content; theirs is written beside it as `<path>~theirs`.
    func keepTheirContent(_ result: TreeMerge.Result, _ worktree: Worktree) throws {
        guard let filter = worktree.filter as? LargeFileFilter else { return }
        var requests: [SmudgeRequest] = []
        for stage in result.stages where stage.stage == 3 && [.regular, .executable].contains(stage.mode) {
            guard let ours = result.stages.first(where: { $0.path == stage.path && $0.stage == 2 }),
                let pointer = filter.pointer(stage.id), filter.pointer(ours.id) != nil
            else { continue }
            let path = GitPath(stage.path.bytes + Array("~theirs".utf8))
            guard try worktree.status(path) == nil else {
                context.errors.line("warning: '\(path)' exists; the other side's content is not written there")
                continue
            }
            requests.append(
                SmudgeRequest(
                    path: path, id: stage.id, blob: pointer.encoded, destination: worktree.file(path),
                    permissions: stage.mode == .executable ? 0o777 : 0o666, attributes: AttributeValues(), replaced: nil
                ))
        }
        guard !requests.isEmpty else { return }
        try worktree.willChange(requests.map(\.path))
        for (request, outcome) in zip(requests, try filter.smudge(requests)) {
            guard case .written = outcome else {
                context.errors.line("warning: the content of '\(request.path)' is not here (use \"nacre large fetch\")")
                continue
            }
            context.output.line("The other side's content is in \(request.path)")
        }
    }
}
