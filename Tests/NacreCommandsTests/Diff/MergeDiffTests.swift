import SystemPackage
import TestSupport
import Testing

/// The changes of merges and of conflicts, as `show`, `log`, `diff` and the plumbing show them, against git's.
@Suite("Changes of merges as git's")
struct MergeDiffTests {
    /// Merges with conflicts that were settled, with changes of their own, without any, and of three parents; then a
    /// conflict that is not settled yet.
    private static let script = """
        git init -q -b main repo; cd repo
        seq 1 40 > f; seq 1 30 > g; printf 'a\\0b' > bin; mkdir d; seq 1 20 > d/old; git add .; git commit -qm base
        git tag base
        git checkout -qb one; sed -i 's/^5$/five/;s/^20$/twenty-one/' f; sed -i 's/^3$/three/' g; printf 'a\\0c' > bin
        git mv d/old d/new; echo x > d/x; git add .; git commit -qm one
        git checkout -qb two main; sed -i 's/^10$/ten/;s/^20$/twenty-two/' f; sed -i 's/^28$/tw8/' g
        printf 'a\\0d' > bin; sed -i 's/^7$/seven/' d/old; git add .; git commit -qm two
        git checkout -qb three main; sed -i 's/^35$/tf/' f; git commit -qam three
        git checkout -q one; git merge -q two >/dev/null || true; sed -i '/^[<=>|][<=>|]/d' f; echo more >> g
        printf 'a\\0e' > bin; chmod +x d/new; rm d/x; git add -A; git commit -qm 'merge' -m body; git tag M
        git checkout -q -b clean2 base; git commit -q --allow-empty -m e; git merge -q --no-edit three; git tag C
        git checkout -q one; git merge -q --no-edit three; echo evil > evil; git add evil
        git commit -q --amend -m 'evil merge'; git tag E
        git checkout -q -b octo base; echo o > o; git add o; git commit -qm o; git merge -q -m octopus clean2 three
        git tag O; git checkout -q two; git merge -q one~1^1 >/dev/null || true
        """

    private static let questions: [String] = [
        "show M", "show E", "show C", "show O", "show -m M", "show -c M", "show --stat -p M", "show --raw M",
        "show --name-status M", "show --oneline M", "show --oneline --stat M", "show --format= M",
        "show --format=%s C E M", "show --first-parent M", "show --no-diff-merges M", "show --diff-merges=1 M",
        "show --diff-merges=separate M", "show --diff-merges=c M", "show --diff-merges=x M",
        "show --cc --combined-all-paths M", "show -c --raw --combined-all-paths M", "show --color=always M",
        "show -U0 M", "show -M -C --full-index M", "show --no-renames M", "show --raw --abbrev=10 M", "show -z --raw M",
        "show -z --raw -p M", "log -c E", "log --cc E", "log -p E", "log -p --cc E", "log -m -p E", "log -m E",
        "log --stat --cc E", "log -c --graph E", "log --cc --graph --oneline E", "log --diff-merges=c E",
        "log --diff-merges=cc -p E", "log --no-diff-merges -p E", "log --first-parent -p E",
        "log --first-parent --stat E", "log --name-status -c --oneline E", "log -S evil --cc E",
        "log --diff-filter=A -c E", "log -c E -- f", "log -c -z --raw E", "log -z -3", "log -z --oneline -3 E",
        "log -z --format=%h -3", "log -z --graph -3 E", "log --format= --name-only E", "log --graph --stat E",
        "log --abbrev=12 --oneline E", "log --no-abbrev --format=%h E", "log --abbrev-commit --abbrev=20 E",
        "log --line-prefix=XX -p -2 E", "log --line-prefix=XX --graph -p -2 E",
        "rev-list --abbrev-commit --abbrev=12 E", "diff-tree M", "diff-tree -m -p M", "diff-tree -c M",
        "diff-tree --cc M", "diff-tree --cc -p --raw M", "diff-tree -c --name-status -z M", "diff-tree --cc C",
        "diff-tree -v one", "diff-tree -v --cc M", "diff-tree -v --stat -p two", "diff-tree --pretty=oneline two",
        "diff-tree --format=%h%n%s -m -p M", "diff-tree --root -p -v base", "diff-tree --always base",
        "diff-tree -s -v two", "diff-tree --no-commit-id --cc M", "diff-tree --merge-base one two",
        "diff-tree -c --combined-all-paths M", "diff", "diff -c", "diff --stat", "diff --raw", "diff --name-status",
        "diff --name-status -c", "diff --exit-code", "diff --quiet", "diff -1", "diff -2", "diff -3", "diff -0",
        "diff HEAD", "diff --cached", "diff -- bin", "diff --raw -p", "diff-files", "diff-files -p",
        "diff-files -c -p", "diff-files --cc", "diff-files -2 -p", "diff M M^1 M^2", "diff M M^@", "diff M^!",
        "diff one^!", "diff M^-", "diff M^@", "diff --stat M M^1 M^2", "diff --name-only M M^1 M^2",
        "diff ^one two", "diff one ^two", "diff M M^1 M^2 -- f",
    ]

    @Test func answersEqualGits() throws {
        let sandbox = try Sandbox("merges")
        let built = try sandbox.shell(Self.script)
        #expect(built.code == 0, "\(built)")
        for question in Self.questions {
            let words = question.split(separator: " ").map(String.init)
            let git = try sandbox.run("git", words, in: "repo")
            let nacre = try sandbox.run("nacre", words, in: "repo")
            #expect(nacre.text == git.text, "\(question)\n\(nacre.errorText)")
            #expect(nacre.code == git.code, "\(question): \(nacre.errorText)")
        }
    }
}
