import TestSupport
import Testing

/// Lists of every kind of step, worked off by git and by nacre: what is said, what editors are shown, history, reflogs and
/// state in between.
@Suite("Rebasing by a list as git does")
struct RebaseListTests {
    private static let setUp = #"""
        git init -q -b main repo
        cd repo
        seq 1 30 > a; seq 1 9 > b; git add .; git commit -qm base
        git checkout -qb topic
        sed -i 's/^5$/five/' a; git commit -qam t1
        echo n > n; git add n; git commit -qm t2 -m body
        sed -i 's/^25$/tf/' a; git commit -qam t3
        git checkout -qb side topic~1; echo s > s; git add s; git commit -qm s1; echo s >> s; git commit -qam s2
        git checkout -q topic; git merge -q --no-edit side; echo l > l; git add l; git commit -qm last
        git checkout -q main
        sed -i 's/^15$/fifteen/' a; git commit -qam m1
        echo x >> b; git commit -qam m2
        say() { "$@" 2>&1; echo "rc=$?"; git status --short; }
        look() { git log --graph --format='%h %T %an %ad %cd %P %B' --all; git reflog --format=%gs; git status
                 git for-each-ref; cat .git/rebase-merge/message* 2>/dev/null; }
        ed() { printf '#!/bin/sh\n%s\n' "$1" > ../ed; chmod +x ../ed; GIT_SEQUENCE_EDITOR=$PWD/../ed
               export GIT_SEQUENCE_EDITOR; }
        med() { printf '#!/bin/sh\n%s\n' "$1" > ../med; chmod +x ../med; GIT_EDITOR=$PWD/../med; export GIT_EDITOR; }
        set +e

