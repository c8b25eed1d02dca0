internal import Bytes
internal import Glibc
internal import SystemPackage

/// `gc.pid`: says that a clean-up is under way, in Git's form, so that stock git and this program keep out of each other's
/// way.
final class MaintenanceLock {
    private let path: FilePath

    /// A lock older than this is of a machine that went away.
    private static let lifetime: Int64 = 12 * 3600

    /// Takes the lock.
    ///
    /// - Throws: ``RepositoryError`` with `.conflict`, which names the process that holds it.
    init(_ directory: FilePath, forcing: Bool) throws {
        path = directory.appending("gc.pid")
        var lock = try LockFile(path)
        let host = Self.hostName
        if !forcing, let holder = try Self.holder(path, host: host) {
            throw RepositoryError(
                .conflict, "gc is already running on machine '\(holder.host)' pid \(holder.pid) (use --force if not)",
                subject: path.string)
        }
        try lock.output.write(Array("\(getpid()) \(host)".utf8))
        try lock.commit()
    }

    deinit { _ = try? Files.remove(path) }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func holder(_ path: FilePath, host: String) throws -> (pid: Int32, host: String)? {
        guard let status = try FileStatus.of(path), Int64(time(nil)) - status.modified.seconds < lifetime,
            let content = try Files.readIfPresent(path, limit: 4096)
        else { return nil }
        let fields = String(decoding: content, as: UTF8.self).split(separator: " ")
        guard fields.count == 2, let pid = Int32(fields[0]), pid > 0 else { return nil }
        let name = String(fields[1].prefix { $0 != "\n" })
        // On this machine it can be asked whether the process lives.
        if name == host, kill(pid, 0) != 0, errno == ESRCH { return nil }
        return (pid, name)
    }
}
