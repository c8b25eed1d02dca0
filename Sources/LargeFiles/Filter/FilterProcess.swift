internal import Bytes
public import GitObjects
internal import Glibc
public import SystemPackage

/// Git's long-running filter protocol, version 2, spoken as the filter: stock git starts it once and sends every file that an
/// attribute `filter=lfs` names.
///
/// <https://git-scm.com/docs/gitattributes#_long_running_filter_process>
public struct FilterProcess: ~Copyable {
    /// Git broke the protocol, or the connection did.
    public struct ProtocolError: Error, CustomStringConvertible {
        /// What was expected.
        public let expected: String
        public var description: String { "git filter protocol: expected \(expected)" }
    }

    private let store: LargeFileStore
    private let temporaryDirectory: FilePath
    private let previous: (GitPath) -> Hash256?
    private let input: Int32
    private let output: Int32
    private var pending: [UInt8] = []

    /// Prepares a conversation.
    ///
    /// - Parameters:
    ///   - temporaryDirectory: where content waits until all of it has arrived; made when needed.
    ///   - previous: the content that a path has in the index, which deltas are made against.
    public init(
        store: LargeFileStore, temporaryDirectory: FilePath, input: Int32, output: Int32,
        previous: @escaping (GitPath) -> Hash256?
    ) {
        self.store = store
        self.temporaryDirectory = temporaryDirectory
        self.previous = previous
        self.input = input
        self.output = output
    }

    /// Serves until git closes the connection.
    public mutating func run() throws {
        guard try packet() == .text("git-filter-client") else { throw ProtocolError(expected: "git-filter-client") }
        guard try list().contains("version=2") else { throw ProtocolError(expected: "version=2") }
        send(lines: ["git-filter-server", "version=2"])
        let offered = Set(try list())
        send(lines: ["capability=clean", "capability=smudge"].filter { offered.contains($0) })
        while let first = try packet() {
            guard case .data(let bytes) = first else { throw ProtocolError(expected: "a command") }
            let lines = [FilterProcess.text(bytes)] + (try rawList())
            let command = FilterProcess.value("command", lines).map { String(decoding: $0, as: UTF8.self) }
            let path = GitPath(FilterProcess.value("pathname", lines) ?? [])
            switch command {
            case "clean": try clean(path)
            case "smudge": try smudge()
            default:
                try discard()
                send(lines: ["status=error"])
            }
        }
        try flush()
    }

    // MARK: Commands

    private mutating func clean(_ path: GitPath) throws {
        try Files.makeDirectory(temporaryDirectory)
        var file = try TemporaryFile(in: temporaryDirectory, prefix: "clean")
        var head: [UInt8] = []
        var size = 0
        while case .data(let bytes)? = try packet() {
            if head.count <= Pointer.maximumLength { head += bytes.prefix(Pointer.maximumLength + 1) }
            size += bytes.count
            try file.output.write(bytes)
        }
        // What is a pointer already stays one; nothing stays nothing.
        if size <= Pointer.maximumLength, size == 0 || Pointer(parsing: head) != nil {
            reply(head)
            return
        }
        do {
            let added = try store.add([.init(path: file.path, previous: previous(path))])
            reply(added.first.map { Pointer(oid: $0.oid, size: $0.size).encoded } ?? [])
        } catch {
            send(lines: ["status=error"])
        }
        try flush()
    }

    private mutating func smudge() throws {
        var blob: [UInt8] = []
        // What is no pointer goes back as it came; it is held until git has sent all, because git reads only then.
        while case .data(let bytes)? = try packet() { blob += bytes }
        var pointer = Pointer(parsing: blob)
        if let wanted = pointer, try !store.contains(wanted.oid) { pointer = nil }
        guard let pointer else {
            // Content that is not here leaves its pointer, as git-lfs does when told not to fetch.
            reply(blob)
            return
        }
        send(lines: ["status=success"])
        do {
            try store.read(pointer.oid) { (bytes) throws(FileError) in
                var offset = 0
                while offset < bytes.count {
                    let count = min(65_516, bytes.count - offset)
                    send(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                    offset += count
                    if pending.count > 1 << 20 { try flushFile() }
                }
            }
            sendFlush()
            sendFlush()
        } catch {
            sendFlush()
            send(lines: ["status=error"])
        }
        try flush()
    }

    private mutating func discard() throws {
        while case .data? = try packet() {}
    }

    private mutating func reply(_ content: [UInt8]) {
        send(lines: ["status=success"])
        var offset = 0
        while offset < content.count {
            let count = min(65_516, content.count - offset)
            content.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
            offset += count
        }
        sendFlush()
        sendFlush()
        _ = try? flush()
    }

    // MARK: Packets

    private enum Packet: Equatable {
        case data([UInt8])
        case flush

        static func text(_ text: String) -> Packet { .data(Array((text + "\n").utf8)) }
    }

    /// The next packet; nil where the connection ends between packets.
    private func packet() throws -> Packet? {
        guard let head = try read(4, isEndAllowed: true) else { return nil }
        guard let length = Int(String(decoding: head, as: UTF8.self), radix: 16), length == 0 || length >= 4 else {
            throw ProtocolError(expected: "a packet's length")
        }
        if length == 0 { return .flush }
        return .data(try read(length - 4, isEndAllowed: false) ?? [])
    }

    private func read(_ count: Int, isEndAllowed: Bool) throws -> [UInt8]? {
        var isBroken = false
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, initialized in
            initialized = 0
            while initialized < count {
                let got = Glibc.read(input, buffer.baseAddress! + initialized, count - initialized)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 {
                    isBroken = true
                    return
                }
                initialized += got
            }
        }
        guard isBroken else { return bytes }
        if bytes.isEmpty && isEndAllowed { return nil }
        throw ProtocolError(expected: "\(count) bytes, not the end")
    }

    private static func text(_ bytes: [UInt8]) -> [UInt8] { bytes.last == 10 ? Array(bytes.dropLast()) : bytes }

    private func rawList() throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        while case .data(let bytes)? = try packet() { lines.append(FilterProcess.text(bytes)) }
        return lines
    }

    private func list() throws -> [String] { try rawList().map { String(decoding: $0, as: UTF8.self) } }

    private static func value(_ key: String, _ lines: [[UInt8]]) -> [UInt8]? {
        let prefix = Array("\(key)=".utf8)
        return lines.first { $0.starts(with: prefix) }.map { Array($0.dropFirst(prefix.count)) }
    }

    private mutating func send(_ bytes: UnsafeRawBufferPointer) {
        let digits = String(bytes.count + 4, radix: 16)
        pending += Array((String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        pending.append(contentsOf: bytes)
    }

    private mutating func sendFlush() { pending += Array("0000".utf8) }

    private mutating func send(lines: [String]) {
        for line in lines { Array((line + "\n").utf8).withUnsafeBytes { send($0) } }
        sendFlush()
        _ = try? flush()
    }

    private mutating func flush() throws {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes { Glibc.write(output, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ProtocolError(expected: "a reader") }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func flushFile() throws(FileError) {
        do { try flush() } catch { throw FileError("write", "the filter's output") }
    }
}
