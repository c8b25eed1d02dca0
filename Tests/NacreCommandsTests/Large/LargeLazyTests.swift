import TestSupport
import Testing

/// Content that is left out until somebody asks for it.
@Suite("Checkouts without the content of large files")
struct LargeLazyTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox("large-lazy")
        try sandbox.shell(
            """
            nacre init -q repo && cd repo && git config nacre.largeFileThreshold 64k && mkdir in out
            head -c 100000 /dev/urandom > in/a.bin && head -c 100000 /dev/urandom > out/b.bin && echo text > text
            nacre add . && nacre commit -qm one && echo x >> in/a.bin && echo y >> out/b.bin && nacre commit -qam two
            """)
    }

    private func flags(_ folder: String) throws -> String {
        try sandbox.shell("git ls-files -v in out | cut -c1 | tr -d '\\n'", in: folder).text
    }

    @Test("a switch leaves out what changes, and fetch brings what is asked for", arguments: ["checkout", "switch"])
    func lazy(verb: String) throws {
        try sandbox.shell("git branch old HEAD~", in: "repo")
        let away = try sandbox.nacre(verb, "-q", "--large=lazy", "old", in: "repo")
        #expect(away.code == 0, "\(away)")
        #expect(try flags("repo") == "SS")
        #expect(try sandbox.shell("ls in out", in: "repo").text == "in:\n\nout:\n")
        // Nobody takes the absence for a deletion.
        #expect(try sandbox.git("status", "--porcelain", in: "repo").text == "")
        let fetched = try sandbox.nacre("large", "fetch", "in/a.bin", in: "repo")
        #expect(fetched.code == 0, "\(fetched)")
        #expect(try flags("repo") == "HS")
        #expect(try sandbox.shell("nacre cat-file --filters old:in/a.bin | cmp - in/a.bin", in: "repo").code == 0)
        let back = try sandbox.nacre(verb, "-q", "main", in: "repo")
        #expect(back.code == 0, "\(back)")
        #expect(try sandbox.shell("nacre large fetch && git status --porcelain", in: "repo").text == "")
        #expect(try sandbox.shell("nacre cat-file --filters main:out/b.bin | cmp - out/b.bin", in: "repo").code == 0)
        #expect(try sandbox.nacre(verb, "--large=never", "old", in: "repo").code == 129)
    }

    @Test("what a sparse checkout does not want is not brought")
    func sparse() throws {
        try sandbox.shell("nacre clone -q --large=lazy repo copy && cd copy && nacre sparse-checkout set in")
        // What the definition names is written when it is set.
        #expect(try flags("copy") == "HS")
        let fetched = try sandbox.nacre("large", "fetch", in: "copy")
        #expect(fetched.code == 0, "\(fetched)")
        #expect(try sandbox.shell("find in out -type f || true", in: "copy").text == "in/a.bin\n")
        #expect(try flags("copy") == "HS")
        #expect(try sandbox.shell("cmp in/a.bin ../repo/in/a.bin && git status --porcelain", in: "copy").text == "")
    }

    @Test("a switch to content that is nowhere leaves the path absent, not as the version before")
    func switchWithoutContent() throws {
        try sandbox.shell(
            """
            git -C repo branch old HEAD~ && nacre clone -q repo copy && cd copy
            git branch old origin/old && git remote remove origin
            """)
        let away = try sandbox.nacre("switch", "-q", "old", in: "copy")
        let oid = try sandbox.shell("git cat-file -p old:in/a.bin | sed -n 's/^oid sha256://p'", in: "copy").text
        let line = "error: in/a.bin: content \(oid.prefix(64)) is not here\n"
        #expect(away.code == 1 && away.errorText.contains(line) && away.errorText.contains("large fetch"), "\(away)")
        // Asked for again, it is still not there.
        let fetched = try sandbox.nacre("large", "fetch", "in/a.bin", in: "copy")
        #expect(fetched.code == 1 && fetched.errorText.contains(line), "\(fetched)")
        #expect(try flags("copy") == "SS")
        #expect(try sandbox.shell("find in out -type f || true", in: "copy").text == "")
        let status = try sandbox.nacre("status", in: "copy").text
        #expect(status.contains("Content missing:") && status.contains("in/a.bin") && status.contains("out/b.bin"))
        // A person who wants only one folder is not told of the other.
        try sandbox.shell("nacre sparse-checkout set in || true", in: "copy")
        let sparse = try sandbox.nacre("status", in: "copy").text
        #expect(sparse.contains("in/a.bin") && !sparse.contains("out/b.bin"), "\(sparse)")
        let back = try sandbox.nacre("switch", "-q", "main", in: "copy")
        #expect(back.code == 0, "\(back)")
        #expect(try flags("copy") == "HS")
        #expect(try sandbox.shell("cmp in/a.bin ../repo/in/a.bin && git status --porcelain", in: "copy").text == "")
    }
}
