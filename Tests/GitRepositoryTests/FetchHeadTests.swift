import Bytes
import GitRepository
import TestSupport
import Testing

@Suite("FETCH_HEAD") struct FetchHeadTests {
    private func head(_ lines: [(isForMerge: Bool, text: String)]) -> FetchHead {
        let id = String(repeating: "1f", count: 20)
        let content = lines.map { "\(id)\t\($0.isForMerge ? "" : "not-for-merge")\t\($0.text)\n" }.joined()
        return FetchHead(Array(content.utf8), algorithm: .sha1)
    }

    @Test func titlesAreGits() throws {
        let cases: [[(Bool, String)]] = [
            [(true, "branch 'main' of https://x/y")],
            [
                (true, "branch 'a' of https://x/y"), (true, "branch 'b' of https://x/y"),
                (false, "branch 'c' of https://x/y"),
            ],
            [(true, "https://x/y")], [(true, "tag 'v1' of ../z"), (true, "branch 'a' of ../z")],
            [(true, "branch 'a' of q"), (true, "branch 'b' of r")], [(true, "branch 'here' of .")],
            [(true, "branch 'a' of q"), (true, "branch 'b' of q"), (true, "branch 'c' of q")],
        ]
        let sandbox = try Sandbox("titles")
        try sandbox.shell("git init -q r; cd r; git commit -q --allow-empty -m x")
        let id = try sandbox.git("rev-parse", "HEAD", in: "r").trimmed
        for lines in cases {
            let ours = head(lines.map { (isForMerge: $0.0, text: $0.1) }).mergeTitle
            let input = lines.map { "\(id)\t\($0.0 ? "" : "not-for-merge")\t\($0.1)\n" }.joined()
            let theirs = try sandbox.git("fmt-merge-msg", in: "r", input: Array(input.utf8)).text
            #expect(ours == theirs.split(separator: "\n").first.map(String.init), "\(lines)")
        }
    }

    @Test func whatIsNoLineIsPassedOver() {
        #expect(FetchHead(Array("nonsense\n\n12\t\tx\n".utf8), algorithm: .sha1).entries.isEmpty)
        let entry = head([(false, "branch 'a b' of /p")]).entries[0]
        #expect(entry.name == "a b" && entry.source == "/p" && entry.kind == "branch" && !entry.isForMerge)
    }
}
