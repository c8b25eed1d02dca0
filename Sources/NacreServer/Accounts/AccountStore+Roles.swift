internal import GRDB

/// A role that somebody was given.
package struct Membership: Sendable, Hashable, Codable {
    /// `namespace` or `namespace/name`.
    package var subject: String
    /// The user's name.
    package var user: String
    /// What they may do there.
    package var role: Role
}

extension Membership: FetchableRecord {}

extension AccountStore {
    /// Gives a user a role in a namespace (`ns`) or a repository (`ns/name`), or takes it away.
    package func setRole(_ role: Role?, of userName: String, in subject: String, by actor: Actor) throws {
        guard RepositoryName(subject) != nil || RepositoryName(namespace: subject, name: "x") != nil else {
            throw AccountError.invalidName(subject)
        }
        let time = now()
        try database.write { database in
            let user = try AccountStore.requireUser(userName, database)
            if let role {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO membership (subject, userID, role) VALUES (?, ?, ?)",
                    arguments: [subject, user.id, role.rawValue])
            } else {
                try database.execute(
                    sql: "DELETE FROM membership WHERE subject = ? AND userID = ?", arguments: [subject, user.id])
            }
            let detail = "\(user.name) \(role?.name ?? "none")"
            try actor.entry(time, "role.set", subject, detail).insert(into: database)
        }
    }

    /// The roles given in a namespace or repository, by user.
    package func members(of subject: String) throws -> [Membership] {
        try database.read { database in
            try Membership.fetchAll(
                database,
                sql: """
                    SELECT membership.subject, user.name AS user, membership.role FROM membership
                    JOIN user ON user.id = membership.userID WHERE membership.subject = ? ORDER BY user.name
                    """, arguments: [subject])
        }
    }

    /// What an identity may do with a repository, whether that exists or not; nil for nothing at all.
    ///
    /// The highest of: server administrator, owner of the namespace, the namespace's role, the repository's role, and
    /// reader where the repository is public; and not above what the token lets through.
    package func role(of identity: Identity, in name: RepositoryName) throws -> Role? {
        try database.read { database in
            let sql = "SELECT count(*) FROM publicRepository WHERE path = ?"
            let isPublic = try Int.fetchOne(database, sql: sql, arguments: [name.path]) == 1
            let open: Role? = isPublic ? .reader : nil
            guard let user = identity.user, !user.isDisabled else { return open }
            if let token = identity.token, !token.covers(name) { return open }
            var role: Role?
            if user.isAdmin || user.name == name.namespace {
                role = .admin
            } else {
                let highest = try Int.fetchOne(
                    database, sql: "SELECT max(role) FROM membership WHERE userID = ? AND subject IN (?, ?)",
                    arguments: [user.id, name.namespace, name.path])
                role = highest.flatMap { Role(rawValue: $0) }
            }
            guard let role else { return open }
            return identity.token.map { min(role, $0.access.limit) } ?? role
        }
    }

    /// Whether an identity may create a repository of this name.
    package func mayCreate(_ name: RepositoryName, _ identity: Identity) throws -> Bool {
        guard let user = identity.user, !user.isDisabled else { return false }
        if let token = identity.token {
            guard token.access != .read, token.covers(name) else { return false }
        }
        if user.isAdmin || user.name == name.namespace { return true }
        return try database.read { database in
            let role = try Int.fetchOne(
                database, sql: "SELECT role FROM membership WHERE userID = ? AND subject = ?",
                arguments: [user.id, name.namespace])
            return (role ?? 0) >= Role.maintainer.rawValue
        }
    }

    /// Opens a repository to everybody's reading, or closes it.
    package func setPublic(_ isPublic: Bool, _ name: RepositoryName, by actor: Actor) throws {
        let time = now()
        try database.write { database in
            try database.execute(
                sql: isPublic
                    ? "INSERT OR IGNORE INTO publicRepository (path) VALUES (?)"
                    : "DELETE FROM publicRepository WHERE path = ?", arguments: [name.path])
            try actor.entry(time, isPublic ? "repo.public" : "repo.private", name.path).insert(into: database)
        }
    }

    /// Whether everybody may read a repository.
    package func isPublic(_ name: RepositoryName) throws -> Bool {
        try database.read { database in
            let sql = "SELECT count(*) FROM publicRepository WHERE path = ?"
            return try Int.fetchOne(database, sql: sql, arguments: [name.path]) == 1
        }
    }

    /// Forgets all that is kept about a repository that was deleted, so that a new one of its name starts closed.
    package func forget(_ name: RepositoryName, by actor: Actor) throws {
        let time = now()
        try database.write { database in
            try database.execute(sql: "DELETE FROM publicRepository WHERE path = ?", arguments: [name.path])
            try database.execute(sql: "DELETE FROM membership WHERE subject = ?", arguments: [name.path])
            try database.execute(sql: "DELETE FROM protection WHERE repository = ?", arguments: [name.path])
            try database.execute(sql: "DELETE FROM lock WHERE repository = ?", arguments: [name.path])
            try actor.entry(time, "repo.delete", name.path).insert(into: database)
        }
    }
}
