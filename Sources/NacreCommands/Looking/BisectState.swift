internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// What git-bisect(1) keeps between two commands: refs below `refs/bisect/`, and the files `BISECT_*`. Either program can go
/// on with what the other began.
struct BisectState {
    /// What the two states are called.
    struct Terms: Equatable {
        var bad = "bad"
        var good = "good"
    }

    private static let files = [
        "BISECT_EXPECTED_REV", "BISECT_ANCESTORS_OK", "BISECT_LOG", "BISECT_NAMES", "BISECT_RUN", "BISECT_TERMS",
        "BISECT_FIRST_PARENT", "head-name", "BISECT_START",
    ]

    let context: Context
    let repository: Repository

    // MARK: Files

    func file(_ name: String) -> FilePath { repository.gitDirectory.appending(name) }

    func read(_ name: String) throws -> [UInt8]? { try Files.readIfPresent(file(name)) }

    func write(_ name: String, _ text: String) throws {
        try TemporaryFile.replace(file(name), with: Array(text.utf8), synchronizing: false)
    }

    /// Whether a file is there and holds something.
    func has(_ name: String) throws -> Bool { try read(name)?.isEmpty == false }

    func log(_ text: String) throws { try log(Array(text.utf8)) }

    func log(_ bytes: [UInt8]) throws {
        let content = try read("BISECT_LOG") ?? []
        try TemporaryFile.replace(file("BISECT_LOG"), with: content + bytes, synchronizing: false)
    }

    func terms() throws -> Terms? {
        guard let content = try read("BISECT_TERMS") else { return nil }
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return Terms(bad: lines.first.map(String.init) ?? "", good: lines.count > 1 ? String(lines[1]) : "")
    }

    /// The commit that was checked out to be tested.
    func expected() throws -> ObjectID? {
        guard let content = try read("BISECT_EXPECTED_REV") else { return nil }
        let digits = content.prefix(repository.algorithm.hexCount)
        return ObjectID(hex: digits, algorithm: repository.algorithm)
    }

    /// The paths that a bisection is limited to, as they were given.
    func names() throws -> [[UInt8]] {
        guard let content = try read("BISECT_NAMES") else { return [] }
        return BisectQuoting.unquote(content) ?? []
    }

    // MARK: Refs

    static let headName = RefName(unchecked: Array("BISECT_HEAD".utf8))

    /// The refs of a bisection by what follows `refs/bisect/`.
    func refs() throws -> [(name: String, id: ObjectID)] {
        try repository.refs.list(prefix: "refs/bisect/").compactMap { ref in
            ref.id.map { (String(ref.name.string.dropFirst("refs/bisect/".count)), $0) }
        }
    }

    func set(_ name: RefName, to id: ObjectID) throws {
        var transaction = repository.refs.beginTransaction()
        transaction.update(name, to: id, message: "", followingSymbolic: false)
        try transaction.commit(committer: try context.reflogIdentity())
    }

    func hasHead() throws -> Bool { try repository.refs.resolve(Self.headName) != nil }

    /// Takes everything away.
    func clean() throws {
        var transaction = repository.refs.beginTransaction()
        for ref in try repository.refs.list(prefix: "refs/bisect/") {
            transaction.delete(ref.name, message: "bisect: remove", followingSymbolic: false)
        }
        if try hasHead() { transaction.delete(Self.headName, message: "bisect: remove", followingSymbolic: false) }
        if !transaction.isEmpty { try transaction.commit(committer: try context.reflogIdentity()) }
        for name in Self.files { try Files.remove(file(name)) }
    }
}

/// Words for the shell in single quotes, one blank before each, as Git writes them.
enum BisectQuoting {
    static func quote(_ words: some Sequence<[UInt8]>) -> [UInt8] {
        var result: [UInt8] = []
        for word in words {
            result += [0x20, UInt8(ascii: "'")]
            for byte in word {
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "!") {
                    result += [UInt8(ascii: "'"), UInt8(ascii: "\\"), byte, UInt8(ascii: "'")]
                } else {
                    result.append(byte)
                }
            }
            result.append(UInt8(ascii: "'"))
        }
        return result
    }

    /// The words of a quoted line; nil where it is not written so.
    static func unquote(_ text: some Collection<UInt8>) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var rest = Array(text)[...]
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 9 || $0 == 10 || $0 == 13 }
        rest = rest.drop(while: isBlank)
        while rest.first == UInt8(ascii: "'") {
            var word: [UInt8] = []
            rest = rest.dropFirst()
            while true {
                guard let end = rest.firstIndex(of: UInt8(ascii: "'")) else { return nil }
                word += rest[..<end]
                rest = rest[(end + 1)...]
                guard rest.count > 2, rest.first == UInt8(ascii: "\\") else { break }
                word.append(rest[rest.startIndex + 1])
                rest = rest.dropFirst(2)
                guard rest.first == UInt8(ascii: "'") else { return nil }
                rest = rest.dropFirst()
            }
            words.append(word)
            rest = rest.drop(while: isBlank)
        }
        return rest.isEmpty ? words : nil
    }
}
