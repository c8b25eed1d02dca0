internal import Bytes
internal import GitConfig
internal import Glibc
public import SystemPackage

/// How commits and tags are signed: by `gpg` (OpenPGP, X.509) or `ssh-keygen`.
public struct SigningKey: Sendable {
    /// `gpg.format`.
    public enum Format: String, Sendable {
        /// GnuPG.
        case openpgp
        /// X.509 certificates.
        case x509
        /// SSH keys.
        case ssh
    }

    /// The kind of signature.
    public let format: Format
    /// The program that signs.
    public let program: String
    /// The key: an id for gpg, a file or `key::…` for ssh.
    public let key: String
    let temporaryDirectory: FilePath

    /// Signs bytes.
    ///
    /// - Returns: the armoured signature without its final newline.
    public func sign(_ content: [UInt8]) throws -> [UInt8] {
        var signature = try format == .ssh ? signBySSH(content) : signByGPG(content)
        signature.removeAll { $0 == 13 }
        if signature.last == 10 { signature.removeLast() }
        return signature
    }

    private func signByGPG(_ content: [UInt8]) throws -> [UInt8] {
        var request = ChildProcess.Request(program, ["--status-fd=2", "-bsau", key])
        request.output = .pipe
        request.error = .pipe
        let result: ChildProcess.Result
        do { result = try ChildProcess.run(request, input: content) } catch {
            throw RepositoryError(.system, "gpg failed to sign the data")
        }
        let status = String(decoding: result.error, as: UTF8.self)
        guard result.status.isSuccess, status.contains("[GNUPG:] SIG_CREATED ") else {
            throw RepositoryError(.system, "gpg failed to sign the data")
        }
        return result.output
    }

    private func signBySSH(_ content: [UInt8]) throws -> [UInt8] {
        let suffix = "\(getpid())_\(UInt32.random(in: 0...UInt32.max))"
        let buffer = temporaryDirectory.appending("nacre_signing_\(suffix)")
        let keyFile = temporaryDirectory.appending("nacre_key_\(suffix)")
        let signatureFile = FilePath(buffer.string + ".sig")
        defer { for file in [buffer, keyFile, signatureFile] { _ = try? Files.remove(file) } }
        try TemporaryFile.replace(buffer, with: content, synchronizing: false)
        var arguments = ["-Y", "sign", "-n", "git", "-f"]
        let literal = key.hasPrefix("key::") ? String(key.dropFirst(5)) : key.hasPrefix("ssh-") ? key : nil
        if let literal {
            try TemporaryFile.replace(keyFile, with: Array((literal + "\n").utf8), synchronizing: false)
            arguments += [keyFile.string, "-U"]
        } else {
            arguments.append(key)
        }
        var request = ChildProcess.Request(program, arguments + [buffer.string])
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: [])
        guard result.status.isSuccess else {
            throw RepositoryError(.system, String(decoding: result.error, as: UTF8.self).trimmedEnd)
        }
        return try Files.read(signatureFile)
    }
}

extension String {
    fileprivate var trimmedEnd: String { String(reversed().drop { $0.isWhitespace }.reversed()) }
}

extension Repository {
    /// What `user.signingKey` and `gpg.*` say.
    ///
    /// - Parameters:
    ///   - key: the key asked for on the command line; nil for the configured one.
    ///   - fallback: the committer's `Name <mail>`, by which gpg finds a key where none is configured.
    public func signingKey(_ key: String? = nil, fallback: String, temporaryDirectory: FilePath) throws -> SigningKey {
        let text = config.string("gpg.format") ?? "openpgp"
        guard let format = SigningKey.Format(rawValue: text) else {
            throw RepositoryError(.system, "invalid value for 'gpg.format': '\(text)'")
        }
        let program: String =
            switch format {
            case .openpgp: config.string("gpg.openpgp.program") ?? config.string("gpg.program") ?? "gpg"
            case .x509: config.string("gpg.x509.program") ?? "gpgsm"
            case .ssh: config.string("gpg.ssh.program") ?? "ssh-keygen"
            }
        var chosen = key ?? config.string("user.signingkey")
        if format == .ssh {
            guard let value = chosen else {
                throw RepositoryError(.system, "user.signingkey needs to be set for ssh signing")
            }
            if value.hasPrefix("~/"), let home = discovery.home {
                chosen = home.appending(String(value.dropFirst(2))).string
            }
        }
        return SigningKey(
            format: format, program: program, key: chosen ?? fallback, temporaryDirectory: temporaryDirectory)
    }
}
