/// The JSON of the management API.
enum APIMessages {
    struct UserInfo: Codable {
        var name: String
        var admin: Bool
        var disabled: Bool

        init(_ user: User) {
            name = user.name
            admin = user.isAdmin
            disabled = user.isDisabled
        }
    }

    struct NewUser: Decodable {
        var name: String
        var admin: Bool?
        var password: String?
    }

    struct UserChange: Decodable {
        var admin: Bool?
        var disabled: Bool?
        var password: String?
    }

    struct TokenInfo: Encodable {
        var name: String
        var access: Token.Access
        var repositories: [String]?
        var created: String
        var expires: String?
        var revoked: String?
        /// The token itself, only when it is made.
        var token: String?

        init(_ token: Token, secret: String? = nil) {
            name = token.name
            access = token.access
            repositories = token.repositories.map { $0.split(separator: " ").map { String($0) } }
            created = UTCTime.text(token.created)
            expires = token.expires.map { UTCTime.text($0) }
            revoked = token.revoked.map { UTCTime.text($0) }
            self.token = secret
        }
    }

    struct NewToken: Decodable {
        var name: String
        var access: Token.Access?
        var repositories: [String]?
        var expiresIn: Int64?
    }

    struct RepositoryInfo: Encodable {
        var name: String
        var isPublic: Bool
        var role: String

        enum CodingKeys: String, CodingKey {
            case name
            case isPublic = "public"
            case role
        }
    }

    struct NewRepository: Decodable {
        var name: String
        var isPublic: Bool?
        var objectFormat: String?

        enum CodingKeys: String, CodingKey {
            case name, objectFormat
            case isPublic = "public"
        }
    }

    struct RepositoryChange: Decodable {
        var isPublic: Bool?

        enum CodingKeys: String, CodingKey { case isPublic = "public" }
    }

    struct Member: Encodable {
        var user: String
        var role: String
    }

    struct NewRole: Decodable { var role: String }

    struct Rule: Codable {
        var pattern: String
        /// A role, or `nobody`.
        var push: String?
        var allowForce: Bool?
        var allowDelete: Bool?
        var requireSigned: Bool?
        var requirePolicy: Bool?

        init(_ rule: Protection) {
            pattern = rule.pattern
            push = rule.pushRole?.name ?? "nobody"
            allowForce = rule.allowsForce
            allowDelete = rule.allowsDelete
            requireSigned = rule.requiresSignature
            requirePolicy = rule.requiresPolicy
        }
    }

    struct Entry: Encodable {
        var time: String
        var actor: String
        var address: String?
        var request: String?
        var action: String
        var subject: String
        var detail: String

        init(_ entry: AuditEntry) {
            time = UTCTime.text(entry.time)
            actor = entry.actor
            address = entry.address
            request = entry.request
            action = entry.action
            subject = entry.subject
            detail = entry.detail
        }
    }
}
