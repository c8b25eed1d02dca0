internal import Bytes
public import GitObjects
internal import GitStorage

extension Worktree {
    /// What `ls-files --eol` says of a path: line endings of the blob and of the file, and the attributes.
    public func lineEndings(
        _ path: GitPath, _ entry: IndexEntry?
    ) -> (index: String, file: String, attributes: String) {
        var inIndex = ""
        var inFile = ""
        if let entry, entry.mode.isBlob, entry.mode != .symbolicLink, let blob = try? objects.read(entry.id, as: .blob)
        {
            inIndex = TextStatistics(blob).lineEndings
        }
        var cursor = DirectoryCursor(root: rootDescriptor)
        if let status = (try? status(path.bytes, &cursor)) ?? nil, status.kind == .regular,
            let bytes = (try? readFile(path.bytes, &cursor, expected: Int(status.size))) ?? nil
        {
            inFile = TextStatistics(bytes).lineEndings
        }
        let conversion = Conversion(attributes.attributes(of: path), settings)
        return (inIndex, inFile, conversion.attributeText)
    }
}
