internal import DataFormats
internal import GitTransport

/// A lock on a path, held on the server by somebody who does not want others to change the file meanwhile.
public struct LargeFileLock: Sendable, Hashable {
    /// The server's name for it.
    public let id: String
    /// The path from the top of the work tree.
    public let path: String
    /// Who holds it.
    public let owner: String
    /// Since when, as the server writes it.
    public let lockedAt: String

    init?(_ value: JSONValue?) {
        guard let value, let id = value["id"]?.text, let path = value["path"]?.text else { return nil }
        self.id = id
        self.path = path
        owner = value["owner"]?["name"]?.text ?? ""
        lockedAt = value["locked_at"]?.text ?? ""
    }
}

/// Git LFS' locks.
///
/// <https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md>
extension LargeFileRemote {
    /// How many pages of locks are read.
    private static let pageLimit = 1000

    /// The locks, those on a path or of an id where these are given.
    ///
    /// - Throws: ``TransferError`` where the server refuses or knows no locks, ``HTTPError``.
    public func locks(path: String? = nil, id: String? = nil) throws -> [LargeFileLock] {
        var locks: [LargeFileLock] = []
        var cursor: String?
        for _ in 0..<Self.pageLimit {
            let query = [("path", path), ("id", id), ("cursor", cursor)].compactMap { name, value in
                value.map { "\(name)=\(Self.encoded($0))" }
            }
            let address = "/locks" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
            let answer = try ask("GET", address, nil, "locks").value
            locks += (answer["locks"]?.elements ?? []).compactMap { LargeFileLock($0) }
            cursor = answer["next_cursor"]?.text
            guard cursor?.isEmpty == false else { return locks }
        }
        return locks
    }

    /// Takes a lock.
    ///
    /// - Throws: ``TransferError``, also where somebody holds one on the path.
    public func lock(_ path: String, ref: String?) throws -> LargeFileLock {
        let body = "{\"path\":\(LFSBatch.quote(path))\(Self.member(ref))}"
        let (status, answer) = try ask("POST", "/locks", body, "lock of '\(path)'", accepting: [409])
        guard let lock = LargeFileLock(answer["lock"]) else {
            throw TransferError(reason: "lock of '\(path)': the server's answer has no lock in it")
        }
        if status == 409 { throw TransferError(reason: "'\(path)' is locked by \(lock.owner) already") }
        return lock
    }

    /// Gives a lock back; `isForced` breaks that of somebody else.
    ///
    /// - Throws: ``TransferError`` where the server refuses.
    public func unlock(_ id: String, isForced: Bool, ref: String?) throws {
        _ = try ask(
            "POST", "/locks/\(Self.encoded(id))/unlock", "{\"force\":\(isForced)\(Self.member(ref))}", "unlock")
    }

    /// The locks that others hold; empty where the server knows no locks.
    func foreignLocks(ref: String?) throws -> [LargeFileLock] {
        var locks: [LargeFileLock] = []
        var cursor = ""
        for _ in 0..<Self.pageLimit {
            let body = "{\"limit\":1000,\"cursor\":\(LFSBatch.quote(cursor))\(Self.member(ref))}"
            let (status, answer) = try ask("POST", "/locks/verify", body, "locks", accepting: [404, 405, 501])
            guard (200..<300).contains(status) else { return [] }
            locks += (answer["theirs"]?.elements ?? []).compactMap { LargeFileLock($0) }
            cursor = answer["next_cursor"]?.text ?? ""
            if cursor.isEmpty { return locks }
        }
        return locks
    }

    /// Stops what would change a file that somebody else has locked.
    ///
    /// - Throws: ``TransferError`` that names the first.
    func checkLocks(_ paths: Set<String>, ref: String?) throws {
        guard let lock = try foreignLocks(ref: ref).first(where: { paths.contains($0.path) }) else { return }
        throw TransferError(
            reason:
                "cannot push '\(lock.path)': it is locked by \(lock.owner) (lock \(lock.id), taken \(lock.lockedAt))")
    }

    private static func member(_ ref: String?) -> String {
        ref.map { ",\"ref\":{\"name\":\(LFSBatch.quote($0))}" } ?? ""
    }

    /// With percent signs where an address has a meaning of its own for a byte.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a
                || "-._~/".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(decoding: [byte], as: UTF8.self) : (byte < 16 ? "%0" : "%") + digits
        }.joined()
    }

    private func ask(
        _ method: String, _ address: String, _ body: String?, _ what: String, accepting others: Set<Int> = []
    ) throws -> (status: Int, value: JSONValue) {
        var headers = [(name: "Accept", value: LFSBatch.mediaType)]
        if body != nil { headers.append(("Content-Type", LFSBatch.mediaType)) }
        let request = HTTPRequest(
            method, endpoint + address, headers: headers, body: body.map { .bytes(Array($0.utf8)) } ?? .none)
        let (response, bytes) = try exchange(request, limit: 64 << 20)
        guard response.isSuccess || others.contains(response.status) else {
            throw TransferError(reason: Self.reason(what, response))
        }
        let text = response.isSuccess ? bytes : response.errorBody
        guard let value = try? JSONScanner.parse(text) else {
            if !response.isSuccess { return (response.status, .null) }
            throw TransferError(reason: "\(what): the server's answer is not JSON")
        }
        return (response.status, value)
    }
}
