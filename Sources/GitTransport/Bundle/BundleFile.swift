public import Bytes
public import GitObjects
internal import GitRefs
internal import Glibc
public import SystemPackage

/// A bundle: refs and a pack in one file, to be carried where no network leads.
///
/// A line with the version, in version 3 lines of capabilities (`@object-format=sha256`, `@filter=blob:none`), a line
/// `-<id> <comment>` for each commit that the receiver must have, a line `<id> <ref>` for each ref, an empty line, the pack.
/// <https://git-scm.com/docs/gitformat-bundle>
public struct BundleFile: Sendable {
    /// An object that a header line names, with what follows it.
    public struct Line: Sendable, Hashable {
        /// The object.
        public let id: ObjectID
        /// The ref's name, or a comment.
        public let text: [UInt8]

        /// Makes a line.
        public init(id: ObjectID, text: [UInt8]) {
            self.id = id
            self.text = text
        }
    }

    /// 2 or 3.
    public var version = 2
    /// How objects are named.
    public var algorithm = HashAlgorithm.sha1
    /// What was left out of the pack; nil for nothing.
    public var filter: String?
    /// Commits that the receiver must have.
    public var prerequisites: [Line] = []
    /// The refs.
    public var refs: [Line] = []
    /// Where the file is.
    public let path: FilePath
    /// Where the pack begins.
    public private(set) var packOffset = 0

    /// A bundle to be written to a file.
    public init(path: FilePath) { self.path = path }

    private static let signatures = [2: Array("# v2 git bundle".utf8), 3: Array("# v3 git bundle".utf8)]
    private static let headerLimit = 256 << 20

    /// Whether a file begins as a bundle does.
    public static func isBundle(_ path: FilePath) -> Bool {
        guard ((try? FileStatus.of(path, followingLinks: true)) ?? nil)?.kind == .regular,
            let source = try? FileSource(path), let start = try? source.next()
        else { return false }
        return signatures.values.contains { start.starts(with: $0 + [10]) }
    }

    /// Reads a bundle's header.
    ///
    /// - Throws: ``BundleError`` where it is none, ``TransportError/file(_:)`` where it cannot be read.
    public init(reading path: FilePath) throws {
        self.path = path
        let source = try FileSource(path)
        var buffer: [UInt8] = []
        var offset = 0
        func line() throws -> [UInt8] {
            while true {
                if let end = buffer[offset...].firstIndex(of: 10) {
                    defer { offset = end + 1 }
                    return Array(buffer[offset..<end])
                }
                let piece = try source.next()
                guard !piece.isEmpty, buffer.count + piece.count <= Self.headerLimit else {
                    throw BundleError.truncated(path.string)
                }
                buffer += piece
            }
        }
        let first = try? line()
        guard let first, let version = Self.signatures.first(where: { $0.value == first })?.key else {
            throw BundleError.notABundle(path.string)
        }
        self.version = version
        while true {
            let text = try line()
            if text.isEmpty { break }
            try take(text)
        }
        packOffset = offset
    }

    private mutating func take(_ line: [UInt8]) throws(BundleError) {
        if version == 3, line.first == UInt8(ascii: "@") {
            let text = String(decoding: line.dropFirst(), as: UTF8.self)
            if let name = text.dropping("object-format=") {
                guard let known = HashAlgorithm(name: name) else { throw .unknownAlgorithm(name) }
                algorithm = known
            } else if let spec = text.dropping("filter=") {
                filter = spec
            } else {
                throw .unknownCapability(text)
            }
            return
        }
        let isPrerequisite = line.first == UInt8(ascii: "-")
        let rest = line.dropFirst(isPrerequisite ? 1 : 0)
        let digits = rest.prefix(algorithm.hexCount)
        let text = Array(rest.dropFirst(digits.count))
        guard let id = ObjectID(hex: digits, algorithm: algorithm),
            isPrerequisite
                ? text.isEmpty || text[0] == 32
                : text.first == 32 && RefName.isValid(text.dropFirst().map { $0 }, options: .oneLevel)
        else { throw .badLine(path.string, String(decoding: line.prefix(200), as: UTF8.self)) }
        // Comments are for people who look into the file.
        let entry = Line(id: id, text: isPrerequisite ? [] : Array(text.dropFirst()))
        if isPrerequisite { prerequisites.append(entry) } else { refs.append(entry) }
    }

    /// The header as it stands in the file.
    public var header: [UInt8] {
        var output = (Self.signatures[version] ?? []) + [10]
        if version == 3 {
            output += Array("@object-format=\(algorithm.name)\n".utf8)
            if let filter { output += Array("@filter=\(filter)\n".utf8) }
        }
        for line in prerequisites { output += [UInt8(ascii: "-")] + line.id.hexBytes + [32] + line.text + [10] }
        for line in refs { output += line.id.hexBytes + [32] + line.text + [10] }
        return output + [10]
    }

    /// Gives the pack's bytes, piece by piece.
    public func readPack(_ sink: ([UInt8]) throws -> Void) throws {
        let source = try FileSource(path)
        var skipped = 0
        while true {
            var piece = try source.next()
            if piece.isEmpty { return }
            if skipped < packOffset {
                let count = min(piece.count, packOffset - skipped)
                piece.removeFirst(count)
                skipped += count
            }
            if !piece.isEmpty { try sink(piece) }
        }
    }
}

/// What is wrong with a bundle.
public enum BundleError: Error, CustomStringConvertible {
    /// It begins otherwise.
    case notABundle(String)
    /// It ends within its header.
    case truncated(String)
    /// A line of its header is none.
    case badLine(String, String)
    /// It was made by a newer program.
    case unknownCapability(String)
    /// Its objects are named in another way.
    case unknownAlgorithm(String)
    /// Commits are not here that it builds on.
    case missingPrerequisites([BundleFile.Line])

    /// What is wrong, in Git's words where it has them.
    public var description: String {
        switch self {
        case .notABundle(let path): "'\(path)' does not look like a v2 or v3 bundle file"
        case .truncated(let path): "bundle '\(path)' ends within its header"
        case .badLine(let path, let line): "unrecognized header in bundle '\(path)': \(line)"
        case .unknownCapability(let text): "unknown capability '\(text)'"
        case .unknownAlgorithm(let name): "unrecognized bundle hash algorithm: \(name)"
        case .missingPrerequisites(let lines):
            "Repository lacks these prerequisite commits:"
                + lines.map { "\nerror: \($0.id.hex) " + String(decoding: $0.text, as: UTF8.self) }.joined()
        }
    }
}

extension String {
    fileprivate func dropping(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
