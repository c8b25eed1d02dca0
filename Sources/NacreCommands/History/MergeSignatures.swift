internal import GitConfig
internal import GitObjects
internal import GitRepository

/// `merge --verify-signatures`: what is merged must be signed by somebody who is trusted.
struct MergeSignatures {
    let operation: MergeOperation

    /// - Throws: git's refusal where a commit's signature is missing, bad, or nobody's that is trusted.
    func check(_ commits: [ObjectID]) throws {
        let repository = operation.repository
        let isWanted =
            try operation.arguments.flag("verify-signatures")
            ?? repository.config.bool("merge.verifysignatures") ?? false
        guard isWanted else { return }
        for commit in commits {
            let name = operation.commits.short(commit)
            let found = try Signing(operation.context, repository).check(commit: commit)
            guard let found, ["G", "U", "B"].contains(found.status) else {
                throw CommandError.fatal("Commit \(name) does not have a GPG signature.")
            }
            let signer = found.signer.isEmpty ? "(null)" : found.signer
            if found.status == "B" {
                throw CommandError.fatal("Commit \(name) has a bad GPG signature allegedly by \(signer).")
            }
            // Where the settings say how much trust is needed, that decides; else some is needed.
            let asksForLevel = repository.config.string("gpg.mintrustlevel") != nil
            let isTrusted = asksForLevel || ["marginal", "fully", "ultimate"].contains(found.trust)
            guard SignaturePolicy.accepts(found, repository), isTrusted else {
                throw CommandError.fatal(
                    "Commit \(name) has an untrusted GPG signature, allegedly by \(signer).")
            }
            operation.say("Commit \(name) has a good GPG signature by \(signer)")
        }
    }
}
