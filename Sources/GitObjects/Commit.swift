public import Bytes

/// A snapshot: a tree, the commits before it, who made it and why.
public struct Commit: Sendable, Hashable {
    private var headers: Headers
    /// The tree.
    public let tree: ObjectID
    /// The commits that it follows, in order.
    public let parents: [ObjectID]
    /// Who wrote the change.
    public let author: Signature
    /// Who made the commit.
    public let committer: Signature
    /// Everything after the headers, as written; see ``encoding``.
    public var message: [UInt8]

    /// The `encoding` header, where the message is not UTF-8.
    public var encoding: String? { headers.first("encoding").map { String(decoding: $0, as: UTF8.self) } }

    /// A signature header's value (`gpgsig`, or `gpgsig-sha256` in a SHA-256 repository), its lines not indented.
    public func signature(_ algorithm: HashAlgorithm) -> [UInt8]? {
        headers.first(algorithm == .sha1 ? "gpgsig" : "gpgsig-sha256")
    }

    /// The headers that are not tree, parent, author or committer, in order: `encoding`, `gpgsig`, `mergetag`, ….
    public var extraHeaders: [(name: String, value: [UInt8])] {
        headers.lines.filter { !["tree", "parent", "author", "committer"].contains($0.name) }
            .map { ($0.name, $0.value) }
    }

    /// Makes a commit. `extraHeaders` follow the committer in order.
    public init(
        tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: [UInt8],
        extraHeaders: [(name: String, value: [UInt8])] = []
    ) {
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.message = message
        headers = Headers()
        headers.lines = [.init(name: "tree", value: tree.hexBytes)]
        headers.lines += parents.map { .init(name: "parent", value: $0.hexBytes) }
        headers.lines.append(.init(name: "author", value: author.encoded))
        headers.lines.append(.init(name: "committer", value: committer.encoded))
        headers.lines += extraHeaders.map { .init(name: $0.name, value: $0.value) }
    }

    /// Reads a commit as leniently as Git: only the tree and well-formed parents are needed.
    ///
    /// - Throws: ``ObjectError/malformed(_:offset:expected:)`` where the tree is missing, or an id has the wrong length.
    public init(parsing content: [UInt8], algorithm: HashAlgorithm) throws(ObjectError) {
        var messageStart = 0
        headers = try Headers(parsing: content, kind: .commit, messageStart: &messageStart)
        guard let first = headers.lines.first, first.name == "tree",
            let tree = ObjectID(hex: first.value, algorithm: algorithm)
        else { throw .malformed(.commit, offset: 0, expected: "'tree' and an object id") }
        self.tree = tree
        var parents: [ObjectID] = []
        for line in headers.lines.dropFirst().prefix(while: { $0.name == "parent" }) {
            guard let parent = ObjectID(hex: line.value, algorithm: algorithm) else {
                throw .malformed(.commit, offset: headers.offset(of: "parent"), expected: "'parent' and an object id")
            }
            parents.append(parent)
        }
        self.parents = parents
        author = Signature(parsing: headers.first("author") ?? [])
        committer = Signature(parsing: headers.first("committer") ?? [])
        message = Array(content[messageStart...])
    }

    /// The content of the commit object; equal to what was parsed.
    public var encoded: [UInt8] {
        var output: [UInt8] = []
        headers.encode(into: &output)
        output.append(contentsOf: message)
        return output
    }

    /// The content that a signature covers: the commit without its signature headers.
    public var signedContent: [UInt8] {
        var copy = self
        copy.headers.lines.removeAll { $0.name == "gpgsig" || $0.name == "gpgsig-sha256" }
        return copy.encoded
    }

    /// The first paragraph as one line: what `%s` prints.
    public var subject: [UInt8] { Message.subject(message) }
}

/// The shape of commit and tag messages.
public enum Message {
    /// The first paragraph, its lines joined by spaces, leading blank lines passed over.
    public static func subject(_ message: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for line in message.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            var line = line
            while let last = line.last, last == 0x20 || (9...13).contains(last) { line.removeLast() }
            if line.isEmpty {
                if result.isEmpty { continue }
                break
            }
            if !result.isEmpty { result.append(UInt8(ascii: " ")) }
            result.append(contentsOf: line)
        }
        return result
    }
}
