internal import GitObjects
internal import GitRepository

extension StatusPrinter {
    mutating func printState() throws {
        let state = report.state
        if state.isMerging {
            if let rebase = state.rebase, rebase.isInteractive {
                printCommands(rebase)
                append("\n")
            }
            printMerge()
        } else if state.isApplyingMail {
            printMail()
        } else if let rebase = state.rebase {
            try printRebase(rebase)
        } else if let commit = state.cherryPick {
            printSequence("cherry-pick", "Cherry-pick", "cherry-picking", commit)
        } else if let commit = state.revert {
            printSequence("revert", "Revert", "reverting", commit)
        }
        if let start = state.bisectStart {
            line(
                start.isEmpty
                    ? "You are currently bisecting."
                    : "You are currently bisecting, started from branch '\(start)'.")
            if style.hints { line("  (use \"git bisect reset\" to get back to the original branch)") }
            line()
        }
        if let sparseness = report.sparseness {
            line(sparseness)
            line()
        }
    }

    private mutating func printMerge() {
        if report.hasConflicts {
            line("You have unmerged paths.")
            if style.hints {
                line("  (fix conflicts and run \"git commit\")")
                line("  (use \"git merge --abort\" to abort the merge)")
            }
        } else {
            line("All conflicts fixed but you are still merging.")
            if style.hints { line("  (use \"git commit\" to conclude merge)") }
        }
        line()
    }

    private mutating func printMail() {
        line("You are in the middle of an am session.")
        if style.hints {
            line("  (fix conflicts and then run \"git am --continue\")")
            line("  (use \"git am --skip\" to skip this patch)")
            line("  (use \"git am --abort\" to restore the original branch)")
        }
        line()
    }

    private mutating func printSequence(_ verb: String, _ noun: String, _ doing: String, _ commit: ObjectID) {
        line(
            commit.isZero
                ? "\(noun) currently in progress." : "You are currently \(doing) commit \(context.abbreviated(commit))."
        )
        if style.hints {
            if report.hasConflicts {
                line("  (fix conflicts and run \"git \(verb) --continue\")")
            } else if commit.isZero {
                line("  (run \"git \(verb) --continue\" to continue)")
            } else {
                line("  (all conflicts fixed: run \"git \(verb) --continue\")")
            }
            line("  (use \"git \(verb) --skip\" to skip this patch)")
            line("  (use \"git \(verb) --abort\" to cancel the \(verb) operation)")
        }
        line()
    }

    private mutating func printCommands(_ rebase: RepositoryState.Rebase) {
        let done = rebase.done
        if done.isEmpty {
            line("No commands done.")
        } else {
            line(
                done.count == 1
                    ? "Last command done (1 command done):" : "Last commands done (\(done.count) commands done):")
            for command in done.suffix(2) { line("   \(command)") }
            if done.count > 2, style.hints { line("  (see more in file \(context.gitPath("rebase-merge/done")))") }
        }
        let todo = rebase.todo
        if todo.isEmpty {
            line("No commands remaining.")
        } else {
            line(
                todo.count == 1
                    ? "Next command to do (1 remaining command):"
                    : "Next commands to do (\(todo.count) remaining commands):")
            for command in todo.prefix(2) { line("   \(command)") }
            if style.hints { line("  (use \"git rebase --edit-todo\" to view and edit)") }
        }
    }

    private mutating func printRebase(_ rebase: RepositoryState.Rebase) throws {
        if rebase.isInteractive { printCommands(rebase) }
        let branch = rebase.branch.flatMap { $0 == "detached HEAD" ? nil : context.shortName($0) }
        let onto = rebase.onto.map { context.shortName($0) } ?? ""
        let sentence =
            branch.map { "You are currently rebasing branch '\($0)' on '\(onto)'." } ?? "You are currently rebasing."
        if report.hasConflicts {
            line(sentence)
            if style.hints {
                line("  (fix conflicts and then run \"git rebase --continue\")")
                line("  (use \"git rebase --skip\" to skip this patch)")
                line("  (use \"git rebase --abort\" to check out the original branch)")
            }
        } else if !rebase.isInteractive || context.hasGitFile("MERGE_MSG") {
            line(sentence)
            if style.hints { line("  (all conflicts fixed: run \"git rebase --continue\")") }
        } else {
            line(
                branch.map { "You are currently editing a commit while rebasing branch '\($0)' on '\(onto)'." }
                    ?? "You are currently editing a commit during a rebase.")
            if style.hints, !style.isAmending {
                line("  (use \"git commit --amend\" to amend the current commit)")
                line("  (use \"git rebase --continue\" once you are satisfied with your changes)")
            }
        }
        line()
    }
}
