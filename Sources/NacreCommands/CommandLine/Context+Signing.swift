internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import SystemPackage

/// Whether commits are signed, and by which key.
enum CommitSigning: Sendable, Hashable {
    /// They are not.
    case off
    /// By the key that the option names; nil for the configured one.
    case by(key: String?)

    /// `-S[<key>]`, `--gpg-sign[=<key>]`, `--no-gpg-sign`, as every verb that makes commits has it.
    static let option = OptionSpec.optional("gpg-sign", "S", "key-id", "GPG sign commit")

    /// What the option said; nil where it did not stand there.
    init?(_ arguments: Arguments) {
        switch arguments.flag("gpg-sign") {
        case nil: return nil
        case false?: self = .off
        case true?: self = .by(key: arguments.text("gpg-sign").flatMap { $0.isEmpty ? nil : $0 })
        }
    }

    /// As state files keep it: `-S`, `-S<key>`; nil for unsigned commits.
    var word: String? {
        if case .by(let key) = self { return "-S" + (key ?? "") }
        return nil
    }

    /// Reads ``word``.
    init(word: String?) {
        guard let word, word.hasPrefix("-S") else {
            self = .off
            return
        }
        self = .by(key: word == "-S" ? nil : String(word.dropFirst(2)))
    }
}

extension Context {
    /// Whether commits are signed, by the option and `commit.gpgSign`.
    func signing(_ arguments: Arguments) throws -> CommitSigning {
        if let given = CommitSigning(arguments) { return given }
        return try configuration().bool("commit.gpgsign") == true ? .by(key: nil) : .off
    }

    /// What signs commits of a committer; nil where they are not signed.
    func signer(_ signing: CommitSigning, _ committer: Signature) throws -> SigningKey? {
        guard case .by(let key) = signing else { return nil }
        let fallback = String(
            decoding: committer.name + Array(" <".utf8) + committer.email + Array(">".utf8), as: UTF8.self)
        return try repository().signingKey(
            key, fallback: fallback, temporaryDirectory: FilePath(environment.nonEmpty("TMPDIR") ?? "/tmp"))
    }
}
