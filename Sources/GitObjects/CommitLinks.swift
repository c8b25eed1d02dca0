public import Bytes

/// What a walk through history needs of a commit: its tree, parents and time; nothing of the rest is looked at.
public struct CommitLinks: Sendable, Hashable {
    /// The tree.
    public let tree: ObjectID
    /// The commits that it follows, in order.
    public let parents: [ObjectID]
    /// The committer's time, seconds since 1970; 0 where there is none.
    public let time: Int64
    /// The corrected commit date of a commit-graph (generation number v2), or nil where it is not known: greater than
    /// that of every ancestor.
    public let generation: UInt64?

    /// Makes links.
    public init(tree: ObjectID, parents: [ObjectID], time: Int64, generation: UInt64? = nil) {
        self.tree = tree
        self.parents = parents
        self.time = time
        self.generation = generation
    }

    /// Reads the beginning of a commit.
    ///
    /// - Throws: ``ObjectError/malformed(_:offset:expected:)`` where the tree or a parent is not well-formed.
    /// - Complexity: linear in the header lines up to `committer`.
    public init(parsing content: RawSpan, algorithm: HashAlgorithm) throws(ObjectError) {
        let hex = algorithm.hexCount
        guard Self.has("tree ", content, at: 0),
            let tree = ObjectID(hexIn: content, at: 5, algorithm: algorithm),
            5 + hex < content.byteCount, content[5 + hex] == UInt8(ascii: "\n")
        else { throw .malformed(.commit, offset: 0, expected: "'tree' and an object id") }
        var offset = 6 + hex
        var parents: [ObjectID] = []
        while Self.has("parent ", content, at: offset) {
            guard let parent = ObjectID(hexIn: content, at: offset + 7, algorithm: algorithm),
                offset + 7 + hex < content.byteCount, content[offset + 7 + hex] == UInt8(ascii: "\n")
            else { throw .malformed(.commit, offset: offset, expected: "'parent' and an object id") }
            parents.append(parent)
            offset += 8 + hex
        }
        self.tree = tree
        self.parents = parents
        time = Self.time(content, from: offset)
        generation = nil
    }

    @inline(__always)
    private static func has(_ word: StaticString, _ content: RawSpan, at offset: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard offset <= content.byteCount - length else { return false }
        for index in 0..<length where content[offset + index] != word.utf8Start[index] { return false }
        return true
    }

    /// The number after the last `>` of the committer line.
    private static func time(_ content: RawSpan, from start: Int) -> Int64 {
        guard has("author ", content, at: start), let end = content.firstIndex(of: 10, from: start),
            has("committer ", content, at: end + 1)
        else { return 0 }
        let lineEnd = content.firstIndex(of: 10, from: end + 1) ?? content.byteCount
        var position = lineEnd - 1
        while position > end, content[position] != UInt8(ascii: ">") { position -= 1 }
        guard position > end else { return 0 }
        position += 1
        while position < lineEnd, content[position] == UInt8(ascii: " ") { position += 1 }
        var value: Int64 = 0
        while position < lineEnd {
            let digit = content[position]
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { break }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { return 0 }
            value = sum
            position += 1
        }
        return value
    }
}
