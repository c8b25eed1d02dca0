import Testing

/// Sessions of the daily verbs whose output, messages, index and logs must be git's.
@Suite struct WorktreeSessionTests {
    private func compare(_ script: String, setUp: String = SessionComparison.setUp) throws {
        let results = try SessionComparison.outcomes(script, setUp: setUp)
        #expect(results[0] == results[1], "\(script)")
    }

    private static let conflict =
        "git checkout -qb t; echo t > a; git commit -qam t; git checkout -q main; echo m > a; git commit -qam m; git merge -q t; "

    @Test(arguments: [
        "$G checkout -m a; cat a; $G checkout --conflict=diff3 a; cat a; git add a; $G checkout -m .; git ls-files -s",
        "$G restore -m a; cat a; $G restore --conflict=zdiff3 a; cat a; $G restore --ours -m a; $G restore -m -S a",
        "$G checkout -f -m a; $G checkout -m HEAD -- a; cat a; $G checkout -m HEAD a; $G checkout --ours HEAD a; git ls-files -s",
        "$G checkout --conflict=nosuch a; $G restore -m --ignore-unmerged a; $G switch -m t; $G checkout -m t",
        "git rm -q --cached a; $G checkout -m a; git ls-files -s",
    ]) func conflictsAreMergedAnew(_ script: String) throws { try compare(Self.conflict + script) }

    private static let branches =
        "seq 9 > n; git add n; git commit -qm n; git checkout -qb t; sed -i s/2/two/ n; echo t > a; git commit -qam t; git checkout -q main; "

    @Test(arguments: [
        "sed -i s/8/eight/ n; $G checkout t; $G checkout -m t; cat n; git status -s; $G switch -m main; cat n",
        "echo m > a; $G switch -m t; cat a; git ls-files -s; git status -s",
        "echo m > a; $G checkout --conflict=diff3 t; cat a", "echo m > a; git add a; $G checkout -m t; git status -s",
        "echo m > a; $G checkout -m -f t; $G switch --discard-changes -m t; $G checkout -q --detach; $G checkout -m t; cat a",
        "rm n; $G checkout -m t; git status -s", "echo u > u; git add u; $G checkout -m t; git status -s",
    ]) func changesAreTakenAlong(_ script: String) throws { try compare(Self.branches + script) }

    private static let nested = """
        git init -q ../s; git -C ../s commit -q --allow-empty -m s1; echo x > ../s/x; git -C ../s add x
        git -C ../s commit -qm s2; git -c protocol.file.allow=always submodule -q add ../s s >/dev/null 2>&1
        git -c protocol.file.allow=always submodule -q add ../s k >/dev/null 2>&1; git commit -qm subs

        """

    @Test(arguments: [
        "git -C s checkout -q HEAD~1; $G status; $G status -s; $G status --porcelain=v2; $G diff; $G diff --raw; $G diff HEAD; $G diff --stat; $G commit -qam moved; $G show",
        "echo u > s/u; echo m > k/x; $G status; $G status -s; $G status --porcelain; $G status --porcelain=v2; $G diff; $G diff --raw; $G diff --stat; $G diff HEAD; $G diff-files; $G diff-index HEAD",
        "echo u > s/u; echo m > k/x; for w in none untracked dirty all; do $G status -s --ignore-submodules=$w; $G diff --ignore-submodules=$w; done; $G status --ignore-submodules; $G status -uno -s; $G status --ignore-submodules=x; $G diff --quiet; echo $?",
        "echo u > s/u; git config submodule.s.ignore all; git config -f .gitmodules submodule.k.ignore dirty; echo m > k/x; $G status -s; $G diff --stat; git config diff.ignoreSubmodules all; $G status -s",
        "git -C s checkout -q HEAD~1; git add s; $G status -s --ignore-submodules=all; $G diff --cached --ignore-submodules=all; $G diff --cached",
    ]) func nestedRepositories(_ script: String) throws { try compare(Self.nested + script) }

