import GitRefs
import TestSupport
import Testing

@Suite struct RefNameTests {
    static let names = [
        "refs/heads/main", "HEAD", "a", "a/b", "/a", "a/", "a//b", ".a/b", "a/.b", "a..b/c", "a/b.lock", "a.lock/b",
        "a/b.",
        "a/b c", "a/b~", "a/b^", "a/b:", "a/b?", "a/b*", "a/*", "a/*/*", "a/b[", "a/b\\", "a/@{b", "a/@", "@", "@/b",
        "a/b{",
        "a/\u{7f}", "a/\u{1}", "a/ü", "a/-b", "",
    ]

    @Test(arguments: names)
    func sameRulesAsGit(_ name: String) throws {
        let sandbox = try Sandbox("name")
        let plain = try sandbox.git("check-ref-format", name)
        #expect(RefName.isValid(Array(name.utf8)) == (plain.code == 0))
        let oneLevel = try sandbox.git("check-ref-format", "--allow-onelevel", name)
        #expect(RefName.isValid(Array(name.utf8), options: .oneLevel) == (oneLevel.code == 0))
        let pattern = try sandbox.git("check-ref-format", "--refspec-pattern", name)
        #expect(RefName.isValid(Array(name.utf8), options: .pattern) == (pattern.code == 0))
    }

    @Test func perWorktree() throws {
        #expect(try RefName("HEAD").isPerWorktree)
        #expect(try RefName("refs/bisect/bad").isPerWorktree)
        #expect(try !RefName("refs/heads/x").isPerWorktree)
    }

    @Test func refspecs() throws {
        let fetch = try Refspec("+refs/heads/*:refs/remotes/origin/*", forPush: false)
        #expect(fetch.isForced && fetch.isPattern)
        #expect(try fetch.destination(for: RefName("refs/heads/a/b")) == RefName("refs/remotes/origin/a/b"))
        #expect(try fetch.source(for: RefName("refs/remotes/origin/x")) == RefName("refs/heads/x"))
        #expect(try fetch.destination(for: RefName("refs/tags/a")) == nil)
        #expect(fetch.description == "+refs/heads/*:refs/remotes/origin/*")
        #expect(try Refspec(":gone", forPush: true).source == nil)
        #expect(try Refspec(":", forPush: true).isMatching)
        #expect(try Refspec("^refs/heads/x*", forPush: false).isNegative)
        for bad in ["refs/heads/*:refs/x", "a:b*", "a..b", "^a:b", "x:a b"] {
            #expect(throws: RefError.self, "\(bad)") { try Refspec(bad, forPush: false) }
        }
    }
}
