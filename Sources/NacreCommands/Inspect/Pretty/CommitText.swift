internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc

/// A commit's content with the places that showing needs; what is not asked for is never looked at.
struct CommitText {
    let id: ObjectID
    let tree: ObjectID
    /// As the walk sees them: rewritten, or as written.
    let parents: [ObjectID]
    let content: [UInt8]
    private let authorLine: Range<Int>
    private let committerLine: Range<Int>
    /// The `encoding` header's value.
    let encoding: String?
    private let messageStart: Int

    init(_ id: ObjectID, tree: ObjectID, parents: [ObjectID], content: [UInt8]) {
        self.id = id
        self.tree = tree
        self.parents = parents
        var author = 0..<0
        var committer = 0..<0
        var encoding: String?
        var start = 0
        while start < content.count {
            let end = content[start...].firstIndex(of: 10) ?? content.count
            if end == start {
                start += 1
                break
            }
            let line = content[start..<end]
            if line.starts(with: "author ".utf8) {
                author = (start + 7)..<end
            } else if line.starts(with: "committer ".utf8) {
                committer = (start + 10)..<end
            } else if line.starts(with: "encoding ".utf8) {
                encoding = String(decoding: line.dropFirst(9), as: UTF8.self)
            }
            start = end + 1
        }
        authorLine = author
        committerLine = committer
        self.encoding = encoding
        messageStart = min(start, content.count)
        self.content = encoding.map { TextCoding.toUTF8(content, from: $0, keeping: start) } ?? content
    }

    init(_ id: ObjectID, _ objects: ObjectDatabase, tree: ObjectID? = nil, parents: [ObjectID]? = nil) throws {
        let content = try objects.read(id, as: .commit)
        guard let tree, let parents else {
            let links = try CommitLinks(parsing: content.span.bytes, algorithm: objects.algorithm)
            self.init(id, tree: tree ?? links.tree, parents: parents ?? links.parents, content: content)
            return
        }
        self.init(id, tree: tree, parents: parents, content: content)
    }

    /// A commit that a walk came to.
    init(_ entry: RevisionWalk.Entry, _ objects: ObjectDatabase) throws {
        let content = try entry.content ?? objects.read(entry.id, as: .commit)
        self.init(entry.id, tree: entry.tree, parents: entry.parents, content: content)
    }

    /// The parents as they stand in the commit, whatever the walk made of them.
    func writtenParents(_ algorithm: HashAlgorithm) throws -> [ObjectID] {
        try CommitLinks(parsing: content.span.bytes, algorithm: algorithm).parents
    }

    var author: Signature { Signature(parsing: content[clamped(authorLine)]) }
    var committer: Signature { Signature(parsing: content[clamped(committerLine)]) }

    private func clamped(_ range: Range<Int>) -> Range<Int> { range.clamped(to: 0..<content.count) }

    /// The header lines, without the empty line that ends them.
    var headers: ArraySlice<UInt8> { content[..<max(0, min(messageStart, content.count) - 1)] }

    /// Everything after the headers.
    var message: ArraySlice<UInt8> { content[min(messageStart, content.count)...] }

    /// The first paragraph, its lines joined by spaces.
    var subject: [UInt8] { Self.split(message).subject }

    /// What follows the first paragraph and the empty lines after it.
    var body: ArraySlice<UInt8> { Self.split(message).body }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 9 && byte <= 13) }

    /// Takes a message apart: the first paragraph as one line, and what follows it.
    static func split(_ message: ArraySlice<UInt8>) -> (subject: [UInt8], body: ArraySlice<UInt8>) {
        var subject: [UInt8] = []
        var start = message.startIndex
        var hasText = false
        while start < message.endIndex {
            let end = message[start...].firstIndex(of: 10) ?? message.endIndex
            var last = end
            while last > start, isSpace(message[last - 1]) { last -= 1 }
            if last == start {
                if hasText { break }
            } else {
                if hasText { subject.append(0x20) }
                subject += message[start..<last]
                hasText = true
            }
            start = min(end + 1, message.endIndex)
        }
        // Empty lines after the paragraph belong to neither.
        while start < message.endIndex {
            let end = message[start...].firstIndex(of: 10) ?? message.endIndex
            guard message[start..<end].allSatisfy(isSpace) else { break }
            start = min(end + 1, message.endIndex)
        }
        return (subject, message[start...])
    }
}

/// Text in other encodings than UTF-8.
enum TextCoding {
    static func isUTF8(_ name: String) -> Bool { ["utf-8", "utf8"].contains(name.lowercased()) }

    /// The content with everything in UTF-8; unchanged where that cannot be done.
    static func toUTF8(_ content: [UInt8], from name: String, keeping: Int) -> [UInt8] {
        if isUTF8(name) { return content }
        let latin = ["iso-8859-1", "iso8859-1", "latin-1", "latin1"]
        if latin.contains(name.lowercased()) {
            var result: [UInt8] = []
            for byte in content {
                if byte < 0x80 { result.append(byte) } else { result += [0xc0 | byte >> 6, 0x80 | byte & 0x3f] }
            }
            return result
        }
        guard let converter = iconv_open("UTF-8", name), converter != iconv_t(bitPattern: -1) else { return content }
        defer { iconv_close(converter) }
        var input = content.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: content.count * 4 + 16)
        var left = input.count
        var room = output.count
        let capacity = room
        let isDone = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                var from = source.baseAddress
                var to = target.baseAddress
                return iconv(converter, &from, &left, &to, &room) != Int.max && left == 0
            }
        }
        guard isDone else { return content }
        return output[..<(capacity - room)].map { UInt8(bitPattern: $0) }
    }
}
