/// What somebody may do in a namespace or a repository; each role includes those before it.
package enum Role: Int, Sendable, Hashable, Comparable, CaseIterable, Codable {
    /// Clone, fetch, download large files, see locks.
    case reader = 1
    /// Push to what is not protected, upload large files, take locks.
    case writer = 2
    /// Create repositories in a namespace, push to protected refs, protect refs, break the locks of others.
    case maintainer = 3
    /// Everything, members and visibility and deletion included.
    case admin = 4

    /// The word for it on the command line and in the API.
    package var name: String {
        switch self {
        case .reader: "reader"
        case .writer: "writer"
        case .maintainer: "maintainer"
        case .admin: "admin"
        }
    }

    /// The role of that name, or nil.
    package init?(name: String) {
        guard let role = Role.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
