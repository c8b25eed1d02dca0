extension DiffPrinter {
    /// How many lines the unified diff of two texts has, file headers not counted.
    public static func lineCount(_ old: [UInt8], _ new: [UInt8]) -> Int {
        let old = Lines(old)
        let new = Lines(new)
        var options = LineDiffOptions()
        options.usesIndentHeuristic = false
        let changes = LineDiff.changes(old: old, new: new, options: options)
        var hunkOptions = HunkBuilder.Options()
        hunkOptions.namesFunctions = false
        let hunks = HunkBuilder.hunks(old: old, new: new, changes: changes, options: hunkOptions)
        return hunks.reduce(0) { $0 + 1 + $1.new.count + changes[$1.changes].reduce(0) { $0 + $1.oldCount } }
    }
}
