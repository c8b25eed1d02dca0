import Bytes
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import NacreServer

/// What the guide tells people to type, typed.
@Suite(.serialized) struct GuideTests {
    private static let guide: FilePath = {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path.removeLastComponent() }
        return path.appending("Documentation").appending("Guide")
    }()

    /// A port that was free a moment ago.
    static func freePort() -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length)
                getsockname(socket, pointer, &length)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
    }

    @Test func everyCommandOfTheHostingGuideWorks() throws {
        let sandbox = try Sandbox("guide")
        let text = String(decoding: try Files.read(Self.guide.appending("hosting.md")), as: UTF8.self)
        var script = "trap 'kill $server' EXIT\n"
        var count = 0
        for part in text.split(separator: "```sh\n", omittingEmptySubsequences: false).dropFirst() {
            let block = String(part[..<(try #require(part.firstRange(of: "```"))).lowerBound])
            count += 1
            if block.hasPrefix("nacre-server serve") {
                script += block.dropLast() + " 2>server.log >server.out & server=$!\n"
                script +=
                    "until curl -sf http://127.0.0.1:8080/healthz >/dev/null; do kill -0 $server; sleep 0.1; done\n"
            } else {
                script += block
            }
        }
        script = script.replacing("127.0.0.1:8080", with: "127.0.0.1:\(Self.freePort())")
            .replacing("/srv/", with: sandbox.root.string + "/")
        #expect(count >= 7)
        let outcome = try sandbox.shell("set -u\n" + script)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try sandbox.read("bobs-model/params.yaml") == Array("learning_rate: 0.01\n".utf8))
        #expect(outcome.text.contains("refs/tags/v*\tpush=admin"))
        #expect(
            try sandbox.git("rev-parse", "main", in: "nacre-restored/team/model.git").trimmed
                == sandbox.git("rev-parse", "main", in: "model").trimmed)
    }

    @Test func behindNginx() throws {
        let sandbox = try Sandbox("nginx")
        try #require(try sandbox.run("nginx", ["-v"]).code == 0, "nginx is not installed")
        let server = try TestServer(sandbox, ["--trusted-proxy", "127.0.0.1"])
        let token = try server.token("alice")
        let port = Self.freePort()
        let template = String(decoding: try Files.read(Self.guide.appending("nginx.conf")), as: UTF8.self)
        try sandbox.write(
            "nginx/nginx.conf",
            template.replacing("127.0.0.1:8080", with: "127.0.0.1:\(server.port)")
                .replacing("listen 8443", with: "listen 127.0.0.1:\(port)"))
        let made = try sandbox.shell(
            """
            cd nginx; openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out chain.pem -days 2 -subj /CN=127.0.0.1 \
              -addext subjectAltName=IP:127.0.0.1 2>/dev/null
            nginx -p "$PWD" -c nginx.conf -e error.log
            """)
        try #require(made.code == 0, "\(made)")
        defer { _ = try? sandbox.shell("kill $(cat nginx/nginx.pid)") }
        var generator = SeededGenerator(seed: 17)
        try sandbox.write("work/big.bin", (0..<3 << 20).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let remote = "https://x:\(token)@127.0.0.1:\(port)/alice/m.git"
        let outcome = try sandbox.shell(
            """
            git config --global http.sslCAInfo "$PWD/nginx/chain.pem"
            cd work; git init -q; cp big.bin plain; git lfs install --local >/dev/null; git lfs track '*.bin' >/dev/null
            git add .; git commit -qm x; git remote add origin '\(remote)'; git push -q origin main
            cd ..; git clone -q '\(remote)' copy; cmp work/plain copy/plain; cd copy; git lfs install --local >/dev/null
            git lfs pull; cmp ../work/big.bin big.bin
            """)
        #expect(outcome.code == 0, "\(outcome) \(server.log)")
        // A body that passes nginx and is then refused comes back as what it is.
        let refused = try sandbox.git("push", remote.replacing(token, with: "nacre_wrong"), "main", in: "work")
        #expect(refused.code == 128 && refused.errorText.contains("Authentication failed"), "\(refused)")
    }
}
