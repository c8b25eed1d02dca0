import SystemPackage
import TestSupport
import Testing

/// Each test asks stock git and nacre the same, in repositories of their own that stand at equal paths below the sandbox.
@Suite("clone, fetch, push") struct RemoteCommandTests {
    private func source(_ label: String) throws -> Sandbox {
        let sandbox = try Sandbox(label)
        try sandbox.shell(
            """
            git init -q src && cd src
            for i in 1 2 3 4; do mkdir -p d$i; seq $((i*40)) > f$i; seq $i > d$i/g; git add .; git commit -qm c$i; done
            git tag -a v1 -m v1 HEAD~1; git tag light; git branch side HEAD~2
            """)
        return sandbox
    }

    @Test(arguments: ["2", "0"]) func stockGitClonesAndFetchesFromUs(_ version: String) throws {
        let sandbox = try source("serve")
        let program = Sandbox.productsDirectory.appending("nacre").string + " upload-pack"
        let result = try sandbox.shell(
            """
            export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.version GIT_CONFIG_VALUE_0=\(version)
            url="file://$PWD/src"
            git clone -q -u "\(program)" "$url" full; git -C full fsck --strict; git -C full rev-parse v1^{} HEAD
            git clone -q --depth 2 -u "\(program)" "$url" cut; git -C cut rev-list --count HEAD
            git -C cut fetch -q --upload-pack "\(program)" --deepen 1; git -C cut rev-list --count HEAD
            git -C cut fetch -q --upload-pack "\(program)" --unshallow; git -C cut rev-list --count HEAD
            git clone -q --bare --filter=blob:none -u "\(program)" "$url" part
            git -C part rev-list --objects --all --missing=print | grep -c '^?'
            (cd src; echo more >> f1; git commit -qam more)
            git -C full fetch -q --upload-pack "\(program)"; git -C full rev-parse origin/main; git -C src rev-parse main
            """)
        #expect(result.code == 0, "\(result)")
        let lines = result.text.split(separator: "\n")
        #expect(lines[2...5] == ["2", "3", "4", "8"], "\(result)")
        #expect(lines[6] == lines[7])
    }

