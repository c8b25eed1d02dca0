import TestSupport
import Testing

/// What branches, stashes and merges of several histories say and leave, case by case against git.
@Suite("Branches, stashes and octopus merges as git's")
struct SmallDifferenceTests {
    private func compare(_ setUp: String, _ script: String, leaving: (String) -> String = { $0 }) throws {
        let session = try SameSession.run("set +e\n" + setUp, script, leaving: leaving)
        #expect(session.ours == session.theirs)
    }

    private static let dirty = """
        git init -q -b main r; cd r; seq 1 9 > a; echo b > b; git add .; git commit -qm first; git branch side
        git config advice.detachedHead false; echo dirt >> a; echo s > s; git add s; rm b
        say() { "$@" 2>&1; echo "rc=$?"; git status -sb; git reflog -1 --format=%gs; git checkout -q main; git branch -qD x; }

        """

    @Test(
        "new branches over local changes",
        arguments: [
            "say $P checkout -b x; say $P checkout -b x HEAD; say $P checkout -b x main; say $P checkout -b x side",
            "say $P switch -c x; say $P switch -c x HEAD; say $P switch -c x side; say $P switch -C x HEAD",
            "say $P switch -C x; say $P switch -f -c x; say $P checkout -B x; say $P checkout -B x HEAD",
            "say $P switch --detach; say $P switch --detach HEAD; say $P checkout --detach; say $P checkout HEAD",
            "say $P checkout -f -b x", "say $P switch -f -c x HEAD", "say $P checkout -m -b x; say $P switch -m -c x",
            "say $P checkout -q -b x HEAD; say $P checkout --track -b x HEAD; say $P switch -c x main~0",
            "git stash -q; say $P stash branch x; git stash list",
            "git stash -q; git commit -q --allow-empty -m more; say $P stash branch x; git stash list",
            "git stash -q; say $P stash branch x; $P stash show; $P stash pop",
            "git add a; say $P stash -q; git reset -q --hard; say $P stash pop -q --index; say $P stash -q; "
                + "say $P stash branch x; git config branch.autosetupmerge always; say $P checkout -b x HEAD",
        ])
    func branches(_ script: String) throws { try compare(Self.dirty, script) }

    @Test(
        "the untracked files of a stash",
        arguments: [
            "say $P stash show -u; say $P stash show --include-untracked -p; say $P stash show -u --name-only",
            "say $P stash show --only-untracked; say $P stash show --only-untracked -p; say $P stash show --no-include-untracked",
            "say $P stash show -u stash@{1}; say $P stash show --only-untracked stash@{1}; say $P stash show -w",
            "git config stash.showIncludeUntracked true; say $P stash show; say $P stash show --no-include-untracked; "
                + "say $P stash show --stat; say $P stash show --only-untracked",
            "git config stash.showPatch true; say $P stash show -u; git config stash.showStat false; say $P stash show; "
                + "git config stash.showPatch false; say $P stash show -u; say $P stash show -u --raw",
        ])
    func untracked(_ script: String) throws {
        try compare(
            Self.dirty,
            "git stash -q; git stash apply -q; echo u > u; mkdir c; echo v > c/v; git stash -q -u; " + script)
    }

    @Test func onlyUntrackedIsOfShow() throws {
        let sandbox = try Sandbox("stash")
        try sandbox.shell("git init -q r; cd r; git commit -q --allow-empty -m x; echo u > u")
        let outcome = try sandbox.nacre("stash", "push", "--only-untracked", in: "r")
        #expect(outcome.code == 129 && outcome.errorText.contains("unknown option `only-untracked'"))
    }

