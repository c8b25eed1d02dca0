internal import FoundationEssentials
internal import GRDB
package import SystemPackage

/// Users, tokens, roles, protections, locks and the audit log, in one SQLite database that the server and the
/// management commands use at the same time.
///
/// Every call blocks on the disk: a request calls it off the cooperative pool.
package final class AccountStore: Sendable {
    let database: DatabasePool
    /// Seconds since 1970, as the whole server sees them.
    package let now: @Sendable () -> Int64

    /// Opens the database, creating or upgrading it.
    package init(path: FilePath, now: @escaping @Sendable () -> Int64) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "accounts"
        configuration.maximumReaderCount = 8
        database = try DatabasePool(path: path.string, configuration: configuration)
        self.now = now
        let migrator = AccountStore.migrator
        if try database.read({ try migrator.hasBeenSuperseded($0) }) { throw AccountError.newerDatabase }
        try migrator.migrate(database)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: AccountStore.schema) }
        return migrator
    }

    private static let schema = """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL);
        CREATE TABLE user (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT,
            isAdmin INTEGER NOT NULL, isDisabled INTEGER NOT NULL, created INTEGER NOT NULL);
        CREATE TABLE token (
            id INTEGER PRIMARY KEY AUTOINCREMENT, userID INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
            name TEXT NOT NULL, digest BLOB NOT NULL UNIQUE, access TEXT NOT NULL, repositories TEXT,
            created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, UNIQUE (userID, name));
        CREATE TABLE signer (
            id INTEGER PRIMARY KEY AUTOINCREMENT, userID INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
            key TEXT NOT NULL UNIQUE);
        CREATE TABLE membership (
            subject TEXT NOT NULL, userID INTEGER NOT NULL REFERENCES user ON DELETE CASCADE, role INTEGER NOT NULL,
            PRIMARY KEY (subject, userID));
        CREATE TABLE publicRepository (path TEXT PRIMARY KEY);
        CREATE TABLE protection (
            id INTEGER PRIMARY KEY AUTOINCREMENT, repository TEXT NOT NULL, pattern TEXT NOT NULL, pushRole INTEGER,
            allowsForce INTEGER NOT NULL, allowsDelete INTEGER NOT NULL, requiresSignature INTEGER NOT NULL,
            requiresPolicy INTEGER NOT NULL, UNIQUE (repository, pattern));
        CREATE TABLE lock (
            id TEXT PRIMARY KEY, repository TEXT NOT NULL, path TEXT NOT NULL,
            userID INTEGER NOT NULL REFERENCES user ON DELETE CASCADE, locked INTEGER NOT NULL,
            UNIQUE (repository, path));
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, actor TEXT NOT NULL, address TEXT,
            request TEXT, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL);
        CREATE INDEX auditSubject ON audit (subject, id);
        """

    /// A secret of this server, made when it is first asked for.
    package func secret(_ name: String) throws -> [UInt8] {
        let fresh = try Secrets.random(32)
        return try database.write { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO setting (name, value) VALUES (?, ?)", arguments: [name, Data(fresh)])
            let value = try Data.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            return value.map { [UInt8]($0) } ?? fresh
        }
    }

    /// Whether the database answers.
    package func isReady() -> Bool {
        (try? database.read { try Int.fetchOne($0, sql: "SELECT 1") }) == 1
    }

    /// Writes a consistent copy of the database while it is in use.
    package func backup(to path: FilePath) throws {
        let copy = try DatabaseQueue(path: path.string)
        try database.backup(to: copy)
        try copy.close()
    }

    /// Adds a line to the audit log.
    package func record(_ entry: AuditEntry) throws {
        try database.write { try entry.insert(into: $0) }
    }

    /// The newest lines of the audit log, newest first.
    package func audit(subject: String? = nil, limit: Int = 100) throws -> [AuditEntry] {
        try database.read { database in
            try AuditEntry.fetchAll(
                database, sql: "SELECT * FROM audit WHERE ?1 IS NULL OR subject = ?1 ORDER BY id DESC LIMIT ?2",
                arguments: [subject, limit])
        }
    }
}

extension AuditEntry: FetchableRecord {
    func insert(into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO audit (time, actor, address, request, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
                """, arguments: [time, actor, address, request, action, subject, detail])
    }
}

extension User: FetchableRecord {
    static let columns = "id, name, isAdmin, isDisabled, created"
}

extension Token: FetchableRecord {
    static let columns = "id, userID, name, access, repositories, created, expires, revoked"
}

extension Protection: FetchableRecord {}
