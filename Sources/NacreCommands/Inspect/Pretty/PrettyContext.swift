internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// What formatting a commit needs besides the commit.
final class PrettyContext {
    let repository: Repository
    let now: Int64
    let localZone: (Int64) -> Int
    var dateMode = DateStyle.Mode()
    /// Digits of an abbreviated id; nil for as many as it takes, 0 for all.
    var abbreviation: Int?
    var usesColor = false
    var mailmap: Mailmap?
    /// What stands beside commits; made when it is first asked for.
    lazy var decorations: Decorations = (try? makeDecorations()) ?? Decorations()
    var makeDecorations: () throws -> Decorations = { Decorations() }
    lazy var decorationColors = DecorationColors(repository.config)
    var notes: CommitNotes?
    /// Who has run a commit again, a line each.
    var attestations: (ObjectID) throws -> [String] = { _ in [] }
    /// The name by which a commit was reached, for `%S`.
    var sourceOf: (ObjectID) -> String? = { _ in nil }
    /// `describe` for `%(describe:…)`.
    var describe: (ObjectID, String) throws -> String? = { _, _ in nil }
    /// The state of a commit's signature, for `%G?` and its like.
    var verify: (ObjectID) throws -> SignatureCheck? = { _ in nil }

    init(_ repository: Repository, now: Int64, localZone: @escaping (Int64) -> Int) {
        self.repository = repository
        self.now = now
        self.localZone = localZone
    }

    func abbreviate(_ id: ObjectID) -> String {
        abbreviation == 0 ? id.hex : repository.objects.abbreviate(id, minimum: abbreviation)
    }

    func date(_ signature: Signature, _ mode: DateStyle.Mode? = nil) -> String {
        (mode ?? dateMode).format(signature, now: now, localZone: localZone)
    }

    func mapped(_ signature: Signature) -> Signature { mailmap?.map(signature) ?? signature }
}

/// One line of a reflog being shown, for `-g`.
struct ReflogItem {
    /// `HEAD`, `main`: as it was given.
    let name: String
    /// `refs/heads/main`.
    let fullName: RefName
    /// How many changes ago.
    let position: Int
    let entry: ReflogEntry
    /// Whether the time stands in the selector instead of the position.
    let showsDate: Bool
}

/// What checking a signature found.
struct SignatureCheck {
    /// `G` good, `B` bad, `U` good but of unknown trust, `X` good but expired, `Y` by an expired key, `R` by a revoked
    /// key, `E` cannot be checked, `N` none.
    var status: Character
    var signer = ""
    var key = ""
    var fingerprint = ""
    var primaryFingerprint = ""
    var trust = "undefined"
    /// What the checking program said, for people.
    var output: [UInt8] = []
    /// What it said, for programs.
    var rawOutput: [UInt8] = []
}