    private static let many = #"""
        git init -q -b main r; cd r; : > empty; seq 1 30 > a; printf '\0\1' > bin; echo d > d
        git add .; git commit -qm base; git branch start; on() { git checkout -qb $1 start; }
        save() { git add -A; git commit -qm $1; }
        for n in 1 2 3; do on s$n; echo $n > s$n; save s$n; done
        on c1; sed -i s/^5$/c1/ a; save c1; on c2; sed -i 's/^5$/c2/;s/^15$/x/' a; save c2
        on c3; sed -i s/^25$/c3/ a; save c3; on bin1; printf '\0\2' > bin; save bin1
        on bin2; printf '\0\3' > bin; save bin2; on del; git rm -q a; save del; on delb; git rm -q bin d; save delb
        on add1; echo 1 > new; save add1; on add2; echo 2 > new; save add2; on same; echo 1 > new; chmod +x new; save same
        on dir; git rm -q d; mkdir d; echo in > d/f; save dir; on mdd; echo more >> d; save mdd
        on mode1; chmod +x a; save mode1; on link; rm a; ln -s bin a; save link
        on two; git merge -q --no-edit s1 s2; git tag -a -m words v1 s1; git checkout -q main; echo m > m; save m; git tag b0
        say() { echo "== $2 $3 $4 $5"; "$@" 2>&1; echo "rc=$?"; git status -s; git ls-files -s; git diff --stat
                find . -path ./.git -prune -o -type f -print | sort | xargs cat -v; git log -1 --format='%T %P%n%B'
                cd .git; tail -n +1 MERGE_HEAD MERGE_MODE MERGE_MSG SQUASH_MSG ORIG_HEAD 2>&1; cd ..
                git reflog -1 --format=%gs; git reset -q --hard b0; git clean -qfd; rm -f .git/ORIG_HEAD .git/SQUASH_MSG; }

