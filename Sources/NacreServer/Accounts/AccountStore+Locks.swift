internal import Bytes
internal import GRDB

/// A Git LFS lock: one user says that they alone change a path.
package struct PathLock: Sendable, Hashable, Codable {
    /// The lock's name in the API.
    package var id: String
    /// The path in the tree.
    package var path: String
    /// Whose it is.
    package var userID: Int64
    /// Their name.
    package var owner: String
    /// Seconds since 1970.
    package var locked: Int64
}

extension PathLock: FetchableRecord {
    static let select =
        "SELECT lock.id, lock.path, lock.userID, user.name AS owner, lock.locked FROM lock JOIN user ON user.id = lock.userID"
}

extension AccountStore {
    /// Takes the lock of a path, or returns the one that is there.
    package func lock(
        _ path: String, in name: RepositoryName, for user: User
    ) throws -> (lock: PathLock, isNew: Bool) {
        let id = Hex.string(try Secrets.random(16))
        let time = now()
        return try database.write { database in
            let held = try PathLock.fetchOne(
                database, sql: "\(PathLock.select) WHERE lock.repository = ? AND lock.path = ?",
                arguments: [name.path, path])
            if let held { return (held, false) }
            try database.execute(
                sql: "INSERT INTO lock (id, repository, path, userID, locked) VALUES (?, ?, ?, ?, ?)",
                arguments: [id, name.path, path, user.id, time])
            return (PathLock(id: id, path: path, userID: user.id, owner: user.name, locked: time), true)
        }
    }

    /// The locks of a repository in a steady order, some at a time.
    ///
    /// - Returns: at most `limit` of them, and from where to go on where there are more.
    package func locks(
        in name: RepositoryName, path: String? = nil, id: String? = nil, offset: Int = 0, limit: Int = 100
    ) throws -> (locks: [PathLock], next: Int?) {
        let found = try database.read { database in
            try PathLock.fetchAll(
                database,
                sql: """
                    \(PathLock.select) WHERE lock.repository = ?1 AND (?2 IS NULL OR lock.path = ?2)
                    AND (?3 IS NULL OR lock.id = ?3) ORDER BY lock.locked, lock.id LIMIT ?4 OFFSET ?5
                    """, arguments: [name.path, path, id, limit + 1, offset])
        }
        return (Array(found.prefix(limit)), found.count > limit ? offset + limit : nil)
    }

    /// Gives a lock back.
    ///
    /// - Returns: the lock; nil where there is none of that id.
    package func unlock(_ id: String, in name: RepositoryName) throws -> PathLock? {
        try database.write { database in
            let lock = try PathLock.fetchOne(
                database, sql: "\(PathLock.select) WHERE lock.repository = ? AND lock.id = ?",
                arguments: [name.path, id])
            try database.execute(sql: "DELETE FROM lock WHERE repository = ? AND id = ?", arguments: [name.path, id])
            return lock
        }
    }
}
