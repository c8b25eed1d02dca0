/// The help below a to-do list in the editor.
enum RebaseHelp {
    private static let commands = """

        Commands:
        p, pick <commit> = use commit
        r, reword <commit> = use commit, but edit the commit message
        e, edit <commit> = use commit, but stop for amending
        s, squash <commit> = use commit, but meld into previous commit
        f, fixup [-C | -c] <commit> = like "squash" but keep only the previous
                           commit's log message, unless -C is used, in which case
                           keep only this commit's message; -c is same as -C but
                           opens the editor
        x, exec <command> = run command (the rest of the line) using shell
        b, break = stop here (continue rebase later with 'git rebase --continue')
        d, drop <commit> = remove commit
        l, label <label> = label current HEAD with a name
        t, reset <label> = reset HEAD to a label
        m, merge [-C <commit> | -c <commit>] <label> [# <oneline>]
                create a merge commit using the original merge commit's
                message (or the oneline, if no original merge commit was
                specified); use -c <commit> to reword the commit message
        u, update-ref <ref> = track a placeholder for the <ref> to be updated
                              to this position in the new commits. The <ref> is
                              updated at the end of the rebase

        These lines can be re-ordered; they are executed from top to bottom.

        """

    /// What follows the list: when it is edited first, a line says what is rebased onto what.
    static func text(first: (range: String, onto: String, count: Int)?, mustDrop: Bool, comment: UInt8) -> [UInt8] {
        var lines = ""
        if let first {
            lines = "Rebase \(first.range) onto \(first.onto) (\(first.count) command\(first.count == 1 ? "" : "s"))\n"
        }
        lines += commands
        lines +=
            mustDrop
            ? "\nDo not remove any line. Use 'drop' explicitly to remove a commit.\n"
            : "\nIf you remove a line here THAT COMMIT WILL BE LOST.\n"
        lines +=
            first != nil
            ? "\nHowever, if you remove everything, the rebase will be aborted.\n\n"
            : "\nYou are editing the todo file of an ongoing interactive rebase.\n"
                + "To continue rebase after editing, run:\n    git rebase --continue\n\n"
        return (first != nil ? [10] : []) + CommentedText.comment(Array(lines.utf8), with: comment)
    }
}

/// Lines that editors show and messages leave out.
enum CommentedText {
    /// Puts the comment's sign before every line.
    static func comment(_ text: [UInt8], with sign: UInt8) -> [UInt8] {
        var result: [UInt8] = []
        var lines = text.split(separator: 10, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            result.append(sign)
            if let first = line.first, first != 9 { result.append(32) }
            result += line + [10]
        }
        return result
    }
}
