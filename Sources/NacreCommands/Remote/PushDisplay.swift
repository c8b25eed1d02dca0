internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// The lines that a push prints.
struct PushDisplay {
    private let context: Context
    let isPorcelain: Bool
    private let isVerbose: Bool

    init(_ context: Context, isPorcelain: Bool, isVerbose: Bool) {
        self.context = context
        self.isPorcelain = isPorcelain
        self.isVerbose = isVerbose
    }

    func show(_ outcome: PushOutcome, _ repository: Repository) throws {
        var width = 0
        for ref in outcome.refs {
            for id in [ref.old, ref.item.id] {
                width = max(width, repository.objects.abbreviate(id ?? .zero(repository.algorithm)).utf8.count)
            }
        }
        let shown =
            outcome.refs.filter { $0.status == .upToDate && (isVerbose || isPorcelain) }
            + outcome.refs.filter { $0.status == .ok }
            + outcome.refs.filter { !$0.isSuccess }
        guard !shown.isEmpty else { return }
        line("To \(outcome.url)")
        for ref in shown { show(ref, 2 * width + 3, repository) }
    }

    private func line(_ text: String) {
        if isPorcelain { context.output.line(text) } else { context.errors.line(text) }
    }

    private func show(_ ref: PushedRef, _ width: Int, _ repository: Repository) {
        var note: String?
        let flag: Character
        let summary: String
        switch ref.status {
        case .upToDate: (flag, summary) = ("=", "[up to date]")
        case .rejected(let reason): (flag, summary, note) = ("!", "[rejected]", reason.rawValue)
        case .remoteRejected(let reason): (flag, summary, note) = ("!", "[remote rejected]", reason)
        case .unreported: (flag, summary, note) = ("!", "[remote failure]", "remote failed to report status")
        case .atomicFailed: (flag, summary, note) = ("!", "[rejected]", "atomic push failed")
        case .ok: (flag, summary, note) = done(ref, repository)
        }
        let destination = ref.item.destination
        if isPorcelain {
            let source = ref.item.id == nil ? "" : ref.item.source ?? ""
            let end = note.map { "\(summary) (\($0))" } ?? summary
            line("\(flag)\t\(source):\(destination)\t\(end)")
            return
        }
        let source = ref.item.id == nil ? nil : ref.item.source
        let names =
            source.map { "\(Self.short($0)) -> \(destination.shortenedForDisplay)" } ?? destination.shortenedForDisplay
        let padding = String(repeating: " ", count: max(0, width - summary.count))
        line(" \(flag) \(summary)\(padding) \(names)\(note.map { " (\($0))" } ?? "")")
    }

    private static func short(_ name: String) -> String {
        (try? RefName(name))?.shortenedForDisplay ?? name
    }

    private func done(_ ref: PushedRef, _ repository: Repository) -> (Character, String, String?) {
        guard let id = ref.item.id else { return ("-", "[deleted]", nil) }
        guard let old = ref.old else {
            let name = ref.item.destination
            return ("*", name.isTag ? "[new tag]" : name.isBranch ? "[new branch]" : "[new reference]", nil)
        }
        let dots = ref.isForcedUpdate ? "..." : ".."
        let range = repository.objects.abbreviate(old) + dots + repository.objects.abbreviate(id)
        return ref.isForcedUpdate ? ("+", range, "forced update") : (" ", range, nil)
    }

    /// What to do about refusals.
    func advise(_ outcome: PushOutcome, currentBranch: String?) {
        let config = try? context.configuration()
        func isOn(_ name: String) -> Bool {
            (((try? config?.bool("advice.\(name)")) ?? nil) ?? true)
                && (((try? config?.bool("advice.pushupdaterejected")) ?? nil) ?? true)
        }
        var reasons: [PushedRef.Reason: Bool] = [:]
        for ref in outcome.refs {
            guard case .rejected(let reason) = ref.status else { continue }
            let isCurrent = currentBranch.map { ref.item.destination.string == "refs/heads/\($0)" } ?? false
            reasons[reason] = (reasons[reason] ?? false) || isCurrent
        }
        let text: String?
        if let isCurrent = reasons[.nonFastForward] {
            text =
                isCurrent
                ? (isOn("pushnonffcurrent")
                    ? "Updates were rejected because the tip of your current branch is behind\n"
                        + "its remote counterpart. Integrate the remote changes (e.g.\n"
                        + "'git pull ...') before pushing again.\n"
                        + "See the 'Note about fast-forwards' in 'git push --help' for details." : nil)
                : (isOn("pushnonffmatching")
                    ? "Updates were rejected because a pushed branch tip is behind its remote\n"
                        + "counterpart. Check out this branch and integrate the remote changes\n"
                        + "(e.g. 'git pull ...') before pushing again.\n"
                        + "See the 'Note about fast-forwards' in 'git push --help' for details." : nil)
        } else if reasons[.alreadyExists] != nil {
            text =
                isOn("pushalreadyexists")
                ? "Updates were rejected because the tag already exists in the remote." : nil
        } else if reasons[.fetchFirst] != nil {
            text =
                isOn("pushfetchfirst")
                ? "Updates were rejected because the remote contains work that you do\n"
                    + "not have locally. This is usually caused by another repository pushing\n"
                    + "to the same ref. You may want to first integrate the remote changes\n"
                    + "(e.g., 'git pull ...') before pushing again.\n"
                    + "See the 'Note about fast-forwards' in 'git push --help' for details." : nil
        } else if reasons[.needsForce] != nil {
            text =
                isOn("pushneedsforce")
                ? "You cannot update a remote ref that points at a non-commit object,\n"
                    + "or update a remote ref to make it point at a non-commit object,\n"
                    + "without using the '--force' option.\n" : nil
        } else if reasons[.remoteUpdated] != nil {
            text =
                isOn("pushrefneedsupdate")
                ? "Updates were rejected because the tip of the remote-tracking\n"
                    + "branch has been updated since the last checkout. You may want\n"
                    + "to integrate those changes locally (e.g., 'git pull ...')\nbefore forcing an update.\n" : nil
        } else {
            text = nil
        }
        guard let text else { return }
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            context.errors.line(part.isEmpty ? "hint:" : "hint: \(part)")
        }
    }
}

extension RefName {
    /// Without `refs/heads/`, `refs/tags/` or `refs/remotes/`; other names stay whole.
    var shortenedForDisplay: String {
        dropping("refs/heads/") ?? dropping("refs/tags/") ?? dropping("refs/remotes/") ?? string
    }
}
