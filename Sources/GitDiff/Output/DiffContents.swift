internal import Bytes
internal import GitObjects

/// Reads the sides of entries as patches show them.
struct DiffContents {
    /// What a side holds.
    struct Content {
        var bytes: [UInt8] = []
        var isBinary = false
        /// Whether this is a text that was made for people.
        var isShownText = false
        /// The length of the content that the bytes only stand for.
        var lengthBehind: Int?

        /// The length that people are told.
        var length: Int { lengthBehind ?? bytes.count }
    }

    let source: any DiffSource
    let options: DiffOptions

    /// The content of a side: nothing where it does not exist, a line with the commit for a gitlink.
    func load(_ side: DiffSide, showingText: Bool = true) throws(DiffError) -> Content {
        guard let mode = side.mode else { return Content() }
        if mode == .gitlink {
            let id = try id(side)
            return Content(bytes: Array("Subproject commit \(id)\(side.isDirty ? "-dirty" : "")\n".utf8))
        }
        if showingText, options.usesShownText, mode.isRegular, let text = try source.shownText(of: side) {
            return Content(bytes: text, isShownText: true)
        }
        let bytes = try source.content(of: side)
        if !options.showsStandIns, mode.isRegular, let length = source.lengthBehind(bytes) {
            return Content(bytes: bytes, isBinary: true, lengthBehind: length)
        }
        return Content(bytes: bytes, isBinary: isBinary(bytes, side))
    }

    /// The content of a side to be searched: what its blob stands for, where it only stands for something.
    func loadWhole(_ side: DiffSide) throws(DiffError) -> Content {
        let content = try load(side)
        guard content.lengthBehind != nil, let bytes = try source.contentBehind(content.bytes, side) else {
            return content
        }
        return Content(bytes: bytes, isBinary: isBinary(bytes, side))
    }

    /// Files larger than this are never compared by lines (`core.bigFileThreshold`'s default).
    private static let textLimit = 512 << 20

    private func isBinary(_ bytes: [UInt8], _ side: DiffSide) -> Bool {
        if bytes.count > DiffContents.textLimit { return true }
        if side.mode == .symbolicLink { return BinaryRule.isBinary(bytes) }
        return BinaryRule.isBinary(bytes, source.attributes(of: side.path))
    }

    /// The id of a side, hashed where it is a work-tree file.
    func id(_ side: DiffSide) throws(DiffError) -> ObjectID {
        guard side.isUnhashed else { return side.id }
        if side.mode == .gitlink { return source.nestedCommit(side.path) ?? side.id }
        return ObjectID.hash(.blob, try source.content(of: side), source.algorithm)
    }

    /// Whether nothing is to be shown: the same file on both sides.
    static func isUnchanged(_ entry: DiffEntry) -> Bool {
        if entry.status == .unmerged || entry.old.mode != entry.new.mode || entry.old.path != entry.new.path {
            return false
        }
        if entry.old.isDirty || entry.new.isDirty { return false }
        return entry.old.isUnhashed == entry.new.isUnhashed && entry.old.id == entry.new.id
    }
}
