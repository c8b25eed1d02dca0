/// A rule for refs that must not be changed lightly.
package struct Protection: Sendable, Hashable, Codable {
    /// The row.
    package var id: Int64
    /// `namespace/name`.
    package var repository: String
    /// The refs, as a pattern of full names: `refs/heads/main`, `refs/tags/v*`.
    package var pattern: String
    /// The least role that may push; `nil` lets nobody.
    package var pushRole: Role?
    /// Whether the ref may move to what does not hold its history.
    package var allowsForce: Bool
    /// Whether the ref may be deleted.
    package var allowsDelete: Bool
    /// Whether every new commit must carry a good signature of a registered key.
    package var requiresSignature: Bool
    /// Whether the new tip must hold the repository's metric policy.
    package var requiresPolicy: Bool

    /// Makes a rule; by default maintainers may push, nobody may force or delete.
    package init(
        id: Int64 = 0, repository: String, pattern: String, pushRole: Role? = .maintainer, allowsForce: Bool = false,
        allowsDelete: Bool = false, requiresSignature: Bool = false, requiresPolicy: Bool = false
    ) {
        self.id = id
        self.repository = repository
        self.pattern = pattern
        self.pushRole = pushRole
        self.allowsForce = allowsForce
        self.allowsDelete = allowsDelete
        self.requiresSignature = requiresSignature
        self.requiresPolicy = requiresPolicy
    }

    /// Whether the rule is for this ref.
    package func covers(_ ref: String) -> Bool { Glob.matches(pattern, ref) }

    /// The full form of what a person writes: `main` is `refs/heads/main`.
    package static func fullPattern(_ pattern: String) -> String {
        pattern.hasPrefix("refs/") ? pattern : "refs/heads/\(pattern)"
    }
}