    @Test(arguments: [
        "for i in $(seq 30); do echo x > file$i; git branch branch$i; git tag tag$i; done; for c in always row plain dense row,dense never auto column,nodense; do $G status --column=$c; $G branch --column=$c; $G tag --column=$c; done; $G branch --column -v; $G tag --column -n1; $G branch --column=nosuch",
        "for i in $(seq 30); do echo x > file$i; git branch b$i; done; git config column.ui always; $G status; $G branch; $G tag; git config column.status never; git config column.branch row; $G status; COLUMNS=40 $G branch; $G branch --no-column; $G status -s",
        "$G ls-files --with-tree=HEAD; git rm -q a; $G ls-files --with-tree=HEAD -t; $G ls-files --with-tree=HEAD -s; $G ls-files --with-tree=nosuch; $G ls-files --with-tree=HEAD --error-unmatch a",
        "rm -r d; echo f > d; rm a; mkdir a; echo x > a/x; echo y > y; $G ls-files -k; $G ls-files -k -t -o",
        "echo x > a; git add a; echo y > a; echo z > d/b; $G update-index --again; git ls-files -s; $G update-index -g d",
        "mkdir out; $G checkout-index -a --prefix=out/; cat out/d/b; $G checkout-index --prefix=x- a; cat x-a; $G checkout-index --prefix=x- a; echo $?; $G checkout-index -f --prefix=x- a; $G checkout-index --stage=9 a",
        "$G checkout-index --temp a d/b | sed 's/_......\\t/_\\t/'; cat .merge_file_* | sort",
        "printf 'refs/heads/main\\nx refs/heads/new\\nrefs/tags/t^{}\\nbad..name\\n' | $G show-ref --exclude-existing; printf 'refs/heads/new\\nrefs/tags/t\\n' | $G show-ref --exclude-existing=refs/tags",
        "$G rev-parse --sq-quote a 'b c' \"it's!\"; $G rev-parse --prefix d/ HEAD:./b b; $G rev-parse --prefix d/ nosuch; $G rev-parse --sq HEAD a; $G rev-parse --sq -- a 'b c'; $G rev-parse --no-flags -x a; $G rev-parse --default main --no-revs a; $G rev-parse '*.c'; $G rev-parse :/; $G rev-parse --revs-only HEAD a; $G rev-parse a -x",
        "$G rev-parse HEAD:nosuch; $G rev-parse :nosuch; $G rev-parse nosuch:a; echo n > n; $G rev-parse HEAD:n; $G rev-parse HEAD:a/ HEAD:d/; cd d; $G rev-parse HEAD:b; $G rev-parse :b",
    ]) func smallerVerbs(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "echo x >> a; GIT_EDITOR='cat; :' $G commit -v -a; GIT_EDITOR=cat $G commit -a -vv",
        "echo y >> a; git add a; echo z >> a; GIT_EDITOR=cat $G commit -vv; git config commit.verbose true; GIT_EDITOR=cat $G commit -a --cleanup=scissors",
        "echo x >> a; $G status -v; git add a; $G status -v; echo y >> a; $G status -vv",
        "git worktree add -q ../w -b w; $G checkout w; $G switch --ignore-other-worktrees w; $G switch main; $G branch -m w w2; cat .git/worktrees/w/HEAD; $G branch -f w2 HEAD; $G branch -D w2",
    ]) func flagsThatCount(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "B=$(git hash-object a); for p in .git/x ../x .GIT/x a/../b git~1 git~1/x GIT~2/x /abs a//b ./a .. . a/. 'x\\.git\\y' '.git ' .git. 'a:b' dir/.git; do echo $p; $G update-index --add --cacheinfo 100644,$B,\"$p\"; echo $?; done",
        "B=$(git hash-object a); for p in .git .. . .GIT git~1 '.git '; do T=$(printf \"100644 blob $B\\t$p\\n\" | git mktree); S=$(printf \"040000 tree $T\\tok\\n\" | git mktree); C=$(git commit-tree -m x -p HEAD $S); echo $p; $G checkout -q $C; echo $?; $G reset -q --hard $C; echo $?; $G read-tree $C; echo $?; git reset -q --hard main; done",
        "L=$(printf .git | git hash-object -w --stdin); B=$(printf evil | git hash-object -w --stdin); T=$(printf \"100644 blob $B\\tx\\n\" | git mktree); S=$(printf \"120000 blob $L\\tl\\n\" | git mktree); C=$(git commit-tree -m x -p HEAD $S); $G checkout -q $C; ls -A; S=$(printf \"040000 tree $T\\tl\\n\" | git mktree); D=$(git commit-tree -m y -p $C $S); $G checkout -q $D; ls -A l .git/x; rm -r l; ln -s .git l; $G checkout -f -q $D; ls .git/x l",
    ]) func hostilePathsAreRefused(_ script: String) throws { try compare(script) }

    @Test(arguments: [
        "touch .git/index.lock; echo x > a; for v in 'add a' 'commit -qm x --allow-empty' 'rm -f a' 'mv d/b c' 'reset --hard' 'checkout -b t' 'restore a' 'status -s'; do echo == $v; $G $v; echo $?; done",
        "touch .git/refs/heads/main.lock; for v in 'commit -qm x --allow-empty' 'branch -d main' 'tag x'; do echo == $v; $G $v; echo $?; done",
        "touch .git/HEAD.lock; $G commit --allow-empty -m y; echo $?",
    ]) func locksAreNamed(_ script: String) throws { try compare(script) }
}
