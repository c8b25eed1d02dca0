import Bytes
import GitConfig
import SystemPackage
import TestSupport
import Testing

@Suite struct ConfigEditTests {
    static let files: [String] = [
        "", "[a]\n\tb = 1\n", "[a]\n\tb = 1", "# top\n[a]\n# in\nb = 1 # tail\n\n[c]\nd=e\n",
        "[a] b = 1\n[a]\n\tb = 2\n", "[a]\n\tb = 1\n\tx = y\n[a \"s\"]\n\tb = 3\n", "[A]\n  B=1\n[c] a=b",
        "[a \"s\"]\n\n\n[a]\n", "[a]\n[a]\nb = 2\n[z]\ny=1\n", "[c]\nd = 1\n;comment\n[a]\nb = 1\n",
        "[a]\nb = x \\\n y\nc=1\n", "\n\n[a]\nb=1\n\n", "[a.s]\nb = 5\n",
    ]
    enum Change: String, CaseIterable, Sendable {
        case set, setCase, setNew, setSub, setSubCase, add, unset, unsetAll, unsetSub, replaceAll, odd
        case rename, copy, remove

        var arguments: [String] {
            switch self {
            case .set: ["a.b", "new"]
            case .setCase: ["A.NewName", "v"]
            case .setNew: ["fresh.Key", "v"]
            case .setSub: ["a.s.b", "v"]
            case .setSubCase: ["a.S \"q.b", "v"]
            case .add: ["--add", "a.b", "more"]
            case .unset: ["--unset", "a.b"]
            case .unsetAll: ["--unset-all", "a.b"]
            case .unsetSub: ["--unset", "a.s.b"]
            case .replaceAll: ["--replace-all", "a.b", "one"]
            case .odd: ["a.b", " x;\t\"#\\\n"]
            case .rename: ["--rename-section", "a", "n.Sub"]
            case .copy: []
            case .remove: ["--remove-section", "a"]
            }
        }

        func apply(_ file: inout ConfigFile) throws(ConfigError) {
            switch self {
            case .set, .setCase, .setNew, .setSub, .setSubCase, .odd: try file.set(arguments[0], to: arguments[1])
            case .add: try file.add("a.b", Array("more".utf8))
            case .unset: try file.unset("a.b")
            case .unsetAll: try file.unset("a.b", all: true)
            case .unsetSub: try file.unset("a.s.b")
            case .replaceAll: try file.set("a.b", to: Array("one".utf8), replacingAll: true)
            case .rename: try file.renameSection("a", to: "n.Sub")
            case .copy: break
            case .remove: try file.removeSection("a")
            }
        }
    }

    @Test(arguments: files, Change.allCases)
    func changesTheBytesThatGitChanges(_ text: String, _ change: Change) throws {
        guard change != .copy else { return }
        let sandbox = try Sandbox("config")
        try sandbox.write("file", text)
        let git = try sandbox.run("git", ["config", "-f", "file"] + change.arguments)
        var file = ConfigFile(content: Array(text.utf8), place: .file("file"))
        do throws(ConfigError) {
            try change.apply(&file)
            #expect(git.code == 0, "git: \(git)")
        } catch {
            #expect(git.code != 0, "\(error)")
        }
        #expect(
            String(decoding: file.content, as: UTF8.self) == String(decoding: try sandbox.read("file"), as: UTF8.self))
    }

    @Test func editKeepsTheFileWhereNothingCanBeDone() throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("file", "[a]\nb=1\n")
        let path = sandbox.root.appending("file")
        #expect(throws: ConfigError.self) {
            try ConfigFile.edit(path) { file throws(ConfigError) in try file.unset("no.such") }
        }
        #expect(try sandbox.read("file") == Array("[a]\nb=1\n".utf8))
        #expect(try FileStatus.of(sandbox.root.appending("file.lock")) == nil)
        try ConfigFile.edit(path) { file throws(ConfigError) in try file.set("a.b", to: "2") }
        #expect(try sandbox.read("file") == Array("[a]\n\tb = 2\n".utf8))
    }

    @Test func editSaysWhoHoldsTheLock() throws {
        let sandbox = try Sandbox("config")
        try sandbox.write("file.lock", "")
        #expect(throws: ConfigError.self) {
            try ConfigFile.edit(sandbox.root.appending("file")) { file throws(ConfigError) in
                try file.set("a.b", to: "1")
            }
        }
    }
}
