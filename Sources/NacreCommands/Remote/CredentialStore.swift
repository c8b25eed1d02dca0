internal import Bytes
internal import GitTransport
internal import SystemPackage

/// Tokens in a file that only its owner can read: `nacre/credentials` in the user's configuration folder, a line
/// `https://<name>:<token>@<host>` for each server, percent-encoded, as `git credential-store` writes them.
struct CredentialStore {
    let path: FilePath

    init(_ context: Context) throws {
        if let folder = context.environment.nonEmpty("XDG_CONFIG_HOME") {
            path = FilePath(folder).appending("nacre/credentials")
        } else if let home = context.home {
            path = home.appending(".config/nacre/credentials")
        } else {
            throw CommandError.fatal("there is no home directory to keep credentials in; set HOME")
        }
    }

    private func lines() throws -> [String] {
        (try Files.readIfPresent(path, limit: 16 << 20) ?? []).split(separator: 10)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func write(_ lines: [String]) throws {
        let folder = path.removingLastComponent()
        try Files.makeDirectory(folder, permissions: 0o700)
        var file = try TemporaryFile(in: folder, prefix: "credentials", permissions: 0o600)
        try file.output.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        try file.finish(as: path)
    }

    private func match(_ line: String, _ wanted: Credential) -> Credential? {
        var kept = Credential(RemoteURL(line), usesPath: true)
        if kept.path?.isEmpty == true { kept.path = nil }
        guard kept.scheme == wanted.scheme, kept.host == wanted.host,
            wanted.username == nil || wanted.username == kept.username, kept.path == nil || kept.path == wanted.path
        else { return nil }
        return kept
    }

    /// The first that fits.
    func find(_ wanted: Credential) throws -> Credential? {
        for line in try lines() {
            guard let kept = match(line, wanted) else { continue }
            var answer = wanted
            answer.username = kept.username
            answer.password = kept.password
            return answer
        }
        return nil
    }

    /// Keeps one, in place of what was kept for the same name and server.
    func store(_ credential: Credential) throws {
        guard let scheme = credential.scheme, let host = credential.host, let user = credential.username,
            let password = credential.password
        else { return }
        let others = try lines().filter { match($0, credential) == nil }
        let path = credential.path.map { "/" + Self.encoded($0, keepsSlash: true) } ?? ""
        try write(["\(scheme)://\(Self.encoded(user)):\(Self.encoded(password))@\(host)\(path)"] + others)
    }

    /// Forgets those that fit.
    func erase(_ credential: Credential) throws {
        guard credential.scheme != nil, credential.host != nil else { return }
        let before = try lines()
        let after = before.filter { line in
            guard let kept = match(line, credential) else { return true }
            return credential.password != nil && credential.password != kept.password
        }
        if after.count != before.count { try write(after) }
    }

    private static func encoded(_ text: String, keepsSlash: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: "/") where keepsSlash: result.append(byte)
            default: result += Array("%\(Hex.string([byte]))".utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
