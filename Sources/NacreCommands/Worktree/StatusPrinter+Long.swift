internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitWorktree

extension StatusPrinter {
    /// A line, with the comment character before it where there is one.
    mutating func line(_ string: String = "", color: String = "") {
        line(Array(string.utf8), color: color)
    }

    mutating func line(_ bytes: [UInt8], color: String = "") {
        if let prefix = style.commentPrefix {
            append(bytes.isEmpty || bytes.first == 9 ? prefix : prefix + " ")
        }
        if color.isEmpty {
            append(bytes)
        } else {
            append(color)
            append(bytes)
            append(reset)
        }
        append([10])
    }

    mutating func printLong() throws {
        try printBranch()
        try printState()
        if report.isInitial {
            line()
            line(style.isForCommit ? "Initial commit" : "No commits yet")
            line()
        }
        printStaged()
        printConflicts()
        printUnstaged()
        printMissing()
        if style.showsUntracked {
            printOthers("Untracked files", report.untracked, "add")
            if !report.ignored.isEmpty { printOthers("Ignored files", report.ignored, "add -f") }
        } else if report.isCommittable {
            line("Untracked files not listed\(style.hints ? " (use -u option to show untracked files)" : "")")
        }
        append(patch)
        printConclusion()
        if style.showsStash, let count = try? context.stashCount(), count > 0 {
            line(count == 1 ? "Your stash currently has 1 entry" : "Your stash currently has \(count) entries")
        }
    }

    /// Large files that were left out of the work tree and whose content is not here.
    private mutating func printMissing() {
        guard !style.isForCommit, let paths = try? context.missingLargeFiles(), !paths.isEmpty else { return }
        line("Content missing:")
        if style.hints { line("  (use \"nacre large fetch <file>...\" to bring it)") }
        for path in paths { line([9] + context.shown(path)) }
        line()
    }

    private mutating func printConclusion() {
        guard !report.isCommittable else { return }
        if style.isAmending {
            line("No changes")
            return
        }
        if style.omitsAdvice { return }
        let hints = style.hints
        if report.isDirty || report.hasConflicts {
            append("no changes added to commit" + (hints ? " (use \"git add\" and/or \"git commit -a\")\n" : "\n"))
        } else if !report.untracked.isEmpty {
            append(
                "nothing added to commit but untracked files present"
                    + (hints ? " (use \"git add\" to track)\n" : "\n"))
        } else if report.isInitial {
            append("nothing to commit" + (hints ? " (create/copy files and use \"git add\" to track)\n" : "\n"))
        } else if !style.showsUntracked {
            append("nothing to commit" + (hints ? " (use -u to show untracked files)\n" : "\n"))
        } else {
            append("nothing to commit, working tree clean\n")
        }
    }

    // MARK: Branch

    private mutating func printBranch() throws {
        if let branch = report.state.branchName {
            line("On branch \(branch)")
        } else if let rebase = report.state.rebase {
            let what = rebase.isInteractive ? "interactive rebase in progress; onto " : "rebase in progress; onto "
            let onto = rebase.onto.map { context.shortName($0) } ?? ""
            line([UInt8]((reddish(what) + onto).utf8))
        } else if let origin = try context.detachedFrom(report.state.head) {
            line(reddish(origin.isAt ? "HEAD detached at " : "HEAD detached from ") + origin.name)
        } else {
            line(reddish("Not currently on any branch."))
        }
        guard !report.isInitial, report.state.branch != nil else { return }
        guard let tracking = try BranchTracking(context, report.state, counting: style.showsAheadBehind) else { return }
        for text in tracking.sentences(hints: style.hints, counting: style.showsAheadBehind) { line(text) }
        line()
    }

    private func reddish(_ text: String) -> String { style.usesColor ? color(.nobranch) + text + reset : text }

    // MARK: Sections

    private mutating func printStaged() {
        let items = report.items.filter { $0.staged != nil && $0.conflict == 0 }
        guard !items.isEmpty else { return }
        line("Changes to be committed:")
        if style.hints, report.state.isPlainCommit {
            if report.isInitial {
                line("  (use \"git rm --cached <file>...\" to unstage)")
            } else if style.reference == "HEAD" {
                line("  (use \"git restore --staged <file>...\" to unstage)")
            } else {
                line("  (use \"git restore --source=\(style.reference) --staged <file>...\" to unstage)")
            }
        }
        for item in items { change(item.staged ?? 0, item, color(.added)) }
        line()
    }

