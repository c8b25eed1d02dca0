import SystemPackage
import TestSupport
import Testing

@Suite struct InitTests {
    @Test(arguments: [
        [], ["--bare"], ["-b", "trunk"], ["--object-format=sha256"], ["--shared"], ["--shared=0640"], ["-q"],
    ])
    func makesWhatGitMakes(_ options: [String]) throws {
        let sandbox = try Sandbox("init")
        var configs: [String] = []
        for program in ["git", Sandbox.productsDirectory.appending("nacre").string] {
            let place = program == "git" ? "stock" : "ours"
            let outcome = try sandbox.run(program, ["init"] + options + [place])
            #expect(outcome.code == 0)
            let directory = options.contains("--bare") ? "\(sandbox.root)/\(place)" : "\(sandbox.root)/\(place)/.git"
            let settings = try sandbox.git("config", "--file", "\(directory)/config", "--list").text
            let head = try sandbox.git("--git-dir", directory, "symbolic-ref", "HEAD").text
            let report = outcome.text.replacing("/\(place)/", with: "/")
            configs.append(settings.split(separator: "\n").sorted().joined(separator: "\n") + head + report)
            #expect(try sandbox.git("--git-dir", directory, "fsck", "--strict").code == 0)
        }
        #expect(configs[0] == configs[1])
    }

    @Test func completesWhatStandsThere() throws {
        let sandbox = try Sandbox("init")
        try sandbox.git("init", "repo")
        try sandbox.shell("cd repo && echo a > a && git add a && git commit -qm a")
        let outcome = try sandbox.nacre("init", "repo")
        #expect(outcome.text == "Reinitialized existing Git repository in \(sandbox.root)/repo/.git/\n")
        #expect(try sandbox.git("log", "--format=%s", in: "repo").text == "a\n")
        #expect(try sandbox.nacre("init", "--object-format=sha256", "repo").code == 128)
    }

    @Test func mistypedVerbsGetASuggestion() throws {
        let sandbox = try Sandbox("init")
        let outcome = try sandbox.nacre("versoin")
        #expect(outcome.code == 1)
        #expect(outcome.errorText.contains("is not a nacre command") && outcome.errorText.contains("\tversion\n"))
    }
}