    @Test func stockGitPushesToUs() throws {
        let sandbox = try source("receive")
        let program = Sandbox.productsDirectory.appending("nacre").string + " receive-pack"
        let result = try sandbox.shell(
            """
            git init -q --bare dst.git; cd src; url="file://$PWD/../dst.git"
            push() { git push -q --receive-pack "\(program)" "$url" "$@"; }
            push main side --tags; git -C ../dst.git fsck --strict
            git reset -q --hard HEAD~1; echo x > x; git add x; git commit -qm x
            push main 2>/dev/null && exit 1; push +main; push --atomic :side main~1:refs/heads/new
            git -C ../dst.git for-each-ref --format='%(refname)'; ls ../dst.git/objects | grep tmp && exit 1
            git -C ../dst.git rev-parse main; git rev-parse main
            """)
        let lines = result.text.split(separator: "\n")
        #expect(
            lines.prefix(4) == ["refs/heads/main", "refs/heads/new", "refs/tags/light", "refs/tags/v1"], "\(result)")
        #expect(lines.count == 6 && lines[4] == lines[5])
    }

    @Test func aHookOfTheServerIsAsked() throws {
        let sandbox = try source("hook")
        try sandbox.shell(
            """
            git init -q --bare dst.git; cd dst.git/hooks
            printf '#!/bin/sh\\ncat >&2; echo no >&2; exit 1\\n' > pre-receive; chmod +x pre-receive
            """)
        let push = try sandbox.nacre("push", "../dst.git", "main", in: "src")
        #expect(push.code == 1)
        #expect(push.errorText.contains("remote: no"))
        #expect(push.errorText.contains(" ! [remote rejected] main -> main (pre-receive hook declined)"))
        #expect(try sandbox.git("for-each-ref", in: "dst.git").text == "")
    }

    @Test func cloneMakesWhatGitMakes() throws {
        let sandbox = try source("clone")
        let path = sandbox.root.appending("src").string
        for (index, options) in [
            ["--bare"], [], ["--no-tags"], ["--branch", "side"], ["--single-branch"], ["-o", "up"],
        ]
        .enumerated() {
            let ours = try sandbox.run("nacre", ["clone"] + options + ["file://" + path, "n\(index)"])
            let theirs = try sandbox.run("git", ["clone"] + options + ["file://" + path, "g\(index)"])
            #expect(ours.code == 0, "\(ours)")
            #expect(ours.errorText == theirs.errorText.replacingOnce("g\(index)", with: "n\(index)"))
            for question in [
                ["for-each-ref"], ["rev-parse", "--symbolic-full-name", "HEAD"], ["config", "-l", "--local"],
            ] {
                let mine = try sandbox.run("git", question, in: "n\(index)").text
                let other = try sandbox.run("git", question, in: "g\(index)").text
                let kept = mine.split(separator: "\n").filter {
                    !$0.contains("refs/nacre/") && !$0.hasPrefix("filter.lfs")
                }
                #expect(Set(kept) == Set(other.split(separator: "\n")), "\(options) \(question)")
            }
            if index > 0 {
                #expect(try sandbox.git("status", "--porcelain", in: "n\(index)").text == "")
            }
            #expect(try sandbox.git("fsck", "--strict", in: "n\(index)").code == 0)
        }
    }

    @Test func fetchAndPushSayWhatGitSays() throws {
        let sandbox = try source("words")
        try sandbox.shell("git clone -q --bare src hub.git; git clone -q hub.git a; cp -a a b; cp -a hub.git hub2.git")
        try sandbox.shell("git -C b remote set-url origin $PWD/hub2.git; git -C a remote set-url origin $PWD/hub.git")
        func both(_ words: [String], _ prepare: String = ":") throws {
            try sandbox.shell("cd a; \(prepare)")
            try sandbox.shell("cd b; \(prepare)")
            let theirs = try sandbox.run("git", words, in: "a")
            let ours = try sandbox.run("nacre", words, in: "b")
            #expect(ours.code == theirs.code, "\(words)")
            #expect(ours.text == theirs.text.replacingOnce("hub.git", with: "hub2.git"), "\(words)")
            #expect(
                ours.errorText.replacingOnce("hub2", with: "hub").replacingOnce("hub2", with: "hub")
                    == theirs.errorText, "\(words)")
            #expect(
                try sandbox.git("for-each-ref", in: "b").text == sandbox.git("for-each-ref", in: "a").text, "\(words)")
        }
        try both(["push"], "echo x > x; git add x; git commit -qm x")
        try both(["push"])
        try both(
            ["push", "-u", "origin", "topic"], "git checkout -q -b topic; echo y > y; git add y; git commit -qm y")
        try both(["push", "origin", "HEAD~1:refs/heads/older", "topic:refs/heads/again"])
        try both(["push", "origin"], "git commit -q --amend -m z")
        try both(["push", "--force-with-lease=topic:main", "origin", "topic"])
        try both(["push", "--force-with-lease", "origin", "topic"])
        try both(["push", "--porcelain", "origin", ":older", "topic"])
        try both(["push", "origin", "v2", "--dry-run"], "git tag -a v2 -m v2")
        try both(["push", "--follow-tags", "origin", "topic"], "git commit -q --allow-empty -m e")
        try both(["push", "origin", "nothing"])
        try sandbox.shell(
            """
            for hub in hub hub2; do
              git -C $hub.git update-ref refs/heads/fresh main; git -C $hub.git update-ref -d refs/heads/again
              git -C $hub.git update-ref refs/heads/topic main~1; git -C $hub.git tag extra main
            done
            """)
        try both(["fetch"])
        try both(["fetch"])
        try both(["fetch", "--prune"])
        try both(["fetch", "origin", "side:mine", "main"])
        try both(["fetch", "origin", "fresh:mine"])
        try both(["fetch", "-v", "origin"])
        try both(["fetch", "origin", "absent"])
        try both(["fetch", "origin", "tag", "v1"])
        #expect(
            String(decoding: try sandbox.read("b/.git/FETCH_HEAD"), as: UTF8.self).replacingOnce("hub2", with: "hub")
                == String(decoding: try sandbox.read("a/.git/FETCH_HEAD"), as: UTF8.self))
    }

    @Test func remotesAreManaged() throws {
        let sandbox = try source("remote")
        try sandbox.shell("git init -q r")
        let path = sandbox.root.appending("src").string
        #expect(try sandbox.nacre("remote", "add", "-f", "up", path, in: "r").code == 0)
        #expect(try sandbox.nacre("remote", "-v", in: "r").text == sandbox.git("remote", "-v", in: "r").text)
        #expect(try sandbox.nacre("remote", "add", "up", path, in: "r").code == 3)
        #expect(try sandbox.nacre("remote", "rename", "up", "origin", in: "r").code == 0)
        #expect(try sandbox.git("rev-parse", "origin/main", in: "r").code == 0)
        #expect(try sandbox.nacre("remote", "set-head", "origin", "-a", in: "r").trimmed == "origin/HEAD set to main")
        #expect(try sandbox.nacre("remote", "set-url", "origin", "elsewhere", in: "r").code == 0)
        #expect(try sandbox.nacre("remote", "get-url", "origin", in: "r").trimmed == "elsewhere")
        #expect(try sandbox.nacre("remote", "remove", "origin", in: "r").code == 0)
        #expect(try sandbox.git("for-each-ref", "refs/remotes", in: "r").text == "")
        #expect(try sandbox.nacre("remote", "get-url", "origin", in: "r").code == 2)
    }

    @Test func refsOfAnotherRepositoryAreListed() throws {
        let sandbox = try source("list")
        for words in [
            ["src"], ["--heads", "src"], ["--tags", "--refs", "src"], ["--symref", "src", "HEAD"], ["src", "s*"],
        ] {
            let ours = try sandbox.run("nacre", ["ls-remote"] + words)
            #expect(ours == (try sandbox.run("git", ["ls-remote"] + words)), "\(words)")
        }
    }
}

extension String {
    fileprivate func replacingOnce(_ part: String, with other: String) -> String {
        let pieces = split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        return pieces.count == 2 ? pieces[0] + other + pieces[1] : self
    }
}
