internal import FoundationEssentials
internal import GRDB

extension AccountStore {
    /// Adds a user, without a password: they sign in with tokens until they have one.
    @discardableResult
    package func addUser(_ name: String, isAdmin: Bool = false, by actor: Actor) throws -> User {
        guard RepositoryName(namespace: name, name: "x") != nil else { throw AccountError.invalidName(name) }
        let time = now()
        return try database.write { database in
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM user WHERE name = ?", arguments: [name])
            guard count == 0 else { throw AccountError.exists("user '\(name)'") }
            try database.execute(
                sql: "INSERT INTO user (name, isAdmin, isDisabled, created) VALUES (?, ?, 0, ?)",
                arguments: [name, isAdmin, time])
            let id = database.lastInsertedRowID
            try actor.entry(time, "user.add", name, isAdmin ? "admin" : "").insert(into: database)
            return User(id: id, name: name, isAdmin: isAdmin, isDisabled: false, created: time)
        }
    }

    /// The user of that name, or nil.
    package func user(_ name: String) throws -> User? {
        try database.read { try AccountStore.user(name, $0) }
    }

    static func user(_ name: String, _ database: Database) throws -> User? {
        try User.fetchOne(database, sql: "SELECT \(User.columns) FROM user WHERE name = ?", arguments: [name])
    }

    static func requireUser(_ name: String, _ database: Database) throws -> User {
        guard let user = try user(name, database) else { throw AccountError.notFound("user '\(name)'") }
        return user
    }

    /// Everybody, by name.
    package func users() throws -> [User] {
        try database.read { try User.fetchAll($0, sql: "SELECT \(User.columns) FROM user ORDER BY name") }
    }

    /// Sets or removes a password.
    package func setPassword(_ password: String?, of name: String, by actor: Actor) throws {
        if let password, password.utf8.count < 10 { throw AccountError.weakPassword }
        let hash = try password.map { try PasswordHash.make($0) }
        try change("UPDATE user SET password = ?2 WHERE id = ?1", name, [hash], "user.password", by: actor)
    }

    /// Shuts an account or opens it again.
    package func setDisabled(_ isDisabled: Bool, _ name: String, by actor: Actor) throws {
        let action = isDisabled ? "user.disable" : "user.enable"
        try change("UPDATE user SET isDisabled = ?2 WHERE id = ?1", name, [isDisabled], action, by: actor)
    }

    /// Makes somebody an administrator of the server, or no longer one.
    package func setAdmin(_ isAdmin: Bool, _ name: String, by actor: Actor) throws {
        let action = isAdmin ? "user.promote" : "user.demote"
        try change("UPDATE user SET isAdmin = ?2 WHERE id = ?1", name, [isAdmin], action, by: actor)
    }

    /// Removes an account with its tokens, roles and locks; repositories stay.
    package func removeUser(_ name: String, by actor: Actor) throws {
        try change("DELETE FROM user WHERE id = ?1", name, [], "user.remove", by: actor)
    }

    private func change(
        _ sql: String, _ name: String, _ values: [(any DatabaseValueConvertible)?], _ action: String, by actor: Actor
    ) throws {
        let time = now()
        try database.write { database in
            let user = try AccountStore.requireUser(name, database)
            let arguments: [(any DatabaseValueConvertible)?] = [user.id] + values
            try database.execute(sql: sql, arguments: StatementArguments(arguments))
            try actor.entry(time, action, user.name).insert(into: database)
        }
    }

