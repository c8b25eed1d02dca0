import TestSupport
import Testing

/// Fetches and pushes that go into submodules, and what is agreed on without fetching, beside git's.
@Suite("submodule recursion") struct SubmoduleRecursionTests {
    /// A superproject with a submodule, cloned twice: in `a` it is worked on, in `b` it is fetched.
    private static let prelude = """
        git clone -q --bare src sub.git; cd w; git submodule --quiet add ../sub.git lib; git commit -qm lib; git push -q
        cd ..; git clone -q --recurse-submodules hub.git a 2>/dev/null; git clone -q --recurse-submodules hub.git b 2>/dev/null
        git -C a/lib checkout -q main; inner() { (cd a/lib; commit "$@"); (cd a; git add lib; git commit -qm "lib $1"); }

        """

    @Test func pushesWhatHasToGoFirst() throws {
        try ScriptComparison.expectSame(
            Self.prelude + """
                inner one f1; cd a; p push --recurse-submodules=check; git -C ../sub.git log --oneline main | wc -l
                p push --recurse-submodules=on-demand -n 2>&1 | sort; p push --recurse-submodules=on-demand
                git -C ../sub.git log --oneline main | wc -l; cd ..; inner two f1; cd a
                git config push.recurseSubmodules check; p push; git config push.recurseSubmodules on-demand; p push -q
                p push --recurse-submodules=check; cd ..; inner three f2; cd a; p push --no-recurse-submodules
                git -C ../sub.git log --oneline main | wc -l; p push --recurse-submodules=nonsense
                """, ignoring: { $0.hasSuffix("the remote end hung up unexpectedly") })
    }

    @Test func fetchesWhatWasRecorded() throws {
        try ScriptComparison.expectSame(
            Self.prelude + """
                inner one f1; (cd a/lib; git push -q); (cd a; git push -q); cd b; p fetch --no-recurse-submodules
                git -C lib rev-parse --short origin/main; p fetch; cd ..; inner two f1; (cd a/lib; git push -q); (cd a; git push -q)
                cd b; p fetch; git -C lib rev-parse --short origin/main; p fetch
                p fetch --recurse-submodules=yes; cd ..; inner three f1; (cd a/lib; git push -q); (cd a; git push -q); cd b
                git config fetch.recurseSubmodules false; p fetch; git -C lib rev-parse --short origin/main
                p fetch -q --recurse-submodules; git -C lib rev-parse --short origin/main
                """)
    }

    @Test func agreesWithoutFetching() throws {
        try ScriptComparison.expectSame(
            """
            cd w; commit a f1; commit b f1; p fetch --negotiate-only --negotiation-tip=HEAD~2 origin | sort
            p fetch --negotiate-only origin; p fetch --negotiate-only --negotiation-tip=HEAD --all
            p -c protocol.version=0 fetch --negotiate-only --negotiation-tip=HEAD origin
            """, ignoring: { $0.hasSuffix("the remote end hung up unexpectedly") })
    }

    @Test func clonesSparsely() throws {
        try ScriptComparison.expectSame(
            """
            cd w; mkdir -p in/side; echo x >in/f; echo y >in/side/g; git add .; git commit -qm dirs; git push -q; cd ..
            p clone -q --sparse hub.git s; cd s; ls -R; git sparse-checkout list; git status -sb; cat .git/info/sparse-checkout
            """)
    }

    @Test(arguments: ["git", "nacre"])
    func signsForGitAndTakesWhatGitSigns(_ pusher: String) throws {
        let sandbox = try Sandbox("certificate")
        let made = try sandbox.shell(
            """
            ssh-keygen -q -t ed25519 -N '' -f key; echo "someone $(cat key.pub)" >allowed
            git config --global gpg.format ssh; git config --global user.signingkey "$PWD/key.pub"
            git config --global gpg.ssh.allowedSignersFile "$PWD/allowed"
            git init -q --bare served.git; git -C served.git config receive.certNonceSeed secret
            printf '#!/bin/sh\\necho $GIT_PUSH_CERT_STATUS $GIT_PUSH_CERT_SIGNER $GIT_PUSH_CERT_NONCE_STATUS\\n' >served.git/hooks/post-receive
            echo 'git cat-file blob $GIT_PUSH_CERT | sed -e s/^nonce.*/nonce/ -e /SIGNATURE/,\\$d' >>served.git/hooks/post-receive
            chmod +x served.git/hooks/post-receive; printf '#!/bin/sh\\nwhile [ $# -gt 1 ]; do shift; done; exec sh -c "$1"\\n' >ssh
            chmod +x ssh; git init -q work; cd work; git commit -q --allow-empty -m one; git branch side
            """)
        try #require(made.code == 0, "\(made)")
        // The other program is the one that takes the push.
        let taker = pusher == "git" ? "nacre receive-pack" : "git-receive-pack"
        let outcome = try sandbox.run(
            pusher,
            ["push", "--signed", "--receive-pack=\(taker)", "ssh://host\(sandbox.root)/served.git", "main", "side"],
            in: "work", variables: ["GIT_SSH_COMMAND": "\(sandbox.root)/ssh", "GIT_SSH_VARIANT": "ssh"])
        #expect(outcome.code == 0, "\(outcome)")
        let shown = outcome.errorText.split(separator: "\n").filter { $0.hasPrefix("remote: ") }
            .map { line in String(String(line.dropFirst(8)).reversed().drop { $0 == " " }.reversed()) }
        let id = try sandbox.git("rev-parse", "main", in: "work").trimmed
        let zero = String(repeating: "0", count: 40)
        try #require(shown.count == 8, "\(outcome)")
        #expect(shown[0] == "G someone OK")
        #expect(shown[1] == "certificate version 0.1")
        #expect(shown[2].hasPrefix("pusher SHA256:") && shown[2].hasSuffix(" +0000"))
        #expect(shown[3] == "pushee ssh://host\(sandbox.root)/served.git")
        #expect(shown[4] == "nonce")
        #expect(shown[6] == "\(zero) \(id) refs/heads/main" && shown[7] == "\(zero) \(id) refs/heads/side")
        let plain = try sandbox.shell("git init -q --bare plain.git; cd work; git remote add plain ../plain.git")
        #expect(plain.code == 0)
        let refused = try sandbox.run(pusher, ["push", "--signed", "plain", "main"], in: "work")
        #expect(refused.code == 128, "\(refused)")
        #expect(refused.errorText.contains("fatal: the receiving end does not support --signed push"))
        let asked = try sandbox.run(pusher, ["push", "--signed=if-asked", "plain", "main"], in: "work")
        #expect(asked.code == 0, "\(asked)")
        #expect(
            asked.errorText.contains(
                "warning: not sending a push certificate since the receiving end does not support --signed push"))
    }
}
