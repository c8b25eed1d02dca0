import GitConfig
import GitTransport
import Testing

@Suite("remote addresses") struct AddressTests {
    @Test func urlsAreTakenApart() {
        let url = RemoteURL("https://me:s%40crt@Example.com:8443/team/x.git?a=1")
        #expect(url.scheme == .https)
        #expect(url.user == "me" && url.password == "s@crt")
        #expect(url.host == "example.com" && url.port == 8443)
        #expect(url.path == "/team/x.git")
        #expect(url.withoutCredentials == "https://example.com:8443/team/x.git?a=1")
        #expect(!url.description.contains("s@crt") && !url.description.contains("s%40crt"))
    }

    @Test(arguments: [
        ("host:path/x.git", RemoteURL.Scheme.ssh, "path/x.git"), ("me@host:x", .ssh, "x"),
        ("ssh://host:22/~me/x", .ssh, "/~me/x"), ("[::1]:x", .ssh, "x"), ("./a:b", .local, "./a:b"),
        ("/srv/x.git", .local, "/srv/x.git"), ("file:///srv/x%20y", .local, "/srv/x y"), ("x", .local, "x"),
        ("ext::sh -c x", .ssh, ":sh -c x"), ("ftp://h/x", .other("ftp"), "/x"),
    ])
    func shortFormsAreUnderstood(_ text: String, _ scheme: RemoteURL.Scheme, _ path: String) {
        let url = RemoteURL(text)
        #expect(url.scheme == scheme)
        #expect(url.path == path)
    }

    @Test func serversAreToldApart() {
        let url = RemoteURL("https://host/x")
        #expect(url.isSameServer(as: RemoteURL("https://user@host:443/y")))
        #expect(!url.isSameServer(as: RemoteURL("http://host/x")))
        #expect(!url.isSameServer(as: RemoteURL("https://host:444/x")))
        #expect(!url.isSameServer(as: RemoteURL("https://host.evil/x")))
    }

    private func entry(_ key: String, _ value: String) throws -> ConfigEntry {
        ConfigEntry(
            key: try ConfigKey(parsing: key.utf8), value: Array(value.utf8),
            origin: ConfigOrigin(scope: .local, place: .commandLine))
    }

    @Test func theBestMatchingSettingCounts() throws {
        let config = Config(entries: [
            try entry("http.https://host/a.lowspeedlimit", "3"), try entry("http.https://*.com.lowspeedlimit", "2"),
            try entry("http.lowspeedlimit", "1"), try entry("http.https://host.lowspeedlimit", "4"),
            try entry("http.extraheader", "A: 1"), try entry("http.https://host.extraheader", "B: 2"),
        ])
        func limit(_ url: String) throws -> Int? {
            try URLSettings(config, section: "http", url: RemoteURL(url)).int("lowspeedlimit")
        }
        #expect(try limit("https://host/a/b") == 3)
        #expect(try limit("https://host/ab") == 4)
        #expect(try limit("https://x.com/") == 2)
        #expect(try limit("https://x.y.com/") == 1)
        #expect(try limit("http://host/a") == 1)
        let settings = URLSettings(config, section: "http", url: RemoteURL("https://host/a"))
        #expect(settings.list("extraheader") == ["A: 1", "B: 2"])
    }

    @Test func credentialsSpeakGitsProtocol() {
        var credential = Credential(RemoteURL("https://me@host:81/a/b.git"), usesPath: true)
        #expect(credential.encoded == "protocol=https\nhost=host:81\npath=a/b.git\nusername=me\n")
        credential.take("password=x=y\nquit=0\ncapability[]=authtype\n\nusername=late\n")
        #expect(credential.password == "x=y" && credential.username == "me" && credential.isComplete)
        #expect(credential.encoded.hasSuffix("password=x=y\ncapability[]=authtype\n"))
        credential.username = "evil\nhost=other"
        #expect(!credential.encoded.contains("other"))
    }

    @Test(arguments: ["https://a%0ab@host/x", "https://a:b%00@host/x", "https://ho\nst/x", "https://host\r/x"])
    func nobodyIsAskedForAnAddressOfTwoLines(_ text: String) {
        var source = CredentialSource()
        source.helpers = ["!f() { echo username=u; echo password=p; }; f"]
        source.ask = { _ in "answer" }
        #expect(source.fill(Credential(RemoteURL(text), usesPath: false)) == nil)
        #expect(source.fill(Credential(RemoteURL("https://host/x"), usesPath: false))?.password == "p")
    }

    @Test func helpersAreAskedInOrder() {
        var source = CredentialSource()
        source.helpers = ["!f() { echo username=u; }; f", "!f() { cat >/dev/null; echo password=p; }; f"]
        let found = source.fill(Credential(RemoteURL("https://host/x"), usesPath: false))
        #expect(found?.username == "u" && found?.password == "p")
        source.helpers = ["!f() { echo quit=1; }; f", "!f() { echo password=p; }; f"]
        #expect(source.fill(Credential(RemoteURL("https://u@host/x"), usesPath: false)) == nil)
    }
}
