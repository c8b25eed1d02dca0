internal import GRDB

extension AccountStore {
    /// Adds a rule, or replaces the one with the same pattern.
    package func protect(_ rule: Protection, by actor: Actor) throws {
        let time = now()
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO protection
                    (repository, pattern, pushRole, allowsForce, allowsDelete, requiresSignature, requiresPolicy)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    rule.repository, rule.pattern, rule.pushRole?.rawValue, rule.allowsForce, rule.allowsDelete,
                    rule.requiresSignature, rule.requiresPolicy,
                ])
            let detail =
                "\(rule.pattern) push=\(rule.pushRole?.name ?? "nobody")\(rule.allowsForce ? " force" : "")"
                + "\(rule.allowsDelete ? " delete" : "")\(rule.requiresSignature ? " signed" : "")"
                + "\(rule.requiresPolicy ? " policy" : "")"
            try actor.entry(time, "protect.set", rule.repository, detail).insert(into: database)
        }
    }

    /// Removes a rule.
    package func unprotect(_ pattern: String, in name: RepositoryName, by actor: Actor) throws {
        let time = now()
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM protection WHERE repository = ? AND pattern = ?", arguments: [name.path, pattern])
            guard database.changesCount > 0 else { throw AccountError.notFound("protection of '\(pattern)'") }
            try actor.entry(time, "protect.remove", name.path, pattern).insert(into: database)
        }
    }

    /// The rules of a repository, by pattern.
    package func protections(of name: RepositoryName) throws -> [Protection] {
        try database.read { database in
            try Protection.fetchAll(
                database, sql: "SELECT * FROM protection WHERE repository = ? ORDER BY pattern", arguments: [name.path])
        }
    }

    /// Registers the public key with which a user signs commits, in OpenSSH's one-line form.
    package func addSigner(_ key: String, of userName: String, by actor: Actor) throws {
        let fields = key.split(separator: " ")
        guard fields.count >= 2,
            fields[0].hasPrefix("ssh-") || fields[0].hasPrefix("ecdsa-") || fields[0].hasPrefix("sk-"),
            !key.contains(where: \.isNewline)
        else { throw AccountError.invalidName(key) }
        let time = now()
        let stored = fields[0] + " " + fields[1]
        try database.write { database in
            let user = try AccountStore.requireUser(userName, database)
            try database.execute(
                sql: "INSERT OR REPLACE INTO signer (userID, key) VALUES (?, ?)", arguments: [user.id, String(stored)])
            try actor.entry(time, "signer.add", user.name, String(stored)).insert(into: database)
        }
    }

    /// Every registered signing key of an open account, as lines of OpenSSH's allowed-signers file.
    package func allowedSigners() throws -> String {
        let rows = try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT user.name, signer.key FROM signer JOIN user ON user.id = signer.userID
                    WHERE user.isDisabled = 0 ORDER BY signer.id
                    """)
        }
        return rows.map { row in
            let name: String = row[0]
            let key: String = row[1]
            return "\(name) namespaces=\"git\" \(key)\n"
        }.joined()
    }
}
