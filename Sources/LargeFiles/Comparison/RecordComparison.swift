internal import DataFormats

/// Compares two versions of a file that holds rows or cells.
struct RecordComparison {
    let old: ContentReading
    let new: ContentReading

    /// Lines for a person; none where the files are neither tables nor notebooks.
    func lines() throws(ChunkStoreError) -> [String] {
        let head = try new.head(TableFormat.headLength)
        if let format = TableFormat.sniff(head, isWhole: new.manifest.size == head.count) {
            return try TableStretches(format: format, old: old, new: new).compare()?.lines() ?? []
        }
        guard Notebook.mayBegin(head), old.manifest.size <= Notebook.maximumSize,
            new.manifest.size <= Notebook.maximumSize,
            let before = Notebook(parsing: try old.head(old.manifest.size)),
            let after = Notebook(parsing: try new.head(new.manifest.size))
        else { return [] }
        return before.difference(after)
    }
}
