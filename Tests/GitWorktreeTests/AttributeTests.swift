import GitObjects
import GitWorktree
import SystemPackage
import TestSupport
import Testing

@Suite struct AttributeTests {
    @Test(arguments: 1...12) func agreesWithGit(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sandbox = try Sandbox("attributes")
        try sandbox.git("init", "-q", "r")
        let lines = [
            "* text=auto", "*.bin binary", "*.txt text eol=lf", "a/** -diff", "/d/x filter=lfs", "x !text",
            "[attr]mine text foo=bar",
            "*.c mine", "\"sp ace\" diff", "# none", "d/ export-ignore", "*.txt -text", "!neg text", "b foo=",
            "a.b.* ident",
        ]
        func rules() -> String {
            (0..<Int.random(in: 1...7, using: &generator)).map { _ in lines.randomElement(using: &generator)! + "\n" }
                .joined()
        }
        try sandbox.write("r/.gitattributes", rules())
        try sandbox.write("r/d/.gitattributes", rules())
        try sandbox.write("r/.git/info/attributes", rules())
        var sources = AttributeRules.Sources()
        sources.infoFile = sandbox.root.appending("r/.git/info/attributes")
        let attributes = AttributeRules(workTree: sandbox.root.appending("r"), sources: sources)
        for name in ["x", "a.bin", "q.txt", "a/b", "a/c/d.c", "d/x", "d/y.txt", "sp ace", "b", "a.b.c", "d/z.bin"] {
            let values = attributes.attributes(of: GitPath(name)).values
            var text = ""
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                let shown =
                    switch value {
                    case .set: "set"
                    case .unset: "unset"
                    case .value(let bytes): String(decoding: bytes, as: UTF8.self)
                    }
                text += "\(name): \(key): \(shown)\n"
            }
            let answer = try sandbox.git("check-attr", "-a", "--", name, in: "r").text
            #expect(answer.split(separator: "\n").sorted() == text.split(separator: "\n").sorted(), "seed \(seed)")
        }
    }
}
