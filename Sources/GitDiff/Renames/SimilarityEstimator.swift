internal import Bytes
internal import GitObjects

/// Estimates how alike two files are, keeping what it learned about each.
struct SimilarityEstimator {
    private let source: any DiffSource
    private var fingerprints: [DiffSide: ContentFingerprint] = [:]
    private var sizes: [DiffSide: Int] = [:]
    private var ids: [GitPath: ObjectID] = [:]

    init(source: any DiffSource) { self.source = source }

    /// The id of a side, hashed where it is a work-tree file.
    mutating func id(of side: DiffSide) throws(DiffError) -> ObjectID {
        guard side.isUnhashed, side.mode != .gitlink else { return side.id }
        if let id = ids[side.path] { return id }
        let id = ObjectID.hash(.blob, try source.content(of: side), source.algorithm)
        ids[side.path] = id
        return id
    }

    mutating func forget(_ side: DiffSide) { fingerprints[side] = nil }

    mutating func fingerprint(_ side: DiffSide) throws(DiffError) -> ContentFingerprint {
        if let known = fingerprints[side] { return known }
        let content = try source.content(of: side)
        let isBinary = BinaryRule.isBinary(content, source.attributes(of: side.path))
        let fingerprint = ContentFingerprint(content, isText: !isBinary)
        fingerprints[side] = fingerprint
        return fingerprint
    }

    private mutating func size(_ side: DiffSide) throws(DiffError) -> Int {
        if let known = sizes[side] { return known }
        let size = try source.size(of: side)
        sizes[side] = size
        return size
    }

    /// How much of the larger file stands in both, of ``DiffEntry/maximumScore``; 0 where the sizes alone say that it is less
    /// than the minimum.
    mutating func score(_ old: DiffSide, _ new: DiffSide, minimum: Int) throws(DiffError) -> Int {
        guard old.mode?.isRegular == true, new.mode?.isRegular == true else { return 0 }
        let oldSize = try size(old)
        let newSize = try size(new)
        let larger = max(oldSize, newSize)
        let difference = larger - min(oldSize, newSize)
        let most = DiffEntry.maximumScore
        guard larger.multipliedReportingOverflow(by: most).overflow == false,
            larger * (most - minimum) >= difference * most, newSize > 0
        else { return 0 }
        let copied = ContentFingerprint.compare(try fingerprint(old), try fingerprint(new)).copied
        return copied * most / larger
    }
}

/// Git's rule for what is binary.
enum BinaryRule {
    /// How far a file is looked at.
    private static let window = 8000

    static func isBinary(_ content: [UInt8], _ attributes: DiffAttributes) -> Bool {
        attributes.isBinary ?? attributes.driver?.isBinary ?? isBinary(content)
    }

    /// Whether a NUL stands near the beginning.
    static func isBinary(_ content: [UInt8]) -> Bool {
        let end = min(content.count, window)
        return content.span.bytes.extracting(first: end).firstIndex(of: 0) != nil
    }
}
