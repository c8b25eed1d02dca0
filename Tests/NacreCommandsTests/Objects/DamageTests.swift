import Bytes
import SystemPackage
import TestSupport
import Testing

/// Every kind of file cut short and with bits turned: no signal, and an error that names the file and the byte.
@Suite struct DamageTests {
    private static let setUp = """
        git init -q r; cd r; for i in 1 2 3 4; do seq $i 300 > f; echo $i > g$i; git add .; git commit -qm $i; done
        git repack -adq; git commit-graph write --reachable; git pack-refs --all; echo z > z; git add z; git commit -qm z
        chmod -R u+w .git/objects
        """

    /// Where a file stands, a verb that reads it, and whether an error has to come of any damage.
    private static let files: [(find: String, words: [String])] = [
        ("objects/pack/*.pack", ["log", "-p", "HEAD~1"]), ("objects/pack/*.pack", ["fsck"]),
        ("objects/pack/*.idx", ["log", "-1", "HEAD~1"]), ("objects/pack/*.idx", ["fsck"]),
        ("objects/info/commit-graph", ["fsck"]), ("index", ["status"]), ("index", ["add", "f"]),
        ("packed-refs", ["for-each-ref"]), ("objects/[0-9a-f][0-9a-f]/*", ["fsck"]),
    ]

    @Test(arguments: files.indices) func damageIsNamed(_ index: Int) throws {
        let (find, words) = Self.files[index]
        let sandbox = try Sandbox("damage")
        try sandbox.shell(Self.setUp)
        let path = try #require(
            sandbox.shell("cd r/.git; ls -d \(find)").text.split(separator: "\n").first.map(String.init))
        let whole = try sandbox.read("r/.git/\(path)")
        for step in 0..<8 {
            var damaged = whole
            if step < 4 {
                damaged.removeLast(max(1, whole.count * (step + 1) / 5))
            } else {
                damaged[whole.count * (step - 4) / 4 + 3] ^= 0x55
            }
            try sandbox.write("r/.git/\(path)", damaged)
            let outcome = try sandbox.run("nacre", words, in: "r")
            #expect(outcome.code <= 128, "\(path) \(step): \(outcome)")
            // A bit in the middle of an index makes another id of one: only the check of the whole can tell.
            if step >= 4, find.hasSuffix("idx"), words[0] == "log" { continue }
            // A change of a name among the packed refs is another name.
            if outcome.code == 0 {
                #expect(path == "packed-refs", "\(path) \(step): \(outcome)")
            } else {
                let name = path.split(separator: "/").last.map(String.init) ?? path
                let stem = name.split(separator: ".").first.map(String.init) ?? name
                #expect(outcome.errorText.contains(stem), "\(path) \(step): \(outcome)")
                if ["index", "packed-refs", "commit-graph"].contains(name) {
                    let saysWhere = outcome.errorText.contains("byte") || outcome.errorText.contains("signature")
                    #expect(saysWhere, "\(path) \(step): \(outcome)")
                }
            }
        }
        try sandbox.write("r/.git/\(path)", whole)
        #expect(try sandbox.run("nacre", words, in: "r").code == 0)
    }

    @Test func circlesEnd() throws {
        let sandbox = try Sandbox("damage")
        try sandbox.shell(Self.setUp)
        try sandbox.shell(
            """
            cd r; printf 'ref: refs/heads/b\\n' > .git/refs/heads/a; printf 'ref: refs/heads/a\\n' > .git/refs/heads/b
            printf '[include]\\n\\tpath = loop\\n' > .git/loop
            """)
        for words in [["rev-parse", "a"], ["log", "a"], ["for-each-ref"], ["branch", "-v"], ["status"]] {
            #expect(try sandbox.run("nacre", words, in: "r").code <= 128, "\(words)")
        }
        try sandbox.shell("cd r; rm .git/refs/heads/[ab]; git config include.path loop")
        let outcome = try sandbox.nacre("status", in: "r")
        #expect(outcome.code == 128)
        #expect(outcome.errorText.contains("loop"), "\(outcome)")
    }
}
