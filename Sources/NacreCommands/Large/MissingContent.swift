internal import GitObjects
internal import LargeFiles
internal import Synchronization

/// The large files that a command was to write and whose content is nowhere; they stay absent. Said once, at its end.
final class MissingContent: Sendable {
    private let oids = Mutex<[GitPath: Hash256]>([:])
    private static let limit = 20

    /// Whether everything was there.
    var isEmpty: Bool { oids.withLock { $0.isEmpty } }

    /// Notes a file; from any thread.
    func note(_ path: GitPath, _ pointer: Pointer) { oids.withLock { $0[path] = pointer.oid } }

    /// Names the files, their content, and what can be done.
    func report(to errors: OutputStream) {
        let all = oids.withLock { $0.sorted { $0.key < $1.key } }
        guard !all.isEmpty else { return }
        for (path, oid) in all.prefix(Self.limit) {
            errors.line("error: \(String(decoding: path.quoted(), as: UTF8.self)): content \(oid) is not here")
        }
        if all.count > Self.limit { errors.line("error: … and \(all.count - Self.limit) files more") }
        errors.line("hint: use \"nacre large fetch <file>...\" when a remote has it, or \"nacre large repair\"")
    }
}
