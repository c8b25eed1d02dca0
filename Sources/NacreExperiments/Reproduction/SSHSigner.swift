internal import Bytes
public import SystemPackage

/// Signs and checks with SSH keys by `ssh-keygen`, as Git does with `gpg.format=ssh`.
public struct SSHSigner: Sendable {
    /// What separates our signatures from those over other things.
    public static let namespace = "nacre-attestation"

    /// `ssh-keygen`, or what `gpg.ssh.program` names.
    public let program: String
    /// Where temporary files may stand.
    public let temporaryDirectory: FilePath

    /// Makes a signer.
    public init(program: String = "ssh-keygen", temporaryDirectory: FilePath) {
        self.program = program
        self.temporaryDirectory = temporaryDirectory
    }

    /// What a check found.
    public enum Verdict: Sendable, Hashable {
        /// The signature is good, and the signers' file names whose it is.
        case trusted(principal: String)
        /// The signature is good, and the signers' file does not know the key.
        case unknownSigner(String)
        /// The signature is not of this text, or damaged.
        case bad(String)
    }

    /// Signs bytes.
    ///
    /// - Parameter key: `user.signingKey`: a file, or a public key as text whose private half an agent holds.
    /// - Returns: the armoured signature.
    /// - Throws: ``AttestationError/cannotSign(_:)``.
    public func sign(_ bytes: [UInt8], key: String) throws -> [UInt8] {
        let isLiteral =
            key.hasPrefix("key::") || key.hasPrefix("ssh-") || key.hasPrefix("ecdsa-") || key.hasPrefix("sk-")
        var file = key
        let literal = temporaryDirectory.appending("tmp_signing_key.pub")
        if isLiteral {
            let text = key.hasPrefix("key::") ? String(key.dropFirst(5)) : key
            try TemporaryFile.replace(literal, with: Array((text + "\n").utf8), synchronizing: false)
            file = literal.string
        }
        defer { if isLiteral { _ = try? Files.remove(literal) } }
        var request = ChildProcess.Request(
            program, ["-Y", "sign", "-n", Self.namespace, "-f", file] + (isLiteral ? ["-U"] : []))
        request.output = .pipe
        request.error = .pipe
        let result = try ChildProcess.run(request, input: bytes)
        guard result.status.isSuccess, !result.output.isEmpty else {
            throw AttestationError.cannotSign(Self.lastLine(result.error))
        }
        return result.output
    }

    /// Checks a signature against a file of allowed signers (nil: no signer is known).
    public func verify(_ bytes: [UInt8], signature: [UInt8], allowedSigners: FilePath?) throws -> Verdict {
        let file = temporaryDirectory.appending("tmp_attestation.sig")
        try TemporaryFile.replace(file, with: signature, synchronizing: false)
        defer { _ = try? Files.remove(file) }
        if let allowedSigners {
            let found = try run(["-Y", "find-principals", "-s", file.string, "-f", allowedSigners.string], input: [])
            if found.status.isSuccess {
                let principal = String(decoding: found.output.prefix { $0 != 10 }, as: UTF8.self)
                let check = try run(
                    [
                        "-Y", "verify", "-n", Self.namespace, "-s", file.string, "-f", allowedSigners.string, "-I",
                        principal,
                    ],
                    input: bytes)
                return check.status.isSuccess
                    ? .trusted(principal: principal) : .bad(Self.lastLine(check.error + check.output))
            }
        }
        let check = try run(["-Y", "check-novalidate", "-n", Self.namespace, "-s", file.string], input: bytes)
        guard check.status.isSuccess else { return .bad(Self.lastLine(check.error + check.output)) }
        let text = String(decoding: check.output, as: UTF8.self)
        return .unknownSigner(text.split(separator: " ").last.map { $0.filter { $0 != "\n" } } ?? "")
    }

    private func run(_ arguments: [String], input: [UInt8]) throws -> ChildProcess.Result {
        var request = ChildProcess.Request(program, arguments)
        request.output = .pipe
        request.error = .pipe
        return try ChildProcess.run(request, input: input)
    }

    private static func lastLine(_ bytes: [UInt8]) -> String {
        bytes.split(separator: 10).last.map { String(decoding: $0, as: UTF8.self) } ?? "no reason was given"
    }
}

/// What can go wrong with attestations.
public enum AttestationError: Error, Hashable, CustomStringConvertible {
    /// The key cannot sign.
    case cannotSign(String)

    public var description: String {
        switch self {
        case .cannotSign(let reason): "cannot sign the attestation: \(reason) (see user.signingKey)"
        }
    }
}