    /// Makes a token and returns it: the only time that it is seen.
    package func addToken(
        _ name: String, for userName: String, access: Token.Access, repositories: String? = nil, expires: Int64? = nil,
        by actor: Actor
    ) throws -> (secret: String, token: Token) {
        let secret = try Secrets.makeToken()
        let time = now()
        let token = try database.write { database in
            let user = try AccountStore.requireUser(userName, database)
            let same = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM token WHERE userID = ? AND name = ?", arguments: [user.id, name])
            guard same == 0 else { throw AccountError.exists("token '\(name)' of '\(user.name)'") }
            try database.execute(
                sql: """
                    INSERT INTO token (userID, name, digest, access, repositories, created, expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    user.id, name, Data(Secrets.digest(ofToken: secret)), access.rawValue, repositories, time, expires,
                ])
            let id = database.lastInsertedRowID
            let detail = "\(name) \(access.rawValue) \(repositories ?? "**")"
            try actor.entry(time, "token.create", user.name, detail).insert(into: database)
            return Token(
                id: id, userID: user.id, name: name, access: access, repositories: repositories, created: time,
                expires: expires, revoked: nil)
        }
        return (secret, token)
    }

    /// The tokens of a user, revoked and expired ones included.
    package func tokens(of name: String) throws -> [Token] {
        try database.read { database in
            let user = try AccountStore.requireUser(name, database)
            return try Token.fetchAll(
                database, sql: "SELECT \(Token.columns) FROM token WHERE userID = ? ORDER BY id", arguments: [user.id])
        }
    }

    /// Revokes a token, from the next request on.
    package func revokeToken(_ name: String, of userName: String, by actor: Actor) throws {
        let time = now()
        try database.write { database in
            let user = try AccountStore.requireUser(userName, database)
            try database.execute(
                sql: "UPDATE token SET revoked = coalesce(revoked, ?) WHERE userID = ? AND name = ?",
                arguments: [time, user.id, name])
            guard database.changesCount > 0 else { throw AccountError.notFound("token '\(name)' of '\(user.name)'") }
            try actor.entry(time, "token.revoke", user.name, name).insert(into: database)
        }
    }

    /// Who bears this token; nil where it is unknown, expired or revoked, or the account is shut.
    package func identity(token secret: String) throws -> Identity? {
        let digest = Data(Secrets.digest(ofToken: secret))
        return try database.read { database in
            let token = try Token.fetchOne(
                database, sql: "SELECT \(Token.columns) FROM token WHERE digest = ?", arguments: [digest])
            return try token.flatMap { try identity(of: $0, database) }
        }
    }

    /// Who an earlier request was made by, checked anew: for signed addresses.
    package func identity(userID: Int64, tokenID: Int64?) throws -> Identity? {
        try database.read { database in
            if let tokenID {
                let sql = "SELECT \(Token.columns) FROM token WHERE id = ? AND userID = ?"
                let token = try Token.fetchOne(database, sql: sql, arguments: [tokenID, userID])
                return try token.flatMap { try identity(of: $0, database) }
            }
            return try user(id: userID, database).map { Identity(user: $0, token: nil) }
        }
    }

    private func identity(of token: Token, _ database: Database) throws -> Identity? {
        guard token.isValid(at: now()), let user = try user(id: token.userID, database) else { return nil }
        return Identity(user: user, token: token)
    }

    private func user(id: Int64, _ database: Database) throws -> User? {
        let sql = "SELECT \(User.columns) FROM user WHERE id = ?"
        let user = try User.fetchOne(database, sql: sql, arguments: [id])
        return user?.isDisabled == false ? user : nil
    }

    /// Who signs in with this name and password; nil where they do not fit. Slow on purpose.
    package func identity(name: String, password: String) throws -> Identity? {
        let found = try database.read { database -> (User, String)? in
            guard let user = try AccountStore.user(name, database), !user.isDisabled else { return nil }
            let sql = "SELECT password FROM user WHERE id = ? AND password IS NOT NULL"
            guard let hash = try String.fetchOne(database, sql: sql, arguments: [user.id]) else { return nil }
            return (user, hash)
        }
        guard let (user, hash) = found else {
            // The same work for a name that does not exist, so that the time does not tell.
            _ = PasswordHash.verify(password, against: AccountStore.decoy)
            return nil
        }
        return PasswordHash.verify(password, against: hash) ? Identity(user: user, token: nil) : nil
    }

    private static let decoy = "scrypt$32768$8$1$00$\(String(repeating: "00", count: 32))"
}
