internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

extension Context {
    /// Finds the objects that the words of this group's verbs name.
    func objectNames() throws -> RevisionResolver {
        let repository = try repository()
        var resolver = RevisionResolver(
            repository, now: Int64(time(nil)), localZone: { self.localZone(at: $0) },
            prefix: repository.workTree == nil ? .root : try prefix(), report: { self.errors.write($0 + "\n") })
        resolver.indexLookup = { path, stage in
            let index = try self.index()
            let entry = index.entries.first { $0.path == path && $0.stage.rawValue == stage }
            return entry.map { ($0.id, $0.mode.rawValue) }
        }
        return resolver
    }

    /// The object that a word names.
    ///
    /// - Throws: `Not a valid object name …` where there is none.
    func object(_ word: [UInt8], hint: RevisionResolver.Hint = .any) throws -> ObjectID {
        let text = String(decoding: word, as: UTF8.self)
        guard let found = try objectNames().find(text, hint: hint) else {
            throw CommandError.fatal("Not a valid object name \(text)")
        }
        return found.id
    }

    /// Everything on standard input.
    func readInput() throws -> [UInt8] { try Files.readAll(0, path: "-") }
}

/// Standard input, line by line, read as it comes: a program at the other end may wait for each answer.
struct InputLines {
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private let terminator: UInt8

    init(terminator: UInt8 = UInt8(ascii: "\n")) { self.terminator = terminator }

    /// The next line without its end, or nil.
    mutating func next() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: terminator) {
                let line = Array(buffer[start..<end])
                start = end + 1
                if start > 1 << 16 {
                    buffer.removeFirst(start)
                    start = 0
                }
                return line
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return Array(buffer[start...])
            }
            searched = buffer.count
            try fill()
        }
    }

    private mutating func fill() throws {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", "-")
            }
            if count == 0 { isAtEnd = true }
            buffer.append(contentsOf: piece[..<count])
            return
        }
    }
}
