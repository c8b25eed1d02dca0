internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository

extension RebaseOperation {
    private static let advice =
        "You can fix this with 'git rebase --edit-todo' and then run 'git rebase --continue'.\n"
        + "Or you can abort the rebase with 'git rebase --abort'.\n"

    private var missingCheck: String {
        repository.config.string("rebase.missingcommitscheck")?.lowercased() ?? "ignore"
    }

    private var isShort: Bool { ((try? repository.config.bool("rebase.abbreviatecommands")) ?? nil) ?? false }

    private func openEditor() throws -> [UInt8] {
        try context.edit(support.file("\(Self.directory)/git-rebase-todo"), variable: "GIT_SEQUENCE_EDITOR")
        return CommitMessage.stripped(try read("git-rebase-todo") ?? [], comment: comment)
    }

    private func parse(_ bytes: [UInt8], hasBegun: Bool) throws -> RebaseTodo? {
        let errors = context.errors
        context.output.flush()
        return RebaseTodo(bytes, resolver: try context.diffResolver(), hasBegun: hasBegun) { errors.line($0) }
    }

    /// Lets a person change the list before anything is done; nil where nothing is to be done now.
    func edit(_ todo: RebaseTodo, _ request: Request, _ stash: ObjectID?) throws -> RebaseTodo? {
        let range = "\(request.upstream.map { history.short($0) + ".." } ?? "")\(history.short(request.head))"
        let help = RebaseHelp.text(
            first: (range, history.short(request.onto), todo.count), mustDrop: missingCheck == "error", comment: comment
        )
        try write("git-rebase-todo", Array(todo.text(isShort: isShort, history.short).utf8) + help)
        try write("git-rebase-todo.backup", Array(todo.text(isShort: isShort).utf8) + help)
        let text: [UInt8]
        do { text = try openEditor() } catch {
            try restoreStash(stash)
            try removeState()
            throw error
        }
        guard !text.isEmpty else {
            try restoreStash(stash)
            try removeState()
            throw CommandError(.error, "nothing to do")
        }
        guard let edited = try parse(text, hasBegun: false) else {
            context.errors.write(Self.advice)
            try detach(request.onto, from: request)
            return nil
        }
        guard try check(edited, against: todo) else {
            try write("dropped", "")
            try detach(request.onto, from: request)
            return nil
        }
        // What was left blank between the lines is counted with them.
        var shown = edited
        for line in text.split(separator: 10, omittingEmptySubsequences: false).dropLast() where line.isEmpty {
            shown.steps.append(RebaseStep(.comment, text: String(decoding: line, as: UTF8.self)))
        }
        return shown
    }

    /// Says which commits are gone from the list, where that is wanted.
    ///
    /// - Returns: false where that is an error.
    func check(_ edited: RebaseTodo, against todo: RebaseTodo) throws -> Bool {
        let level = missingCheck
        guard level == "warn" || level == "error" else { return true }
        let kept = Set(edited.steps.compactMap(\.commit))
        let missing = todo.steps.reversed().filter { $0.commit.map { !kept.contains($0) } ?? false }
        guard !missing.isEmpty else { return true }
        context.errors.line(
            "Warning: some commits may have been dropped accidentally.\nDropped commits (newer to older):")
        for step in missing { context.errors.line(" - \(step.commit.map(history.short) ?? "") \(step.text)") }
        context.errors.write(
            "To avoid this message, use \"drop\" to explicitly remove a commit.\n\n"
                + "Use 'git config rebase.missingCommitsCheck' to change the level of warnings.\n"
                + "The possible behaviours are: ignore, warn, error.\n\n")
        guard level == "error" else { return true }
        context.errors.write(Self.advice)
        return false
    }

    /// Lets a person change what is left.
    func editTodo() throws -> ExitCode {
        try requireState()
        let before = try parse(try read("git-rebase-todo") ?? [], hasBegun: try read("done") != nil)
        let help = RebaseHelp.text(first: nil, mustDrop: missingCheck == "error", comment: comment)
        let shown = before.map { Array($0.text(isShort: isShort, history.short).utf8) }
        try write("git-rebase-todo", try (shown ?? read("git-rebase-todo") ?? []) + help)
        guard let after = try parse(try openEditor(), hasBegun: try read("done") != nil) else {
            context.errors.write(Self.advice)
            return .failure
        }
        if let before, try !check(after, against: before) {
            try write("dropped", "")
            return .failure
        }
        try remove("dropped")
        try write("git-rebase-todo", after.text())
        try RebaseRefs(operation: self).keep(after)
        return .success
    }
}