        """#

    private func compare(_ script: String) throws {
        let session = try SameSession.run(Self.setUp, script)
        #expect(session.ours == session.theirs)
    }

    @Test(
        "labels, resets and merges",
        arguments: [
            #"git checkout -q topic; say $P rebase -r main; look"#,
            #"git checkout -q topic; ed 'cat "$1"'; say $P rebase -i -r main; look"#,
            #"git checkout -q topic; say $P rebase -r --onto main~1 topic~4; look"#,
            #"git checkout -q topic; say $P rebase -r --root; say $P rebase -r --root -f; look"#,
            #"git checkout -q topic; say $P rebase -r=rebase-cousins main~1; look"#,
            #"git checkout -q main; echo other > s; git add s; git commit -qm m3; git checkout -q topic; "#
                + #"say $P rebase -r main; look; echo both > s; git add s; say $P rebase --continue;look"#,
            #"git checkout -q topic; git config rebase.abbreviateCommands true; "#
                + #"git config rebase.instructionFormat '(%an) %s'; ed 'cat "$1"'; say $P rebase -i -r main; look"#,
            #"git checkout -q topic; "#
                + #"ed 'printf "reset main\nmerge topic # words here\nmerge -c topic side\nexec echo hi\n" > "$1"'; "#
                + #"say $P rebase -i main; look"#,
            #"git checkout -q topic; ed 'printf "label x\nreset nosuch\n" > "$1"'; say $P rebase -i main; "#
                + #"look; say $P rebase --abort; look"#,
        ])
    func keepsMerges(_ script: String) throws { try compare(script) }

    @Test(
        "squash and fixup, -C and -c, amend!",
        arguments: [
            #"git checkout -q topic; ed "sed -i -e '2s/^pick/squash/;3s/^pick/fixup/' \"\$1\""; "#
                + #"med 'cat "$1"'; say $P rebase -i main; look"#,
            #"git checkout -q topic; ed "sed -i -e '2s/^pick/fixup -C/;3s/^pick/fixup/' \"\$1\""; "#
                + #"med 'cat "$1"'; say $P rebase -i main; look"#,
            #"git checkout -q topic; ed "sed -i -e '2s/^pick/fixup -c/;3s/^pick/fixup/' \"\$1\""; "#
                + #"med 'cat "$1"'; say $P rebase -i main; look"#,
            #"git checkout -q topic; "#
                + #"ed "sed -i -e '2s/^pick/squash/;3s/^pick/fixup -C/;4s/^pick/squash/' \"\$1\""; med 'cat "$1"; "#
                + #"echo more >> "$1"'; say $P rebase -i main; look"#,
            #"git checkout -q main; sed -i 's/^25$/vc/' a; git commit -qam m3; git checkout -q topic; "#
                + #"ed "sed -i -e '2s/^pick/squash/;3s/^pick/fixup/' \"\$1\""; med 'cat "$1"'; "#
                + #"git log --oneline main..topic; say $P rebase -i main; look;  sed -i '/^[<=>]/d' a; git add a; "#
                + #" say $P rebase --continue; look"#,
            #"git checkout -q topic; git reset -q --hard topic~1; sed -i 's/^tf/TF/' a; "#
                + #"git commit -qam 'fixup! t3' -q; echo z > z; git add z; "#
                + #"git commit -qm 'squash! t1' -m 'more words'; "#
                + #"git commit -q --allow-empty -m 'amend! t2' -m 'new t2'; med 'cat "$1"'; ed 'cat "$1"'; "#
                + #"say $P rebase -i --autosquash topic~6; look"#,
        ])
    func melds(_ script: String) throws { try compare(script) }

    @Test(
        "stops, commands, lists with mistakes",
        arguments: [
            #"git checkout -q topic; ed 'cat "$1"'; say $P rebase -i main; look"#,
            #"git checkout -q topic; ed "sed -i -e '1s/^pick/reword/;2s/^pick/edit/' \"\$1\""; "#
                + #"med 'cat "$1"; sed -i 1s/^/R/ "$1"'; say $P rebase -i main; look; echo q > q; git add q; "#
                + #"say $P rebase --continue; look"#,
            #"git checkout -q topic; ed "sed -i -e '1s/^pick/reword/;2s/^pick/edit/' \"\$1\""; "#
                + #"med 'sed -i 1s/^/R/ "$1"'; say $P rebase -i HEAD~4; git commit -q --amend -m amended; "#
                + #"say $P rebase --continue; look"#,
            #"git checkout -q topic; say $P rebase -i -x false main; look; say $P rebase --continue; look"#,
            #"git checkout -q topic; say $P rebase -x 'echo d >> a' main; look; git checkout a; "#
                + #"say $P rebase --continue"#,
            #"git checkout -q topic; say $P rebase --reschedule-failed-exec -x false main; look; "#
                + #"say $P rebase --edit-todo; ed "sed -i s/false/true/ \"\$1\""; say $P rebase --edit-todo; "#
                + #"say $P rebase --continue; look"#,
            #"git checkout -q main; sed -i 's/^5$/cinq/' a; git commit -qam m3; git checkout -q topic; "#
                + #"say $P rebase main; look; sed -i '/^[<=>]/d' a; git add a; med 'cat "$1"'; "#
                + #"say $P rebase --continue; look"#,
            #"git checkout -q topic; git cherry-pick main~1 >/dev/null 2>&1; "#
                + #"git commit -q --allow-empty -m empty; ed 'cat "$1"'; "#
                + #"say $P rebase --reapply-cherry-picks -i main; look; say $P rebase --skip; look"#,
            #"git checkout -q topic; ed 'echo nonsense x > "$1"; echo squash HEAD >> "$1"'; "#
                + #"say $P rebase -i main; look; say $P rebase --continue; ed 'echo pick HEAD > "$1"'; "#
                + #"say $P rebase --edit-todo; say $P rebase --abort; look"#,
            #"git checkout -q topic; ed ': > "$1"'; "#
                + #"say $P rebase -i main; look"#,
            #"git checkout -q topic; git config rebase.missingCommitsCheck error; ed "sed -i 1d \"\$1\""; "#
                + #"say $P rebase -i main; look; say $P rebase --continue; say $P rebase --abort"#,
            #"git checkout -q topic; ed 'echo break > "$1"; echo noop >> "$1"; echo exec echo a >> "$1"'; "#
                + #"say $P rebase -i main; say $P rebase --edit-todo; say $P rebase --continue; look"#,
        ])
    func steps(_ script: String) throws { try compare(script) }

    @Test(
        "options and configuration",
        arguments: [
            #"say $P rebase main topic; look"#,
            #"git checkout -q topic; git branch b1 topic~1; git branch b2 topic~2; git branch b3 topic~2; "#
                + #"ed 'cat "$1"'; say $P rebase -i --update-refs main; look"#,
            #"git checkout -q topic; git cherry-pick -q main >/dev/null 2>&1; say $P rebase main; "#
                + #"say $P rebase --reapply-cherry-picks main; look"#,
            #"git checkout -q topic; git commit -q --allow-empty -m empty; "#
                + #"say $P rebase --no-keep-empty main; look"#,
            #"git checkout -q topic; say $P rebase; git branch -q -u main; say $P rebase; look"#,
            #"git checkout -q side; git branch -q -u topic; say $P rebase; git checkout -q --detach topic; "#
                + #"say $P rebase; say $P rebase nosuch; say $P rebase --onto nosuch main; "#
                + #"say $P rebase main nosuch; say $P rebase --onto main...topic~1 main"#,
            #"git checkout -q topic; say $P rebase --stat main; look"#,
            #"git checkout -q topic; say $P rebase -v main~1; look"#,
            #"git checkout -q topic; say $P rebase --signoff main; look"#,
            #"git checkout -q topic; "#
                + #"GIT_COMMITTER_DATE='1700009000 +0200' say $P rebase --committer-date-is-author-date main; look"#,
            #"git checkout -q side; say $P rebase --keep-base -f topic~3; say $P rebase -f topic~3; look"#,
            #"git checkout -q topic; echo dirt >> b; sed -i s/^1$/one/ b; say $P rebase --autostash main; "#
                + #"look; git diff; git stash list"#,
        ])
    func options(_ script: String) throws { try compare(script) }

    @Test("hooks are run as git runs them, and post-rewrite learns what became of every commit")
    func hooks() throws {
        try compare(
            #"""
            git checkout -q topic; mkdir -p .git/hooks
            printf '#!/bin/sh\necho "${0##*/} $*" >> ../hooked; cat >> ../hooked\n' > .git/hooks/post-rewrite
            for h in pre-rebase post-checkout post-commit prepare-commit-msg commit-msg; do
                printf '#!/bin/sh\necho "${0##*/} $*" >> ../hooked\n' > .git/hooks/$h
            done
            chmod +x .git/hooks/*; ed "sed -i -e '1s/^pick/reword/;2s/^pick/squash/' \"\$1\""
            say $P rebase -i main; cat ../hooked
            printf '#!/bin/sh\nexit 1\n' > .git/hooks/pre-rebase; say $P rebase main~1; say $P rebase --no-verify main~1
            """#)
    }

    @Test("what one program began the other goes on with", arguments: [true, false])
    func handedOver(beginsWithGit: Bool) throws {
        let sandbox = try Sandbox("handed")
        let programs = beginsWithGit ? ["git", SameSession.nacre] : [SameSession.nacre, "git"]
        let result = try sandbox.shell(
            Self.setUp + #"""
                git checkout -q main; echo other > s; git add s; git commit -qm m3; git checkout -q topic
                say $A rebase -r main; echo both > s; git add s; say $B rebase --continue
                echo more > s; git add s; say $A rebase --continue; git log --format='%T %s' -4; git fsck
                git status --short; ls -d .git/rebase-merge; git for-each-ref refs/rewritten
                """#, variables: ["A": programs[0], "B": programs[1]])
        #expect(result.text.contains("Successfully rebased"), "\(result)")
        #expect(!result.text.contains("refs/rewritten/"), "\(result)")
        #expect(result.errorText.contains("No such file or directory"), "\(result)")
    }
}
