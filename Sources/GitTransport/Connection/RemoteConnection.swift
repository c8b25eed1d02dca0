public import GitProtocol
public import SystemPackage

/// A way to a repository that another program (or this one, for local paths) serves. Used by one thread at a time.
public protocol RemoteConnection: AnyObject {
    /// Whether each request must say all again, because nobody remembers the last.
    var isStateless: Bool { get }

    /// Where it leads, without credentials: what messages show.
    var displayURL: String { get }

    /// Connects, and returns what the server says first. `version` is the highest that is spoken.
    ///
    /// - Throws: ``ProtocolError``, ``HTTPError`` or ``TransportError``.
    func open(_ service: Service, version: ProtocolVersion) throws -> RefAdvertisement

    /// Sends a request and gives the answer's packets to `receive` until it returns true: that was the last.
    ///
    /// - Throws: ``ProtocolError/hungUp`` where the answer ends before that; what `receive` throws.
    func exchange(_ body: RequestBody, _ receive: (PktLine) throws -> Bool) throws

    /// Says that nothing more is asked.
    func close()
}

/// What is sent with a request.
public enum RequestBody: Sendable {
    /// These bytes.
    case bytes([UInt8])
    /// These bytes, then a file's.
    case file(prefix: [UInt8], path: FilePath, size: Int64)

    /// How long it is.
    var size: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(let prefix, _, let size): Int64(prefix.count) + size
        }
    }

    /// The body piece by piece.
    func source() throws(TransportError) -> ByteSource {
        switch self {
        case .bytes(let bytes):
            var rest = bytes
            return {
                defer { rest = [] }
                return rest
            }
        case .file(let prefix, let path, _):
            let file = try FileSource(path)
            var first = prefix
            return {
                if !first.isEmpty {
                    defer { first = [] }
                    return first
                }
                return try file.next()
            }
        }
    }
}
