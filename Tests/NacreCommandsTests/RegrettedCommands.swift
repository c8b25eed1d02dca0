import TestSupport

/// Commands that move refs, HEAD, the index or overwrite files, for random sequences that are taken back.
enum RegrettedCommands {
    /// The files of such a sequence: tracked, untracked and ignored ones.
    static let names = ["a", "b", "dir/c", "dir/sub/d", "e", "untracked", "run.log", "dir/new"]
    /// `?` stands for a file, `%` for a branch.
    static let all = [
        "reset -q --hard", "reset -q --hard %", "reset -q HEAD~1", "reset -q --soft %", "reset -q --keep HEAD~1",
        "checkout -q -f %", "checkout -q %", "checkout -q -- ?", "checkout -q --detach", "checkout -q -B grown",
        "restore ?", "restore --source=side --worktree --staged ?", "clean -q -fdx", "rm -q -f ?", "rm -q --cached ?",
        "branch -q -D extra", "branch -f extra side", "tag -f mark", "tag -d mark", "add -A", "commit -q -a -m ours",
        "commit -q --amend --allow-empty -m changed", "mv -f ? moved", "merge -q --no-edit %", "merge --abort",
        "merge -q --squash %", "rebase -q %", "rebase --abort", "rebase --skip", "cherry-pick --allow-empty %",
        "cherry-pick --abort", "revert --no-edit HEAD", "stash push -q -u", "stash push -q -- ?", "stash pop -q",
        "stash drop -q", "stash clear", "update-ref refs/heads/made HEAD", "symbolic-ref HEAD refs/heads/unborn",
        "notes add -f -m note", "sparse-checkout set --no-cone ?", "sparse-checkout set dir",
        "sparse-checkout disable", "switch -q %",
    ]

    /// A command of a list, with names in place of what stands for them.
    static func words(_ templates: [String], using random: inout SeededGenerator) -> [String] {
        let template = templates.randomElement(using: &random) ?? "reset"
        return template.split(separator: " ").map { word in
            if word == "?" { return names.randomElement(using: &random) ?? "a" }
            return String(word).replacing("%", with: ["main", "side", "extra"].randomElement(using: &random) ?? "main")
        }
    }
}
