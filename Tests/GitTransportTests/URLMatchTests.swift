import GitConfig
import GitTransport
import SystemPackage
import TestSupport
import Testing

/// Which `http.<url>.*` setting holds for a URL, by the word of `git config --get-urlmatch`.
@Suite struct URLMatchTests {
    private static let schemes = ["https://", "http://", "HTTPS://"]
    private static let users = ["", "", "me@", "you@", "me:secret@"]
    private static let hosts = ["host", "Host", "a.example.com", "*.example.com", "*.com", "b.a.example.com", "*"]
    private static let ports = ["", "", ":443", ":80", ":8443"]
    private static let paths = [
        "", "/", "/team", "/team/", "/team/x.git", "/te", "/Team", "/team/../other", "/team//x.git",
    ]

    private static func address(
        _ random: inout SeededGenerator, hosts: [String] = hosts
    ) -> String {
        [schemes, users, hosts, ports, paths].map { $0.randomElement(using: &random) ?? "" }.joined()
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func theSettingThatGitPicks(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sandbox = try Sandbox("urls")
        var file = "[http]\n\tuserAgent = general\n"
        for number in 0..<14 {
            file += "[http \"\(Self.address(&random))\"]\n\tuserAgent = agent\(number)\n"
        }
        try sandbox.write("config", file)
        let config = try Config(
            loading: [.file(sandbox.root.appending("config"), .local)], context: ConfigContext(followsIncludes: false))
        for _ in 0..<25 {
            let url = Self.address(&random, hosts: Self.hosts.filter { !$0.contains("*") })
            let theirs = try sandbox.git("config", "--file", "config", "--get-urlmatch", "http.useragent", url).trimmed
            let ours = URLSettings(config, section: "http", url: RemoteURL(url)).string("useragent")
            #expect(ours == theirs, "\(url) in\n\(file)")
        }
    }
}
