import SystemPackage
import TestSupport
import Testing

@Suite("clone: storage, partial clones") struct CloneOptionTests {
    @Test func borrowsAsGitBorrows() throws {
        try ScriptComparison.expectSame(
            """
            p clone -s src shared; cat shared/.git/objects/info/alternates; p clone --reference src hub.git rf
            git -C rf fsck; p clone --reference src --dissociate hub.git rd; git -C rd fsck
            ls rd/.git/objects/info/alternates 2>&1 || :; p clone --reference nope hub.git rx
            p clone --separate-git-dir sg hub.git sw; cat sw/.git; git -C sw status -sb; p clone --no-hardlinks hub.git nh
            p clone hub.git hl; stat -c %h $(find hub.git/objects -name '*.pack' | head -1) 2>/dev/null || :
            (cd src; git checkout -q --detach main~1); p clone src detached; git -C detached status -sb
            """)
    }

    @Test func aPartialCloneFetchesWhatItNeeds() throws {
        try ScriptComparison.expectSame(
            """
            git -C hub.git config uploadpack.allowFilter true
            (cd other; for i in 1 2 3 4; do commit change$i f1; done; git push -q)
            p clone --filter=blob:none "file://$ROOT/hub.git" part; cd part; git status -sb
            git rev-list --objects --all --missing=print | grep -c '^?'; git config -l --local | grep -e promis -e format
            p log -p -3 --stat; p cat-file -p HEAD~3:f1; p diff HEAD~4 --stat; p fsck; p gc -q; p fsck
            (cd ../other; commit more f2; git push -q)
            p pull; p show HEAD~2:f1; p checkout -q HEAD~6; ls
            """)
    }

    @Test func whatIsMissingWithoutItsRemoteIsSaid() throws {
        let sandbox = try Sandbox("gone")
        try sandbox.shell(
            """
            git init -q src; cd src; for i in 1 2; do echo $i >f; git add f; git commit -qm $i; done
            git config uploadpack.allowFilter true
            """)
        let clone = try sandbox.nacre("clone", "--filter=blob:none", "file://\(sandbox.root)/src", "part")
        try #require(clone.code == 0, "\(clone)")
        try sandbox.shell("mv src away")
        let shown = try sandbox.nacre("show", "HEAD~1:f", in: "part")
        #expect(shown.code == 128, "\(shown)")
        try sandbox.shell("mv away src")
        #expect(try sandbox.nacre("show", "HEAD~1:f", in: "part").text == "1\n")
    }

    @Test func aBundleIsFetchedFirst() throws {
        let sandbox = try Sandbox("uri")
        try sandbox.shell(
            """
            git init -q src; cd src; for i in 1 2; do echo $i >f; git add f; git commit -qm $i; done
            git bundle create -q ../b main; echo 3 >f; git commit -qam 3
            """)
        let clone = try sandbox.nacre("clone", "--bundle-uri", "b", "file://\(sandbox.root)/src", "c")
        #expect(clone.code == 0, "\(clone)")
        #expect(try sandbox.git("rev-parse", "refs/bundles/main", in: "c").code == 0)
        #expect(try sandbox.git("log", "--format=%s", in: "c").text == "3\n2\n1\n")
        #expect(try sandbox.git("fsck", "--strict", in: "c").code == 0)
    }

    @Test func fetchedNotesJoinOurs() throws {
        let sandbox = try Sandbox("notes")
        let result = try sandbox.shell(
            """
            git init -q src; cd src; git commit -q --allow-empty -m one
            git notes --ref nacre/attestations add -m a HEAD; cd ..
            "$P" clone -q src c; cd c; git notes --ref nacre/attestations show HEAD
            git notes --ref nacre/attestations append -m c HEAD
            (cd ../src; git notes --ref nacre/attestations append -m b HEAD)
            "$P" fetch -q; git notes --ref nacre/attestations show HEAD; git fsck --strict
            git log --format=%p -1 refs/notes/nacre/attestations | wc -w; "$P" fetch -q
            """, variables: ["P": Sandbox.productsDirectory.appending("nacre").string])
        let lines = result.text.split(separator: "\n").filter { !$0.isEmpty }
        #expect(lines == ["a", "a", "b", "c", "2"], "\(result)")
    }
}
