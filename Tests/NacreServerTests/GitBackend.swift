import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

/// `git http-backend` behind lighttpd, with an empty repository `m.git` and a user `alice` whose password is `secret`. Ended
/// when the last reference goes away.
final class GitBackend {
    let port: UInt16
    private let sandbox: Sandbox

    init(_ sandbox: Sandbox) throws {
        self.sandbox = sandbox
        try #require(try sandbox.run("lighttpd", ["-v"]).code == 0, "lighttpd is not installed")
        port = GuideTests.freePort()
        let program = try sandbox.git("--exec-path").trimmed + "/git-http-backend"
        let root = sandbox.root.string
        try sandbox.write(
            "lighttpd.conf",
            """
            server.document-root = "\(root)"
            server.port = \(port)
            server.bind = "127.0.0.1"
            server.pid-file = "\(root)/lighttpd.pid"
            server.errorlog = "\(root)/lighttpd.log"
            server.modules = ("mod_redirect", "mod_alias", "mod_setenv", "mod_auth", "mod_authn_file", "mod_cgi",
                "mod_accesslog")
            server.stream-response-body = 2
            server.stream-request-body = 2
            accesslog.filename = "\(root)/access.log"
            accesslog.format = "%{Host}i|%{Authorization}i|%{X-Test}i|%{User-Agent}i|%r"
            url.redirect = ("^/moved/(.*)" => "http://localhost:\(port)/$1", "^/here/(.*)" => "http://127.0.0.1:\(port)/$1")
            auth.backend = "plain"
            auth.backend.plain.userfile = "\(root)/users"
            $HTTP["url"] =~ "^/m.git" {
                auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
            }
            alias.url = ("/" => "\(program)/")
            cgi.assign = ("" => "")
            setenv.add-environment = ("GIT_PROJECT_ROOT" => "\(root)/served", "GIT_HTTP_EXPORT_ALL" => "1",
                "HOME" => "\(root)/home")

            """)
        try sandbox.write("users", "alice:secret\n")
        let started = try sandbox.shell(
            """
            for n in m open; do
                git init -q --bare served/$n.git; git -C served/$n.git config http.receivepack true
                git -C served/$n.git config receive.advertisePushOptions true
                git -C served/$n.git config uploadpack.allowFilter true
                git -C served/$n.git config uploadpack.allowAnySHA1InWant true
            done
            lighttpd -f lighttpd.conf
            """)
        try #require(started.code == 0, "\(started)")
        for _ in 0..<100 where try sandbox.git("ls-remote", address("", "open")).code != 0 { usleep(20_000) }
    }

    /// The address of a repository, `user` being what stands before the host.
    func address(_ user: String = "", _ name: String = "m") -> String { "http://\(user)127.0.0.1:\(port)/\(name).git" }

    /// The requests since the last call: host, authorization, X-Test, agent, request line. lighttpd writes them a little later.
    func requests(until isThere: (String) -> Bool) throws -> [[String]] {
        for _ in 0..<100 {
            let text = String(decoding: (try? sandbox.read("access.log")) ?? [], as: UTF8.self)
            if isThere(text) {
                return text.split(separator: "\n").map { line in
                    line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
                }
            }
            _ = try sandbox.shell("kill -HUP $(cat lighttpd.pid)")
            usleep(50_000)
        }
        return []
    }

    deinit { _ = try? sandbox.shell("kill $(cat lighttpd.pid)") }
}
