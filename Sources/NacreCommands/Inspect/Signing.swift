internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// Makes and checks signatures through gpg and ssh-keygen, as Git does.
struct Signing {
    private let context: Context
    private let repository: Repository

    init(_ context: Context, _ repository: Repository) {
        self.context = context
        self.repository = repository
    }

    /// The programs' languages.
    enum Format: String {
        case openpgp
        case x509
        case ssh
    }

    /// `gpg.format`.
    func format() throws -> Format {
        let text = repository.config.string("gpg.format") ?? "openpgp"
        guard let format = Format(rawValue: text) else {
            throw CommandError.fatal("unsupported value for gpg.format: \(text)")
        }
        return format
    }

    private func program(_ format: Format) -> String {
        switch format {
        case .openpgp:
            repository.config.string("gpg.openpgp.program") ?? repository.config.string("gpg.program") ?? "gpg"
        case .x509: repository.config.string("gpg.x509.program") ?? "gpgsm"
        case .ssh: repository.config.string("gpg.ssh.program") ?? "ssh-keygen"
        }
    }

    // MARK: Making

    /// The signature of some content, by `key` or the configured one.
    ///
    /// - Throws: Git's error where the program fails; no signature is made then.
    func sign(_ content: [UInt8], key: String?, committer: Signature) throws -> [UInt8] {
        let format = try format()
        let configured = key ?? repository.config.string("user.signingkey")
        if format == .ssh { return try signSSH(content, key: configured) }
        let identity = String(
            decoding: committer.name + Array(" <".utf8) + committer.email + Array(">".utf8), as: UTF8.self)
        var request = ChildProcess.Request(program(format), ["--status-fd=2", "-bsau", configured ?? identity])
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: content)
        let isMade = result.error.firstRange(of: Array("[GNUPG:] SIG_CREATED ".utf8)) != nil
        guard result.status.isSuccess, isMade else {
            context.errors.write(result.error)
            throw CommandError.error("gpg failed to sign the data", hints: [])
        }
        return result.output.filter { $0 != 13 }
    }

    /// How a push certificate names the key: a fingerprint for ssh, the configured key or `identity` for others.
    func keyName(fallback identity: String) throws -> String {
        let configured = repository.config.string("user.signingkey")
        guard try format() == .ssh else { return configured ?? identity }
        guard let key = try configured ?? defaultSSHKey(), !key.isEmpty else {
            throw CommandError.error("user.signingKey needs to be set for ssh signing")
        }
        let literal = key.hasPrefix("key::") ? String(key.dropFirst(5)) : key.hasPrefix("ssh-") ? key : nil
        let file = ConfigValue.expandingHome(Array(key.utf8), home: context.home) ?? FilePath(key)
        var request = ChildProcess.Request(program(.ssh), ["-lf", literal == nil ? file.string : "-"])
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: Array((literal ?? "").utf8))
        let words = String(decoding: result.output, as: UTF8.self).split(separator: " ")
        guard result.status.isSuccess, words.count > 1 else {
            throw CommandError.fatal("failed to get the ssh fingerprint for key '\(key)'")
        }
        return String(words[1])
    }

    private func signSSH(_ content: [UInt8], key: String?) throws -> [UInt8] {
        guard let key = try key ?? defaultSSHKey(), !key.isEmpty else {
            throw CommandError.error("user.signingKey needs to be set for ssh signing")
        }
        let scratch = try ScratchDirectory()
        var file = ConfigValue.expandingHome(Array(key.utf8), home: context.home) ?? FilePath(key)
        var arguments = ["-Y", "sign", "-n", "git", "-f"]
        let literal = key.hasPrefix("key::") ? String(key.dropFirst(5)) : key.hasPrefix("ssh-") ? key : nil
        if let literal {
            file = scratch.path.appending("key")
            try TemporaryFile.replace(file, with: Array(literal.utf8), synchronizing: false)
            arguments = ["-Y", "sign", "-n", "git", "-U", "-f"]
        }
        let buffer = scratch.path.appending("buffer")
        try TemporaryFile.replace(buffer, with: content, synchronizing: false)
        var request = ChildProcess.Request(program(.ssh), arguments + [file.string, buffer.string])
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: [])
        guard result.status.isSuccess else {
            context.errors.write(result.error)
            throw CommandError.error("ssh-keygen failed to sign the data")
        }
        return try Files.read(scratch.path.appending("buffer.sig")).filter { $0 != 13 }
    }

    private func defaultSSHKey() throws -> String? {
        guard let command = repository.config.string("gpg.ssh.defaultkeycommand") else { return nil }
        var request = ChildProcess.Request(shell: command)
        request.output = .pipe
        let result = try ChildProcess.run(request, input: [])
        let line = result.output.prefix { $0 != 10 }
        return String(decoding: line, as: UTF8.self)
    }

    // MARK: Checking

    /// What is known of a commit's signature; nil where it has none.
    func check(commit id: ObjectID) throws -> SignatureCheck? {
        let commit = try repository.objects.commit(id)
        guard let signature = commit.signature(repository.algorithm) else { return nil }
        return try check(commit.signedContent, signature: signature)
    }

    /// What is known of a tag's signature; nil where it has none.
    func check(tag id: ObjectID) throws -> SignatureCheck? {
        let content = try repository.objects.read(id, as: .tag)
        guard let start = Self.signatureStart(content) else { return nil }
        return try check(Array(content[..<start]), signature: Array(content[start...]))
    }

    /// Where the signature at a tag's end begins.
    static func signatureStart(_ content: [UInt8]) -> Int? {
        let marks = [
            "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----",
            "-----BEGIN SSH SIGNATURE-----",
        ]
        var found: Int?
        var start = 0
        while start < content.count {
            let line = content[start...]
            if marks.contains(where: { line.starts(with: $0.utf8) }) { found = start }
            start = (line.firstIndex(of: 10) ?? content.count) + 1
        }
        return found
    }

    func check(_ content: [UInt8], signature: [UInt8]) throws -> SignatureCheck {
        if signature.starts(with: "-----BEGIN SSH SIGNATURE-----".utf8) { return try checkSSH(content, signature) }
        let format: Format = signature.starts(with: "-----BEGIN SIGNED MESSAGE-----".utf8) ? .x509 : .openpgp
        let scratch = try ScratchDirectory()
        let file = scratch.path.appending("signature")
        try TemporaryFile.replace(file, with: signature, synchronizing: false)
        let extra = format == .openpgp ? ["--keyid-format=long"] : []
        var request = ChildProcess.Request(
            program(format), extra + ["--status-fd=1", "--verify", file.string, "-"])
        request.output = .pipe
        request.error = .pipe
        guard let result = try? ChildProcess.run(request, input: content) else {
            return SignatureCheck(status: "E")
        }
        var check = SignatureCheck(status: "N")
        check.output = result.error
        check.rawOutput = result.output
        Self.read(result.output, into: &check)
        return check
    }

    /// Reads gpg's status lines.
    private static func read(_ output: [UInt8], into check: inout SignatureCheck) {
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("[GNUPG:] ") else { continue }
            let words = line.dropFirst(9).split(separator: " ")
            guard let keyword = words.first else { continue }
            let rest = words.dropFirst(2).joined(separator: " ")
            func take(_ status: Character) {
                check.status = status
                check.key = words.count > 1 ? String(words[1]) : ""
                check.signer = rest
            }
            switch keyword {
            case "GOODSIG": take("G")
            case "BADSIG": take("B")
            case "EXPSIG": take("X")
            case "EXPKEYSIG": take("Y")
            case "REVKEYSIG": take("R")
            case "ERRSIG":
                check.status = "E"
                check.key = words.count > 1 ? String(words[1]) : ""
            case "VALIDSIG":
                check.fingerprint = words.count > 1 ? String(words[1]) : ""
                check.primaryFingerprint = words.count > 10 ? String(words[10]) : check.fingerprint
            case _ where keyword.hasPrefix("TRUST_"):
                check.trust = keyword.dropFirst(6).lowercased()
                if check.status == "G", check.trust == "undefined" || check.trust == "never" { check.status = "U" }
            default: break
            }
        }
    }

    private func checkSSH(_ content: [UInt8], _ signature: [UInt8]) throws -> SignatureCheck {
        var check = SignatureCheck(status: "N")
        guard let allowed = try repository.config.path("gpg.ssh.allowedsignersfile", home: context.home) else {
            context.errors.line(
                "error: gpg.ssh.allowedSignersFile needs to be configured and exist for ssh signature verification")
            return check
        }
        let scratch = try ScratchDirectory()
        let file = scratch.path.appending("signature")
        try TemporaryFile.replace(file, with: signature, synchronizing: false)
        func run(_ words: [String], input: [UInt8]) throws -> (isGood: Bool, output: [UInt8], error: [UInt8]) {
            var request = ChildProcess.Request(program(.ssh), ["-Y"] + words)
            request.output = .pipe
            request.error = .pipe
            let result = try ChildProcess.run(request, input: input)
            return (result.status.isSuccess, result.output, result.error)
        }
        let found = try run(["find-principals", "-f", allowed.string, "-s", file.string], input: [])
        let principals = String(decoding: found.output, as: UTF8.self).split(separator: "\n").map(String.init)
        if found.isGood {
            for principal in principals {
                var words = ["verify", "-n", "git", "-f", allowed.string, "-I", principal, "-s", file.string]
                if let revoked = try repository.config.path("gpg.ssh.revocationfile", home: context.home) {
                    words += ["-r", revoked.string]
                }
                let result = try run(words, input: content)
                check.output = result.output + result.error
                if result.isGood { return Self.good(check, trust: "fully") }
            }
            check.status = "B"
            return check
        }
        let result = try run(["check-novalidate", "-n", "git", "-s", file.string], input: content)
        check.output = result.output + result.error + found.error
        return result.isGood
            ? Self.good(check, trust: "undefined")
            : {
                check.status = "B"; return check
            }()
    }

    /// Reads `Good "git" signature for NAME with TYPE key FINGERPRINT`.
    private static func good(_ check: SignatureCheck, trust: String) -> SignatureCheck {
        var check = check
        check.trust = trust
        check.status = trust == "fully" ? "G" : "U"
        let line = String(decoding: check.output.prefix { $0 != 10 }, as: UTF8.self)
        if let start = line.firstRange(of: "signature for "), let end = line.firstRange(of: " with ") {
            check.signer = String(line[start.upperBound..<end.lowerBound])
        }
        if let key = line.firstRange(of: " key ") {
            check.key = String(line[key.upperBound...])
            check.fingerprint = check.key
        }
        return check
    }
}

/// A directory of one's own that goes away with the value.
final class ScratchDirectory {
    let path: FilePath

    init() throws {
        path = try TemporaryDirectory.make()
    }

    deinit { _ = try? Files.removeTree(path) }
}
