import TestSupport
import Testing

/// What a merge says and asks before it commits.
@Suite("Messages, hooks and editors of merges as git's")
struct MergeMessageTests {
    private static let setUp = #"""
        git init -q -b main repo; cd repo
        seq 1 30 > a; git add .; git commit -qm base; git branch start
        git checkout -qb side; sed -i 's/^5$/x/' a; git commit -qam s1; echo s > s; git add s; git commit -qm s2
        git tag -a -m 'Version one' -m 'with a body' v1; git tag light
        git checkout -qb third start; echo t > t; git add t; git commit -qm t1; git tag -a -m 'Of the third' t1
        git checkout -q main; sed -i 's/^25$/y/' a; git commit -qam m1
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        med() { printf '#!/bin/sh\n%s\n' "$1" > ../med; chmod +x ../med; GIT_EDITOR=$PWD/../med; export GIT_EDITOR; }
        hook() { mkdir -p .git/hooks; printf '#!/bin/sh\necho "$1 ran: $*"\n%s\n' "$2" > .git/hooks/$1
                 sed -i "s/\$1 ran/$1 ran/" .git/hooks/$1; chmod +x .git/hooks/$1; }
        look() { git cat-file commit HEAD; git reflog -3 --format=%gs; cat .git/MERGE_HEAD .git/MERGE_MSG .git/MERGE_MODE; }
        set +e

        """#

    @Test(
        "messages",
        arguments: [
            "say $P merge v1; look", "say $P merge light; look", "say $P merge v1 t1; look",
            "say $P merge --into-name other side; look", "say $P merge --into-name main side; look",
            "printf 'from a file\\n\\nbody\\n' > ../m; say $P merge -F ../m side; look",
            "say $P merge -m words -m more v1; look", "say $P merge --signoff side; look",
            "say $P merge -m '  spaced  ' --cleanup=verbatim side; look", "say $P merge -F ../none side; look",
            "git checkout -q start; say $P merge v1; look", "git checkout -q start; say $P merge --no-ff v1; look",
            "say $P merge -m '' side; look",
            "git checkout -q start; say $P merge --squash side; cat .git/SQUASH_MSG",
            "say $P merge --log side; look", "say $P merge --log=1 side; look", "say $P merge --log v1 t1; look",
            "git config merge.log true; say $P merge -q side; look",
            "git config merge.log 1; say $P merge -q -m words v1; look",
            "git config merge.log true; say $P merge -q --no-log side; look",
            "git config merge.log true; say $P merge -q light; look",
            "git config merge.branchdesc true; git config branch.side.description 'two\nlines'; say $P merge --log side; look",
            "say $P merge --log side~1; look", "say $P merge --log $(git rev-parse side); look",
            "git config merge.log true; say $P fetch -q . side; say $P merge FETCH_HEAD; git cat-file commit HEAD",
            "say $P merge --no-commit v1; look; say $P commit -q --no-edit; look",
        ])
    func messages(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "editors and hooks",
        arguments: [
            #"med 'cat "$1"; echo more >> "$1"'; say $P merge --edit side; look"#,
            #"med 'cat "$1"; : > "$1"'; say $P merge -e side; look; say $P merge --abort"#,
            "GIT_EDITOR=false say $P merge -e side; look",
            #"med 'cat "$1"'; git checkout -q side; git commit -q --amend --author 'B <b@x>' --no-edit; "#
                + "git checkout -q main; say $P merge -e --log side; look",
            #"med 'cat "$1"'; say $P merge -e --cleanup=scissors v1; look"#,
            #"med 'cat "$1"'; GIT_MERGE_AUTOEDIT=yes say $P merge side; look"#,
            #"med 'cat "$1"'; GIT_MERGE_AUTOEDIT=what say $P merge side; look"#,
            #"med 'cat "$1"'; unset GIT_MERGE_AUTOEDIT; say $P merge side; look"#,
            "for h in pre-merge-commit prepare-commit-msg commit-msg post-merge post-commit; do hook $h; done; "
                + "say $P merge side; look",
            "hook pre-merge-commit 'exit 1'; say $P merge side; look; say $P merge --continue; look",
            "hook commit-msg 'exit 1'; say $P merge side; look; git merge --abort; say $P merge --no-verify side; look",
            "hook prepare-commit-msg 'echo hooked >> \"$1\"'; say $P merge side; look",
            "hook post-merge; git checkout -q start; say $P merge side; say $P merge --squash third",
            "hook post-merge; git checkout -q start; sed -i 's/^5$/z/' a; git commit -qam z; say $P merge --squash side",
        ])
    func editors(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "local changes put aside",
        arguments: [
            "echo dirt >> a; say $P merge --autostash side; git diff; git stash list",
            "sed -i 's/^5$/local/' a; say $P merge --autostash side; git diff; git stash list; git ls-files -s",
            "sed -i 's/^5$/mine/' a; git commit -qam mine; echo dirt >> a; say $P merge --autostash side; git stash list; "
                + "say $P merge --abort; git diff; git stash list",
            "sed -i 's/^5$/mine/' a; git commit -qam mine; echo dirt >> a; say $P merge --autostash side; "
                + "say $P merge --quit; git stash list",
            "sed -i 's/^5$/local/' a; git checkout -q start 2>/dev/null; say $P merge --autostash side; git diff",
        ])
    func autostash(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "histories of a part of the tree",
        arguments: [
            "say $P merge -X subtree=lib part; git ls-tree -r HEAD",
            "say $P merge -X subtree part; git ls-tree -r HEAD",
            "say $P merge -Xsubtree=nosuch part; git ls-tree -r HEAD",
            "git checkout -q part; say $P merge -X subtree=lib main; git ls-tree -r HEAD",
            "git checkout -q part; say $P merge -X subtree whole; git ls-tree -r HEAD",
            "say $P cherry-pick -X subtree=lib part; git ls-tree -r HEAD",
        ])
    func subtrees(_ script: String) throws {
        let session = try SameSession.run(
            #"""
            git init -q -b part repo; cd repo
            seq 1 9 > x; mkdir s; seq 11 19 > s/y; echo z > z; git add .; git commit -qm p1; git branch whole
            git checkout -q whole; mkdir lib; git mv x s z lib; echo top > top; git add .; git commit -qm w1
            git branch main; echo 3 >> lib/x; git commit -qam w2; git checkout -q part; sed -i s/^15$/fifteen/ s/y
            echo new > new; git add .; git commit -qm p2; git checkout -q main; sed -i s/^1$/one/ lib/x; git commit -qam w3
            say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
            set +e

