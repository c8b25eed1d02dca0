import SystemPackage
import TestSupport
import Testing

/// The daily verbs in repositories whose index is split or sparse, each session run by git and by nacre.
@Suite struct SparseRepositoryTests {
    private static let setUp = """
        git init -q r; cd r; mkdir -p d/e f; for i in $(seq 9); do echo $i > f/$i; done; echo 1 > a; echo 2 > d/b
        git add .; git commit -qm x; git checkout -qb t; echo t > f/3; echo t > a; git commit -qam t; git checkout -q -

        """

    private static let forms = [
        "git update-index --split-index", "git sparse-checkout set --cone --sparse-index d",
        "git sparse-checkout set --cone --no-sparse-index d", "git sparse-checkout set --no-cone '/*' '!/f/2'",
    ]

    @Test(arguments: forms) func sessions(_ form: String) throws {
        for session in [
            "$G status; echo n > d/n; $G add .; $G status -s; $G commit -qm n; $G ls-files -v", "$G ls-files -s -t",
            "echo x > a; $G commit -qam a; $G diff HEAD~1 --stat; $G reset -q --hard HEAD~1; $G status",
            "$G rm -q --cached a; $G status -s; $G reset -q; $G status -s; $G diff; $G diff --cached",
            "$G switch -q t; $G status -s; ls f; cat a; $G switch -q -; $G status -s; ls f",
            "$G update-index --no-skip-worktree f/2; $G status -s; $G write-tree",
        ] {
            var results: [Sandbox.Outcome] = []
            for program in ["git", Sandbox.productsDirectory.appending("nacre").string] {
                let sandbox = try Sandbox("sparse")
                let text = Self.setUp + form + "\nexec 2>&1\n" + session + "\ngit ls-files -s -t; git fsck --strict"
                results.append(try sandbox.run("/bin/sh", ["-c", text], variables: ["G": program]))
            }
            #expect(results[0] == results[1], "\(form): \(session)")
        }
    }
}
