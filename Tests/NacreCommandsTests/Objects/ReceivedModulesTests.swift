import SystemPackage
import TestSupport
import Testing

/// What a push or a fetch brings as `.gitmodules` is looked into where objects are checked, as git does.
@Suite struct ReceivedModulesTests {
    private static let program = Sandbox.productsDirectory.appending("nacre").string

    private func made(_ text: String) throws -> Sandbox {
        let sandbox = try Sandbox("received")
        let outcome = try sandbox.shell(
            """
            git init -q --bare to; git -C to config receive.fsckObjects true; git init -q r; cd r
            printf '\(text)' > .gitmodules; git add .; git commit -q -m x
            """)
        try #require(outcome.code == 0, "\(outcome)")
        return sandbox
    }

    private func pushes(_ sandbox: Sandbox, _ client: String, _ server: String) throws -> Bool {
        let outcome = try sandbox.run(
            client, ["push", "--receive-pack=\(server)", "../to", "HEAD:refs/heads/a"], in: "r")
        let there = try sandbox.git("rev-parse", "-q", "--verify", "refs/heads/a", in: "to").code == 0
        #expect(there == (outcome.code == 0), "\(outcome)")
        if there { try sandbox.git("update-ref", "-d", "refs/heads/a", in: "to") }
        return there
    }

    @Test(arguments: [
        ("[submodule \"a\"]\\n\\tpath = a\\n\\turl = https://example.com/a\\n", true),
        ("[submodule \"../a\"]\\n\\tpath = a\\n", false), ("[submodule \"a\"]\\n\\turl = -x\\n", false),
        ("[submodule \"a\"]\\n\\tpath = -y\\n", false), ("[submodule \"a\"]\\n\\tupdate = !rm\\n", false),
    ]) func refusesWhatGitRefuses(_ text: String, _ isFine: Bool) throws {
        let sandbox = try made(text)
        #expect(try pushes(sandbox, "git", "git receive-pack") == isFine)
        let fresh = try made(text)
        #expect(try pushes(fresh, "git", Self.program + " receive-pack") == isFine)
        #expect(try fresh.shell("cd to; find objects -type f | wc -l").text.trimmingSpaces == (isFine ? "3" : "0"))
        let fetched = try fresh.shell(
            "git init -q f; cd f; git config transfer.fsckObjects true; nacre fetch -q ../r HEAD; nacre rev-parse FETCH_HEAD"
        )
        #expect((fetched.code == 0) == isFine, "\(fetched)")
        if !isFine { #expect(fetched.errorText.contains("gitmodules"), "\(fetched)") }
        let packed = try fresh.shell(
            "git init -q p; echo HEAD | git -C r pack-objects -q --revs --stdout > x.pack; cd p; nacre index-pack --strict --stdin <../x.pack"
        )
        #expect((packed.code == 0) == isFine, "\(packed)")
    }
}

extension String {
    fileprivate var trimmingSpaces: String { filter { !$0.isWhitespace } }
}
