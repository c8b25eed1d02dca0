import Bytes
import SystemPackage
import TestSupport
import Testing

/// The verbs on objects and packs, asked the same questions as stock git.
@Suite struct ObjectCommandsTests {
    /// A repository with branches, a tag, folders, a link, an executable and odd names.
    private func repository() throws -> Sandbox {
        let sandbox = try Sandbox("objects")
        try sandbox.shell(
            """
            git init -q r; cd r; mkdir -p a/b c
            seq 1 200 >a/one; seq 1 50 >a/b/two; echo x >c/run; chmod +x c/run; ln -s a/one link; : >empty
            printf 'q' >'tab\tname'; printf 'u' >'\\303\\244.txt'
            git add .; git commit -qm first; seq 2 220 >a/one; git commit -qam second
            git checkout -q -b side; echo side >side; git add .; git commit -qm side; git checkout -q main
            git merge -q --no-ff -m merge side; git tag -a -m tag v1
            """)
        return sandbox
    }

    /// Runs a command line with git and with nacre and compares exit code and output.
    private func same(
        _ sandbox: Sandbox, _ arguments: [String], in directory: String = "r", input: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = input.map { Array($0.utf8) }
        let git = try sandbox.run("git", arguments, in: directory, input: bytes)
        let nacre = try sandbox.run(
            Sandbox.productsDirectory.appending("nacre").string, arguments, in: directory, input: bytes)
        #expect(git.code == nacre.code, "\(arguments): \(nacre)", sourceLocation: sourceLocation)
        #expect(git.text == nacre.text, "\(arguments)", sourceLocation: sourceLocation)
    }

    @Test func catFile() throws {
        let sandbox = try repository()
        for name in ["HEAD", "HEAD^{tree}", "HEAD:a/one", "v1", "HEAD:a"] {
            for mode in ["-t", "-s", "-p", "-e"] { try same(sandbox, ["cat-file", mode, name]) }
        }
        try same(sandbox, ["cat-file", "commit", "v1"])
        try same(sandbox, ["cat-file", "tree", "v1"])
        try same(sandbox, ["cat-file", "blob", "HEAD:c/run"])
        try same(sandbox, ["cat-file", "blob", "HEAD"])
        try same(sandbox, ["cat-file", "-e", "nothing"])
        try same(sandbox, ["cat-file", "-e", String(repeating: "1", count: 40)])
        let input = "HEAD\nHEAD:a/one rest of it\nnothing\nv1\n\nHEAD:empty\n"
        try same(sandbox, ["cat-file", "--batch"], input: input)
        try same(sandbox, ["cat-file", "--batch-check"], input: input)
        try same(sandbox, ["cat-file", "--batch-check=%(objecttype) %(rest)|%(objectsize)"], input: input)
        try same(sandbox, ["cat-file", "--batch-all-objects", "--batch-check"])
        try same(sandbox, ["cat-file", "--batch-command"], input: "info HEAD\ncontents HEAD:c/run\n")
        try sandbox.git("gc", "-q", in: "r")
        let format = "--batch-check=%(objectname) %(objectsize:disk) %(deltabase)"
        try same(sandbox, ["cat-file", "--batch-all-objects", format])
    }

    @Test func hashObject() throws {
        let sandbox = try repository()
        try same(sandbox, ["hash-object", "a/one", "empty"])
        try same(sandbox, ["hash-object", "--stdin"], input: "hello\n")
        try same(sandbox, ["hash-object", "--stdin-paths"], input: "a/one\nc/run\n")
        try same(sandbox, ["hash-object", "-t", "commit", "--stdin"], input: "no commit\n")
        try sandbox.write("r/.gitattributes", "*.txt text eol=crlf\n")
        try sandbox.write("r/x.txt", "one\r\ntwo\r\n")
        try same(sandbox, ["hash-object", "x.txt"])
        try same(sandbox, ["hash-object", "--no-filters", "x.txt"])
        try same(sandbox, ["hash-object", "--path=x.txt", "--stdin"], input: "a\r\n")
        try same(sandbox, ["hash-object", "-w", "--stdin"], input: "written\n")
    }

    @Test func lsTree() throws {
        let sandbox = try repository()
        for options in [
            [], ["-r"], ["-t", "-r"], ["-d"], ["-l"], ["--name-only"], ["-z"], ["--object-only"], ["--abbrev"],
            ["--abbrev=5", "-r"], ["-r", "--format=%(path) %(objectsize)"], ["-d", "-r"],
        ] {
            try same(sandbox, ["ls-tree"] + options + ["HEAD"])
            try same(sandbox, ["ls-tree"] + options + ["HEAD", "a"])
            try same(sandbox, ["ls-tree"] + options + ["HEAD", "a/", "c/run"])
            try same(sandbox, ["ls-tree"] + options + ["HEAD"], in: "r/a")
            try same(sandbox, ["ls-tree", "--full-tree"] + options + ["HEAD"], in: "r/a")
            try same(sandbox, ["ls-tree", "--full-name"] + options + ["HEAD"], in: "r/a")
        }
        try same(sandbox, ["ls-tree", "HEAD:a/one"])
    }

