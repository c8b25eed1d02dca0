internal import GitConfig
internal import GitRepository

/// Which signatures are good enough: `gpg.minTrustLevel`.
enum SignaturePolicy {
    private static let levels = ["undefined", "never", "marginal", "fully", "ultimate"]

    static func accepts(_ check: SignatureCheck, _ repository: Repository) -> Bool {
        guard check.status == "G" || check.status == "U" || check.status == "Y" else { return false }
        guard let minimum = repository.config.string("gpg.mintrustlevel")?.lowercased(),
            let needed = levels.firstIndex(of: minimum)
        else { return true }
        return (levels.firstIndex(of: check.trust) ?? 0) >= needed
    }
}
