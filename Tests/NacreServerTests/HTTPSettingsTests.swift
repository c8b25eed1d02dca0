import SystemPackage
import TestSupport
import Testing

/// What nacre's client says to whom: `http.*` by URL, proxies, netrc, client certificates, redirects.
@Suite(.serialized) struct HTTPSettingsTests {
    private let sandbox: Sandbox
    private let backend: GitBackend

    init() throws {
        sandbox = try Sandbox("settings")
        backend = try GitBackend(sandbox)
        let made = try sandbox.shell(
            "git init -q w; cd w; git commit -qm x --allow-empty; git push -q ../served/open.git main; git push -q ../served/m.git main"
        )
        try #require(made.code == 0, "\(made)")
    }

    private func list(_ address: String, _ settings: String...) throws -> Sandbox.Outcome {
        try sandbox.run("nacre", settings.flatMap { ["-c", $0] } + ["ls-remote", address, "refs/heads/main"])
    }

    private func expectListed(
        _ outcome: Sandbox.Outcome, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            outcome.code == 0 && outcome.text.hasSuffix("refs/heads/main\n"), "\(outcome)",
            sourceLocation: sourceLocation)
    }

    @Test func settingsAreForTheirURL() throws {
        let here = "http.http://127.0.0.1:\(backend.port)/open.git"
        expectListed(
            try list(
                backend.address("", "open"), "\(here).extraHeader=X-Test: here", "\(here).userAgent=tester/1",
                "http.http://elsewhere.example/.extraHeader=X-Test: there"))
        let requests = try backend.requests { $0.contains("tester/1") }
        #expect(requests.contains { $0[2] == "here" && $0[3] == "tester/1" }, "\(requests)")
        #expect(!requests.contains { $0[2] == "there" })
    }

    @Test func proxiesAreAsked() throws {
        // The web server takes requests for other hosts, as a proxy does.
        let proxy = "http://127.0.0.1:\(backend.port)"
        expectListed(try list("http://git.example/open.git", "http.proxy=\(proxy)"))
        expectListed(try list("http://git.example/open.git", "http.http://git.example/.proxy=\(proxy)"))
        expectListed(
            try sandbox.run(
                "nacre", ["ls-remote", "http://git.example/open.git", "refs/heads/main"],
                variables: ["http_proxy": proxy]))
    }

    @Test func netrcIsRead() throws {
        #expect(try list(backend.address()).code == 128)
        try sandbox.write("home/.netrc", "machine 127.0.0.1 login alice password secret\n")
        expectListed(try list(backend.address()))
    }

    @Test func clientCertificatesAreShown() throws {
        try #require(try sandbox.run("nginx", ["-v"]).code == 0, "nginx is not installed")
        let port = GuideTests.freePort()
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path tmp-\($0);" }
            .joined()
        try sandbox.write(
            "nginx/nginx.conf",
            """
            pid nginx.pid; error_log error.log; events {}
            http { access_log off; \(temporary)
                server { listen 127.0.0.1:\(port) ssl; ssl_certificate server.pem; ssl_certificate_key key.pem;
                    ssl_client_certificate client.pem; ssl_verify_client on;
                    location / { proxy_pass http://127.0.0.1:\(backend.port); proxy_set_header Host $http_host; } } }
            """)
        let made = try sandbox.shell(
            """
            cd nginx; for n in server client; do
                openssl req -x509 -newkey rsa:2048 -nodes -keyout $n.key -out $n.pem -days 2 -subj /CN=127.0.0.1 \
                    -addext subjectAltName=IP:127.0.0.1 2>/dev/null; done
            cp server.key key.pem; nginx -p "$PWD" -c nginx.conf -e error.log
            """)
        try #require(made.code == 0, "\(made)")
        defer { _ = try? sandbox.shell("kill $(cat nginx/nginx.pid)") }
        let address = "https://127.0.0.1:\(port)/open.git"
        let folder = "\(sandbox.root)/nginx"
        #expect(try list(address, "http.sslCAInfo=\(folder)/server.pem").code == 128)
        #expect(try list(address, "http.sslCert=\(folder)/client.pem", "http.sslKey=\(folder)/client.key").code == 128)
        expectListed(
            try list(
                address, "http.sslCAInfo=\(folder)/server.pem", "http.\(address).sslCert=\(folder)/client.pem",
                "http.\(address).sslKey=\(folder)/client.key"))
    }

    @Test func credentialsDoNotFollowRedirectsToOthers() throws {
        let start = "http://alice:secret@127.0.0.1:\(backend.port)"
        // To the same server they do.
        expectListed(try list("\(start)/here/m.git"))
        let elsewhere = try list("\(start)/moved/m.git")
        #expect(elsewhere.code == 128, "\(elsewhere)")
        #expect(!elsewhere.errorText.contains("secret"))
        let requests = try backend.requests { $0.contains("localhost") }
        let others = requests.filter { $0[0].hasPrefix("localhost") }
        #expect(!others.isEmpty && others.allSatisfy { $0[1] == "-" }, "\(requests)")
        // An extra header is for whom it was set.
        let header = "http.http://127.0.0.1:\(backend.port)/.extraHeader=Authorization: Bearer abc"
        _ = try list("http://127.0.0.1:\(backend.port)/moved/open.git", header)
        let later = try backend.requests { $0.contains("localhost:\(backend.port)|-|-|") }
        #expect(later.allSatisfy { !$0[0].hasPrefix("localhost") || $0[1] == "-" }, "\(later)")
    }
}