    @Test func treesAndCommits() throws {
        let sandbox = try repository()
        let tree = try sandbox.git("ls-tree", "HEAD", in: "r").text
        try same(sandbox, ["mktree"], input: tree)
        try same(sandbox, ["mktree", "--batch"], input: tree + "\n" + tree)
        try same(sandbox, ["mktree"], input: "100644 blob \(String(repeating: "2", count: 40))\tx\n")
        try same(sandbox, ["mktree", "--missing"], input: "100644 blob \(String(repeating: "2", count: 40))\tx\n")
        try same(sandbox, ["commit-tree", "-p", "HEAD", "-p", "side", "-m", "one", "-m", "two", "HEAD^{tree}"])
        try same(sandbox, ["commit-tree", "HEAD^{tree}"], input: "from input\n")
    }

    @Test func packs() throws {
        let sandbox = try repository()
        try same(sandbox, ["count-objects", "-v"])
        let pack = try sandbox.nacre(
            "pack-objects", "--revs", "--all", "--delta-base-offset", "../p", in: "r", input: [])
        #expect(pack.code == 0, "\(pack)")
        let name = "p-\(pack.trimmed)"
        try same(sandbox, ["verify-pack", "-v", "\(name).pack"], in: "")
        try same(sandbox, ["verify-pack", "-s", "\(name).idx"], in: "")
        let index = try sandbox.read("\(name).idx")
        try sandbox.shell("rm -f \(name).idx")
        try same(sandbox, ["index-pack", "\(name).pack"], in: "")
        #expect(try sandbox.read("\(name).idx") == index)
        for tool in ["git", "nacre"] { try sandbox.git("init", "-q", tool) }
        let bytes = try sandbox.read("\(name).pack")
        let stored = try sandbox.nacre("index-pack", "--stdin", "--fix-thin", in: "git", input: bytes)
        #expect(stored.trimmed == "pack\t\(pack.trimmed)")
        try sandbox.nacre("unpack-objects", "-q", in: "nacre", input: bytes)
        for directory in ["git", "nacre"] {
            let head = try sandbox.git("rev-parse", "HEAD", in: "r").trimmed
            #expect(try sandbox.git("fsck", "--strict", head, in: directory).code == 0)
        }
    }

    @Test(arguments: [["repack", "-adq"], ["repack", "-Adfq"], ["repack", "-q"], ["gc", "--quiet", "--prune=now"]])
    func housekeepingKeepsEverythingReachable(_ arguments: [String]) throws {
        let sandbox = try repository()
        let before = try sandbox.git("rev-list", "--objects", "--all", in: "r").text
        let result = try sandbox.run(
            Sandbox.productsDirectory.appending("nacre").string, arguments, in: "r")
        #expect(result.code == 0, "\(result)")
        #expect(try sandbox.git("rev-list", "--objects", "--all", in: "r").text == before)
        #expect(try sandbox.git("fsck", "--strict", in: "r").code == 0)
        #expect(try sandbox.git("commit-graph", "verify", in: "r").code == 0)
        #expect(try sandbox.git("count-objects", "-v", in: "r").text.contains("packs: 1\n"))
    }

    @Test func pruneRemovesOnlyWhatNothingReaches() throws {
        let sandbox = try repository()
        let lost = try sandbox.git("hash-object", "-w", "--stdin", in: "r", input: Array("lost\n".utf8)).trimmed
        try same(sandbox, ["prune", "-n", "--expire=now"])
        try sandbox.nacre("prune", "--expire=1.hour.ago", in: "r")
        #expect(try sandbox.git("cat-file", "-e", lost, in: "r").code == 0)
        try sandbox.nacre("prune", "--expire=now", in: "r")
        #expect(try sandbox.git("cat-file", "-e", lost, in: "r").code == 1)
        #expect(try sandbox.git("fsck", "--strict", in: "r").code == 0)
    }

    @Test func fsckFindsWhatGitFinds() throws {
        let sandbox = try repository()
        try sandbox.shell(
            """
            echo dangling | git hash-object -w --stdin
            git commit-tree -m lost HEAD^{tree}
            printf 'tree %s\\nauthor a <a@b> 1 +0000\\n\\nx' $(git rev-parse HEAD^{tree}) >bad
            git hash-object -t commit --literally -w bad; rm bad
            """, in: "r")
        func lines(_ outcome: Sandbox.Outcome) -> [String] {
            (outcome.text + outcome.errorText).split(separator: "\n").map(String.init).sorted()
        }
        for options in [
            ["fsck"], ["fsck", "--strict", "--no-dangling"], ["fsck", "--unreachable"], ["fsck", "--root", "--tags"],
        ] {
            let git = try sandbox.run("git", options + ["--no-progress"], in: "r")
            let nacre = try sandbox.run(Sandbox.productsDirectory.appending("nacre").string, options, in: "r")
            #expect(lines(git) == lines(nacre), "\(options)")
            #expect(git.code == nacre.code)
        }
        // A missing blob is named with the tree that leads to it.
        let blob = try sandbox.git("rev-parse", "HEAD:c/run", in: "r").trimmed
        try sandbox.shell("rm -f .git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))", in: "r")
        let nacre = try sandbox.nacre("fsck", "--no-dangling", in: "r")
        #expect(nacre.text.contains("missing blob \(blob)"))
        #expect(nacre.code & 2 == 2)
    }
}
