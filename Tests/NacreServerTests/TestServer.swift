import Bytes
import Glibc
import SystemPackage
import TestSupport

@testable import NacreServer

/// A running `nacre-server` on a port of its own, over a sandbox's folder `root`. Ended when the last reference goes away.
final class TestServer {
    let sandbox: Sandbox
    let url: String
    let accounts: AccountStore
    private var process: ChildProcess

    init(_ sandbox: Sandbox, _ arguments: [String] = [], setUp: (AccountStore) throws -> Void = { _ in }) throws {
        self.sandbox = sandbox
        let store = RepositoryStore(root: sandbox.root.appending("root"))
        try Files.makeDirectory(store.stateDirectory)
        accounts = try AccountStore(path: store.accountsPath, now: { Int64(time(nil)) })
        try setUp(accounts)
        var request = ChildProcess.Request(
            Sandbox.productsDirectory.appending("nacre-server").string,
            ["serve", "--root", "root", "--listen", "127.0.0.1:0"] + arguments)
        request.environment = sandbox.environment.map { "\($0.key)=\($0.value)" }
        request.workingDirectory = sandbox.root
        request.output = .pipe
        let log = open(sandbox.root.appending("server.log").string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer { close(log) }
        request.error = .descriptor(log)
        process = try ChildProcess(request)
        // The first line tells the address; the end of the pipe, that the server did not start.
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(process.output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        url = String(String(decoding: line, as: UTF8.self).split(separator: " ").last ?? "")
    }

    deinit {
        kill(process.identifier, SIGTERM)
        _ = process.wait()
    }

    /// Asks the server to end, and waits for it.
    func stop() -> ExitStatus {
        kill(process.identifier, SIGTERM)
        return process.wait()
    }

    /// Ends the server without a word, as a power cut would.
    func kill9() {
        kill(process.identifier, SIGKILL)
        _ = process.wait()
    }

    /// The port.
    var port: UInt16 { UInt16(url.split(separator: ":").last ?? "") ?? 0 }

    /// What the server logged.
    var log: String { (try? String(decoding: sandbox.read("server.log"), as: UTF8.self)) ?? "" }

    /// Makes a user with a token.
    func token(_ user: String, access: Token.Access = .write, repositories: String? = nil) throws -> String {
        if try accounts.user(user) == nil { try accounts.addUser(user, by: .console) }
        let name = "t\(try accounts.tokens(of: user).count)"
        return try accounts.addToken(name, for: user, access: access, repositories: repositories, by: .console).secret
    }

    /// The address with a token in it.
    func address(_ token: String) -> String {
        url.replacing("http://", with: "http://x:\(token)@")
    }

    /// An answer to a request.
    struct Answer {
        let status: Int
        let body: [UInt8]
        let headers: String

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Makes a request with curl.
    func request(
        _ method: String, _ path: String, token: String? = nil, headers: [String] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        let address = path.hasPrefix("http") ? path : url + path
        var arguments = [
            "-sS", "--path-as-is", "-X", method, "-D", "headers.txt", "-o", "body.bin", "-w", "%{http_code}", address,
        ]
        if method == "HEAD" { arguments += ["-I"] }
        if let token { arguments += ["-u", "x:\(token)"] }
        for header in headers { arguments += ["-H", header] }
        if body != nil { arguments += ["--data-binary", "@-"] }
        try sandbox.write("body.bin", "")
        let outcome = try sandbox.run("curl", arguments, input: body)
        return Answer(
            status: Int(outcome.trimmed) ?? 0, body: try sandbox.read("body.bin"),
            headers: String(decoding: try sandbox.read("headers.txt"), as: UTF8.self).lowercased())
    }

    /// Asks the server to end, and does not wait.
    func terminate() { kill(process.identifier, SIGTERM) }

    /// Sends bytes over a connection of its own, then others after a moment, and gives what comes back until the server closes.
    func exchange(
        _ bytes: [UInt8], closing: Bool = false, then rest: [UInt8] = [], between: () -> Void = {}
    ) throws -> String {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return "no connection" }
        for (index, part) in [bytes, rest].enumerated() where !part.isEmpty {
            if index == 1 {
                usleep(500_000)
                between()
                usleep(500_000)
            }
            var sent = 0
            while sent < part.count {
                let count = part.withUnsafeBytes {
                    send(socket, $0.baseAddress! + sent, part.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count <= 0 { break }
                sent += count
            }
        }
        if closing { return "" }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count <= 0 { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
