public import Bytes
public import GitObjects

/// Where a comparison reads trees and contents. The layers above put their own in place: work-tree files, filters that turn
/// a pointer into a summary of the file behind it, attributes.
public protocol DiffSource: Sendable {
    /// The hash function of the repository.
    var algorithm: HashAlgorithm { get }

    /// The content of a tree object, not parsed. The empty tree is always known.
    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8]

    /// The content of a side that exists and is no gitlink: of its object, or, where that is unhashed, of the work-tree
    /// file as it would be stored.
    func content(of side: DiffSide) throws(DiffError) -> [UInt8]

    /// How many bytes ``content(of:)`` has, where that can be told without reading it all.
    func size(of side: DiffSide) throws(DiffError) -> Int

    /// Says which objects will be read soon, so that a source far away can bring them at once.
    func prefetch(_ ids: [ObjectID])

    /// A text that people are shown in place of the content (`textconv`), or nil for the content itself.
    func shownText(of side: DiffSide) throws(DiffError) -> [UInt8]?

    /// The length of the content that a blob only stands for (a pointer); nil for a blob that is the content.
    func lengthBehind(_ blob: [UInt8]) -> Int?

    /// The content that a side's blob only stands for; nil for a blob that is the content, or that stands for more than can be
    /// looked through.
    func contentBehind(_ blob: [UInt8], _ side: DiffSide) throws(DiffError) -> [UInt8]?

    /// What people are told of two sides of which one or both only stand for their content, in lines.
    func comparison(_ old: DiffSide, _ new: DiffSide) throws(DiffError) -> [[UInt8]]

    /// The commit that stands in the work tree at a gitlink; nil where that is not known.
    func nestedCommit(_ path: GitPath) -> ObjectID?

    /// What the attributes say about a path.
    func attributes(of path: GitPath) -> DiffAttributes

    /// Whether there may be programs of the user's that show changes.
    var hasExternalPrograms: Bool { get }

    /// Shows an entry by a program of the user's in place of a patch; false where there is none for it.
    func showExternally(
        _ entry: DiffEntry, metadata: [UInt8], position: (index: Int, count: Int)
    ) throws(DiffError) -> Bool

    /// The shortest prefix of an id that names no other object and has at least so many digits (nil: Git's choice).
    func abbreviate(_ id: ObjectID, minimum: Int?) -> String
}

extension DiffSource {
    /// Nothing is far away.
    public func prefetch(_ ids: [ObjectID]) {}

    /// The length of the content, by reading it.
    public func size(of side: DiffSide) throws(DiffError) -> Int { try content(of: side).count }

    /// Nothing: the content is shown.
    public func shownText(of side: DiffSide) throws(DiffError) -> [UInt8]? { nil }

    /// Every blob is the content.
    public func lengthBehind(_ blob: [UInt8]) -> Int? { nil }

    /// Every blob is the content.
    public func contentBehind(_ blob: [UInt8], _ side: DiffSide) throws(DiffError) -> [UInt8]? { nil }

    /// Nothing is told.
    public func comparison(_ old: DiffSide, _ new: DiffSide) throws(DiffError) -> [[UInt8]] { [] }

    /// Not known.
    public func nestedCommit(_ path: GitPath) -> ObjectID? { nil }

    /// There are none.
    public var hasExternalPrograms: Bool { false }

    /// There is none.
    public func showExternally(
        _ entry: DiffEntry, metadata: [UInt8], position: (index: Int, count: Int)
    ) throws(DiffError) -> Bool { false }

    /// Nothing is said.
    public func attributes(of path: GitPath) -> DiffAttributes { DiffAttributes() }

    /// The first digits, whatever other objects there are.
    public func abbreviate(_ id: ObjectID, minimum: Int?) -> String {
        String(decoding: id.hexBytes.prefix(minimum ?? 7), as: UTF8.self)
    }
}

/// What `.gitattributes` says about a path that matters to comparing.
public struct DiffAttributes: Sendable {
    /// `diff` set: text; unset: binary; nil: judge by the content.
    public var isBinary: Bool?
    /// The driver that the `diff` attribute names.
    public var driver: DiffDriver?
    /// What counts as an error in white space.
    public var whitespace = WhitespaceRules()
    /// The `conflict-marker-size` attribute.
    public var conflictMarkerSize = 7

    /// Nothing is said.
    public init() {}
}
