import GitObjects
import GitWorktree
import SystemPackage
import TestSupport
import Testing

@Suite struct IndexNameScanTests {
    private let names = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]

    private func mayHold(_ content: [UInt8]) -> Bool {
        IndexNameScan.mayHold(names, in: content, idByteCount: 20)
    }

    /// Indexes of all versions as git writes them, with and without the files.
    @Test(arguments: ["", "-c index.version=4"])
    func agreesWithTheIndex(_ options: String) throws {
        let sandbox = try Sandbox("names")
        try sandbox.shell(
            """
            git init -q .; mkdir -p a/b; for i in 1 2 3 4 5 6 7 8 9; do echo $i >a/file$i; done
            echo x >a/b/attributes; echo x >noignore; git \(options) add a noignore
            """)
        let without = try sandbox.read(".git/index")
        #expect(mayHold(without) == !options.isEmpty)
        // An entry of version 3, and an extension behind the entries.
        try sandbox.shell("echo y >new; git add -N new; git write-tree >/dev/null")
        #expect(mayHold(try sandbox.read(".git/index")) == !options.isEmpty)
        for path in ["a/b/.gitattributes", ".gitignore", "zz/x.gitignore"] {
            try sandbox.shell(
                "mkdir -p \"$(dirname \(path))\"; echo '*.o' >\(path); git add -f \(path); git write-tree >/dev/null")
            #expect(mayHold(try sandbox.read(".git/index")), "\(path)")
            try sandbox.git("rm", "-q", "--cached", path)
        }
        try sandbox.git("update-index", "--split-index")
        #expect(mayHold(try sandbox.read(".git/index")))
    }

    /// Damage is left to whoever reads the index; nothing traps.
    @Test func leavesDamageToTheReader() throws {
        let sandbox = try Sandbox("damage")
        try sandbox.shell("git init -q .; for i in 1 2 3; do echo $i >f$i; done; git add .; git write-tree >/dev/null")
        let content = try sandbox.read(".git/index")
        #expect(!mayHold(content))
        for count in 0..<200 { #expect(mayHold(Array(content[..<count])), "\(count) bytes") }
        for position in 0..<content.count {
            var damaged = content
            damaged[position] = 0xff
            _ = mayHold(damaged)
        }
    }
}
