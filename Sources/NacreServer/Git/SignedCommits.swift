internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// Whether commits are signed with a key that somebody here has registered.
struct SignedCommits {
    private let host: Host

    init(_ host: Host) { self.host = host }

    /// Why an update is refused; nil where each commit that it brings has a good SSH signature.
    func refusal(of update: RefUpdate, _ repository: FilePath, _ push: ReceivedPush) throws -> String? {
        let old = update.old.isZero ? [] : [update.old]
        let commits = try Ancestry.commits(from: update.new, without: old, push.objects)
        guard !commits.isEmpty else { return nil }
        let directory = host.repositories.stateDirectory.appending("tmp_signers_\(Hex.string(try Secrets.random(8)))")
        try Files.makeDirectory(directory, permissions: 0o700)
        defer { _ = try? Files.removeTree(directory) }
        let signers = directory.appending("allowed")
        try TemporaryFile.replace(signers, with: Array(try host.accounts.allowedSigners().utf8), synchronizing: false)
        for id in commits {
            let content = try push.objects.read(id, as: .commit)
            guard let (payload, signature) = SignedCommits.split(content),
                try isGood(payload, signature, signers, directory)
            else { return "protected: commit \(id.hex.prefix(12)) has no good signature of a registered key" }
        }
        return nil
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

    private func isGood(_ payload: [UInt8], _ signature: [UInt8], _ signers: FilePath, _ directory: FilePath) throws
        -> Bool
    {
        guard signature.starts(with: Array("-----BEGIN SSH SIGNATURE-----".utf8)) else { return false }
        let file = directory.appending("signature")
        try TemporaryFile.replace(file, with: signature, synchronizing: false)
        let found = try keygen(["-Y", "find-principals", "-s", file.string, "-f", signers.string], [])
        let names = String(decoding: found.output, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard found.status.isSuccess, let name = names.first else { return false }
        let arguments = ["-Y", "verify", "-n", "git", "-f", signers.string, "-I", String(name), "-s", file.string]
        return try keygen(arguments, payload).status.isSuccess
    }

    private func keygen(_ arguments: [String], _ input: [UInt8]) throws -> ChildProcess.Result {
        var request = ChildProcess.Request("ssh-keygen", arguments)
        request.output = .pipe
        request.error = .pipe
        return try ChildProcess.run(request, input: input)
    }
}
