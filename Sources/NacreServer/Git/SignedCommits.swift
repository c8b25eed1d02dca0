internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// Whether commits and pushes are signed with a key that somebody here has registered.
struct SignedCommits {
    private let host: Host

    init(_ host: Host) { self.host = host }

    /// Why an update is refused; nil where each commit that it brings has a good SSH signature.
    func refusal(of update: RefUpdate, _ repository: FilePath, _ push: ReceivedPush) throws -> String? {
        let old = update.old.isZero ? [] : [update.old]
        let commits = try Ancestry.commits(from: update.new, without: old, push.objects)
        guard !commits.isEmpty else { return nil }
        return try withSigners { signers, directory in
            for id in commits {
                let content = try push.objects.read(id, as: .commit)
                guard let (payload, signature) = SignedCommits.split(content),
                    try signer(payload, signature, signers, directory) != nil
                else { return "protected: commit \(id.hex.prefix(12)) has no good signature of a registered key" }
            }
            return nil
        }
    }

    /// What the signature of a push certificate is worth: it is good where it was made with a registered key.
    func check(_ certificate: PushCertificate) throws -> PushCertificateCheck {
        try withSigners { signers, directory in
            guard let name = try signer(certificate.payload, certificate.signature, signers, directory) else {
                return PushCertificateCheck(status: "B")
            }
            return PushCertificateCheck(status: "G", signer: name)
        }
    }

    /// Calls with a file of the keys that count, in a directory for what `ssh-keygen` wants as files.
    private func withSigners<Value>(_ body: (_ signers: FilePath, _ directory: FilePath) throws -> Value) throws
        -> Value
    {
        let directory = host.repositories.stateDirectory.appending("tmp_signers_\(Hex.string(try Secrets.random(8)))")
        try Files.makeDirectory(directory, permissions: 0o700)
        defer { _ = try? Files.removeTree(directory) }
        let signers = directory.appending("allowed")
        try TemporaryFile.replace(signers, with: Array(try host.accounts.allowedSigners().utf8), synchronizing: false)
        return try body(signers, directory)
    }

    /// A commit without its signature, and the signature; nil where it has none.
    static func split(_ content: [UInt8]) -> (payload: [UInt8], signature: [UInt8])? {
        let newline = UInt8(ascii: "\n")
        let key = Array("gpgsig ".utf8)
        var payload: [UInt8] = []
        var signature: [UInt8] = []
        var isInside = false
        var index = 0
        while index < content.count {
            let end = content[index...].firstIndex(of: newline).map { $0 + 1 } ?? content.count
            let line = content[index..<end]
            // The headers end with an empty line; what follows is the message, whatever it looks like.
            if line.first == newline {
                payload += content[index...]
                break
            }
            if line.starts(with: key), signature.isEmpty {
                isInside = true
                signature += line.dropFirst(key.count)
            } else if isInside, line.first == UInt8(ascii: " ") {
                signature += line.dropFirst()
            } else {
                isInside = false
                payload += line
            }
            index = end
        }
        return signature.isEmpty ? nil : (payload, signature)
    }

    /// Who signed, where the signature is good and the key registered.
    private func signer(
        _ payload: [UInt8], _ signature: [UInt8], _ signers: FilePath, _ directory: FilePath
    ) throws -> String? {
        guard signature.starts(with: Array("-----BEGIN SSH SIGNATURE-----".utf8)) else { return nil }
        let file = directory.appending("signature")
        try TemporaryFile.replace(file, with: signature, synchronizing: false)
        let found = try keygen(["-Y", "find-principals", "-s", file.string, "-f", signers.string], [])
        let names = String(decoding: found.output, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard found.status.isSuccess, let name = names.first else { return nil }
        let arguments = ["-Y", "verify", "-n", "git", "-f", signers.string, "-I", String(name), "-s", file.string]
        return try keygen(arguments, payload).status.isSuccess ? String(name) : nil
    }

    private func keygen(_ arguments: [String], _ input: [UInt8]) throws -> ChildProcess.Result {
        var request = ChildProcess.Request("ssh-keygen", arguments)
        request.output = .pipe
        request.error = .pipe
        return try ChildProcess.run(request, input: input)
    }
}