    private mutating func change(_ letter: UInt8, _ item: StatusReport.Item, _ color: String, isStaged: Bool = true) {
        let label: String =
            switch letter {
            case UInt8(ascii: "A"): "new file:"
            case UInt8(ascii: "C"): "copied:"
            case UInt8(ascii: "D"): "deleted:"
            case UInt8(ascii: "M"): "modified:"
            case UInt8(ascii: "R"): "renamed:"
            case UInt8(ascii: "T"): "typechange:"
            default: "unknown:"
            }
        var bytes = Array((label + String(repeating: " ", count: 12 - label.count)).utf8)
        if isStaged, let origin = item.origin { bytes += shown(origin, quotingSpaces: false) + Array(" -> ".utf8) }
        bytes += shown(item.path, quotingSpaces: false)
        if !isStaged, let nested = item.nested {
            var parts: [String] = []
            if nested.hasNewCommit { parts.append("new commits") }
            if nested.hasModifications { parts.append("modified content") }
            if nested.hasUntracked { parts.append("untracked content") }
            if !parts.isEmpty { bytes += Array(" (\(parts.joined(separator: ", ")))".utf8) }
        }
        tabbed(bytes, color)
    }

    private mutating func tabbed(_ bytes: [UInt8], _ color: String) {
        append((style.commentPrefix ?? "") + "\t" + color)
        append(bytes)
        append(color.isEmpty ? "" : reset)
        append([10])
    }

    private mutating func printConflicts() {
        let items = report.items.filter { $0.conflict != 0 }
        guard !items.isEmpty else { return }
        line("Unmerged paths:")
        if style.hints {
            if report.state.isPlainCommit {
                line(
                    report.isInitial
                        ? "  (use \"git rm --cached <file>...\" to unstage)"
                        : "  (use \"git restore --staged <file>...\" to unstage)")
            }
            let bothDeleted = items.contains { $0.conflict == 1 }
            let oneDeleted = items.contains { $0.conflict == 3 || $0.conflict == 5 }
            let kept = items.contains { ![1, 3, 5].contains($0.conflict) }
            if !bothDeleted {
                line(
                    oneDeleted
                        ? "  (use \"git add/rm <file>...\" as appropriate to mark resolution)"
                        : "  (use \"git add <file>...\" to mark resolution)")
            } else {
                line(
                    !oneDeleted && !kept
                        ? "  (use \"git rm <file>...\" to mark resolution)"
                        : "  (use \"git add/rm <file>...\" as appropriate to mark resolution)")
            }
        }
        for item in items {
            let labels = [
                "", "both deleted:", "added by us:", "deleted by them:", "added by them:", "deleted by us:",
                "both added:", "both modified:",
            ]
            let label = labels[item.conflict & 7]
            tabbed(
                Array((label + String(repeating: " ", count: max(0, 17 - label.count))).utf8)
                    + shown(item.path, quotingSpaces: false), color(.unmerged))
        }
        line()
    }

    private mutating func printUnstaged() {
        let items = report.items.filter { $0.unstaged != nil && $0.conflict == 0 }
        guard !items.isEmpty else { return }
        line("Changes not staged for commit:")
        if style.hints {
            let hasDeleted = items.contains { $0.unstaged == UInt8(ascii: "D") }
            line("  (use \"git \(hasDeleted ? "add/rm" : "add") <file>...\" to update what will be committed)")
            line("  (use \"git restore <file>...\" to discard changes in working directory)")
            if items.contains(where: { $0.nested?.hasModifications == true || $0.nested?.hasUntracked == true }) {
                line("  (commit or discard the untracked or modified content in submodules)")
            }
        }
        for item in items { change(item.unstaged ?? 0, item, color(.changed), isStaged: false) }
        line()
    }

    private mutating func printOthers(_ title: String, _ paths: [GitPath], _ verb: String) {
        guard !paths.isEmpty else { return }
        line("\(title):")
        if style.hints { line("  (use \"git \(verb) <file>...\" to include in what will be committed)") }
        let words = paths.map { shown($0, quotingSpaces: false) }
        if let columns = style.columns {
            let tint = color(.untracked)
            let indent = Array(((style.commentPrefix ?? "") + "\t" + tint).utf8)
            append(columns.text(words, padding: 1, indent: indent, end: Array((tint.isEmpty ? "" : reset).utf8) + [10]))
        } else {
            for word in words { tabbed(word, color(.untracked)) }
        }
        line()
    }
}