            """#, script)
        #expect(session.ours == session.theirs)
    }

    /// Signed by a key that is known, by one that is not, changed afterwards, and not at all.
    @Test(
        "signatures",
        arguments: [
            "say $P merge --verify-signatures side", "say $P merge --verify-signatures good",
            "say $P merge --verify-signatures foreign", "say $P merge --verify-signatures bad",
            "git config merge.verifySignatures true; say $P merge side; say $P merge --no-verify-signatures -q side",
            "git config gpg.minTrustLevel never; say $P merge --verify-signatures foreign",
            "say $P merge --verify-signatures good side",
            "git checkout -q --orphan o; say $P merge --verify-signatures side",
            "git tag -s -m signed v9 good; say $P merge --no-commit v9; say $P commit -q --no-edit; "
                + "git cat-file commit HEAD | grep -v -e '^ [A-Za-z0-9+/=]*$' -e '^#'",
        ])
    func signatures(_ script: String) throws {
        let keys = #"""
            ssh-keygen -q -t ed25519 -N '' -f ../key; ssh-keygen -q -t ed25519 -N '' -f ../other
            echo "author@example.com $(cat ../key.pub)" > ../allowed; git config gpg.format ssh
            git config gpg.ssh.allowedSignersFile "$PWD/../allowed"; git config user.signingkey "$PWD/../key"
            git checkout -q -b good side; git commit -q -S --allow-empty -m good
            git checkout -q -b foreign side; git -c user.signingkey="$PWD/../other" commit -q -S --allow-empty -m foreign
            id=$(git cat-file commit good | sed 's/^good$/evil/' | git hash-object -t commit -w --stdin); git branch bad $id
            git checkout -q main

            """#
        let session = try SameSession.run(Self.setUp + keys, "(\(script)) 2>&1 | sed -E 's/[0-9a-f]{7,40}/ID/g'")
        #expect(session.ours == session.theirs)
    }

    @Test(
        "in conflict before the first commit",
        arguments: [
            "git checkout -q --orphan o; id=$(git hash-object -w a); git rm -q -r -f --cached .; "
                + "printf \"100644 $id 2\\ta\\n100644 $id 3\\ta\\n\" | git update-index --index-info; "
                + "say $P status; say $P commit -m x"
        ])
    func unbornConflict(_ script: String) throws {
        let session = try SameSession.run(Self.setUp + "echo more >> a\n", script)
        #expect(session.ours == session.theirs)
    }
}
