internal import Bytes
public import GitObjects
internal import GitStorage

extension Worktree {
    /// How content is converted on the way into a blob.
    struct CleanContext {
        /// The index, which says whether a guessed text file keeps its CRs.
        var index: Index?
        /// Whether CRs go whatever the index holds (`add --renormalize`).
        var isRenormalizing = false
        /// Whether `core.safecrlf` speaks.
        var checksLineEndings = false
    }

    /// A file's content as it goes into a blob.
    func clean(
        _ bytes: [UInt8], path: GitPath, attributes: AttributeValues, _ context: CleanContext
    ) throws(WorktreeError) -> [UInt8] {
        let conversion = Conversion(attributes, settings)
        if conversion.isIdentity { return bytes }
        var result = bytes
        if let driver = conversion.driver, driver.clean != nil || driver.process != nil {
            if let filtered = try processes.run(.clean, driver, path: path, content: result, id: nil) {
                result = filtered
            }
        }
        if let encoding = conversion.encoding {
            result = try TextEncoding(named: encoding, path).decode(result)
        }
        result = try convertLineEndings(result, path: path, conversion, context)
        if conversion.expandsIdent { result = Conversion.collapseIdent(result) }
        return result
    }

    private func convertLineEndings(
        _ bytes: [UInt8], path: GitPath, _ conversion: Conversion, _ context: CleanContext
    ) throws(WorktreeError) -> [UInt8] {
        guard conversion.lineEndings != .binary, !bytes.isEmpty else { return bytes }
        let statistics = TextStatistics(bytes)
        var strips = statistics.crlfCount > 0
        if conversion.lineEndings.isGuessed {
            if statistics.isBinary { return bytes }
            if strips, !context.isRenormalizing, let index = context.index, hasCR(path, index) { strips = false }
        }
        if context.checksLineEndings { try check(statistics, strips: strips, path: path, conversion) }
        return strips ? conversion.stripped(bytes) : bytes
    }

    /// Whether the blob that the index holds has CR LF.
    private func hasCR(_ path: GitPath, _ index: Index) -> Bool {
        guard let position = index.range(of: path).first else { return false }
        let entry = index.entries[position]
        guard entry.mode.isBlob, let blob = try? objects.read(entry.id) else { return false }
        guard blob.content.contains(13) else { return false }
        let statistics = TextStatistics(blob.content)
        return !statistics.isBinary && statistics.crlfCount > 0
    }

    private func check(
        _ statistics: TextStatistics, strips: Bool, path: GitPath, _ conversion: Conversion
    ) throws(WorktreeError) {
        guard settings.safeCRLF != .off else { return }
        var after = statistics
        if strips {
            after.loneLFCount += after.crlfCount
            after.crlfCount = 0
        }
        if conversion.expandsLineEndings(after) {
            after.crlfCount += after.loneLFCount
            after.loneLFCount = 0
        }
        if statistics.crlfCount > 0 && after.crlfCount == 0 {
            guard settings.safeCRLF == .warn else {
                throw .irreversibleLineEndings(path, "CRLF would be replaced by LF")
            }
            warn(
                "warning: in the working copy of '\(path)', CRLF will be replaced by LF the next time Git touches it")
        } else if statistics.loneLFCount > 0 && after.loneLFCount == 0 {
            guard settings.safeCRLF == .warn else {
                throw .irreversibleLineEndings(path, "LF would be replaced by CRLF")
            }
            warn(
                "warning: in the working copy of '\(path)', LF will be replaced by CRLF the next time Git touches it")
        }
    }

    /// A blob's content as it goes into a file.
    func smudge(
        _ bytes: [UInt8], path: GitPath, id: ObjectID, attributes: AttributeValues
    ) throws(WorktreeError) -> [UInt8] {
        let conversion = Conversion(attributes, settings)
        if conversion.isIdentity { return bytes }
        var result = bytes
        if conversion.expandsIdent { result = Conversion.expandIdent(result, id: id) }
        if conversion.writesCRLF, !result.isEmpty, conversion.expandsLineEndings(TextStatistics(result)) {
            result = conversion.expanded(result)
        }
        if let encoding = conversion.encoding {
            result = try TextEncoding(named: encoding, path).encode(result)
        }
        if let driver = conversion.driver, driver.smudge != nil || driver.process != nil {
            if let filtered = try processes.run(.smudge, driver, path: path, content: result, id: id) {
                result = filtered
            }
        }
        return result
    }

    /// A blob's content as its file has it: `cat-file --filters`, `diff --textconv`, `archive`.
    public func contentForFile(_ bytes: [UInt8], path: GitPath, id: ObjectID) throws(WorktreeError) -> [UInt8] {
        try smudge(bytes, path: path, id: id, attributes: attributes.attributes(of: path))
    }

    /// A file's content as its blob has it: `hash-object --path`.
    public func contentForBlob(_ bytes: [UInt8], path: GitPath) throws(WorktreeError) -> [UInt8] {
        try clean(bytes, path: path, attributes: attributes.attributes(of: path), CleanContext())
    }
}