        """#

    /// Each script in a copy of the repository.
    private static func apart(_ scripts: [String]) -> String {
        scripts.map { "cd ..; rm -rf copy; cp -a r copy; cd copy; git update-index -q --refresh; \($0)" }
            .joined(separator: "\n")
    }

    /// Git names the sides of a conflict by its temporary files.
    private static func withoutLabels(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isMark = line.hasPrefix("<<<<<<< ") || line.hasPrefix(">>>>>>> ") || line.hasPrefix("||||||| ")
            if isMark { return String(line.prefix(7)) }
            if line.hasPrefix("error: Cannot merge binary files: ") { return "error: binary" }
            // The sizes of files with other labels.
            return line.contains(" | ") ? "stat" : String(line)
        }.filter { !$0.contains(" changed, ") }.joined(separator: "\n")
    }

    @Test(
        "octopus",
        arguments: [
            [
                "say $P merge s1 s2 s3; say $P merge c1 c3; say $P merge s1 c1 c2; say $P merge c1 c2 s1",
                "say $P merge bin1 bin2; say $P merge c1 del; say $P merge del c1; say $P merge mdd delb",
                "say $P merge add1 add2; say $P merge add1 same; say $P merge c1 mode1; say $P merge mode1 c1 c3",
                "say $P merge mdd dir; say $P merge dir mdd; say $P merge mode1 link; say $P merge c1 link",
                "say $P merge -q c1 c2; say $P merge --squash c1 c2; say $P merge --squash s1 s2; say $P merge -q --squash s1 s2",
                "say $P merge --no-commit c1 c2; say $P merge --no-commit s1 s2; say $P merge -m words c1 c2",
                "git config rerere.enabled true; say $P merge c1 c2; git merge c1 c2 > /dev/null 2>&1; sed -i '/^[<=>]/d' a; "
                    + "git add a; $P commit -q -m done; git log -1 --format='%T %P %B'; git reset -q --hard b0; say $P merge c1 c2",
                "echo dirt >> a; say $P merge --autostash s1 s2; echo dirt >> a; say $P merge --autostash c1 c2",
                "echo dirt >> d; say $P merge c1 c2; echo dirt >> d; git add d; $P merge c1 c2; git status -s; git diff HEAD",
                "say $P merge s1 s1 main; say $P merge main s1 start; say $P merge main start; say $P merge --squash main",
                "git checkout -q start; say $P merge s1 s2; git checkout -q start; say $P merge s1 main c1",
                "git config merge.conflictStyle diff3; say $P merge c1 c2; say $P merge v1 s2; say $P merge s2 v1",
                "say $P merge --squash two s3; say $P merge $(git rev-parse s1 s2); say $P merge $(git rev-parse s1) s2",
            ]
        ])
    func octopus(_ scripts: [String]) throws {
        try compare(Self.many, Self.apart(scripts), leaving: Self.withoutLabels)
    }

    @Test(
        "what was fetched",
        arguments: [
            [
                "git fetch -q far s1; say $P merge FETCH_HEAD; git fetch -q far s1 s2; say $P merge FETCH_HEAD",
                "git fetch -q far s1 s2; git merge -q --no-edit s1; say $P merge FETCH_HEAD; git merge -q --no-edit s1 s2; "
                    + "say $P merge FETCH_HEAD",
                "git fetch -q far start s1; say $P merge FETCH_HEAD; git fetch -q far s1 two; say $P merge FETCH_HEAD",
                "git fetch -q far tag v1; say $P merge FETCH_HEAD; git fetch -q far v1 s2; say $P merge --log FETCH_HEAD",
                "git fetch -q far c1; git merge -q --no-edit c2; say $P merge FETCH_HEAD; "
                    + "git checkout -q start; git fetch -q far s1; say $P merge FETCH_HEAD",
                "git fetch -q far s1; say $P merge -m words FETCH_HEAD; say $P merge -q --no-commit FETCH_HEAD; "
                    + "say $P merge --squash FETCH_HEAD; say $P merge FETCH_HEAD s3; say $P merge -s ours FETCH_HEAD",
                ": > .git/FETCH_HEAD; say $P merge FETCH_HEAD; rm .git/FETCH_HEAD; say $P merge FETCH_HEAD",
                "git config merge.log -1; say $P merge s1; git config merge.log x; say $P merge s1; "
                    + "git config merge.log 0; say $P merge s1; git config merge.log 2; say $P merge s1",
            ]
        ])
    func fetched(_ scripts: [String]) throws {
        let far = "git clone -q --mirror . ../far.git; git remote add far ../far.git\n"
        try compare(Self.many + far, Self.apart(scripts))
    }

    @Test(
        "mail where the index is not clean, and what is no mail",
        arguments: [
            "say $P am /dev/null; : > ../e; say $P am ../e; echo junk > ../j; say $P am ../j; say $P am ../none",
            "say $P am ../p; say $P am --abort; say $P am --skip; say $P am --quit",
            "git merge -q o > /dev/null; say $P am ../p; say $P am --skip; git reset -q --hard",
            "git merge -q o > /dev/null; say $P am ../p; say $P am --abort; say $P am --quit",
            "git merge -q o > /dev/null; git add a; say $P am ../p; say $P am --continue; say $P am --abort",
            "echo dirt >> b; git add b; say $P am ../p; say $P am --abort; echo dirt >> a; say $P am ../p",
            "mkdir -p ../md/cur ../md/new; say $P am ../md; cp ../p ../md/new/1; say $P am ../md; say $P am --abort",
        ])
    func mail(_ script: String) throws {
        try compare(
            """
            git init -q -b main r; cd r; seq 1 9 > a; echo b > b; git add .; git commit -qm first
            git checkout -qb o; sed -i s/5/o/ a; git commit -qam o; git format-patch -q -1 --stdout > ../p
            git checkout -q main; sed -i s/5/m/ a; git commit -qam m
            say() { "$@" > ../said 2> ../err; echo "rc=$?"; cat ../said ../err; git status -s; ls .git | grep rebase; cat a
                    cat .git/rebase-apply/next .git/rebase-apply/dirtyindex; }

            """, script)
    }
}
