/// The hunks of two texts' differences, without headers.
public enum UnifiedText {
    /// Three lines around each change, compared by Myers' algorithm.
    public static func hunks(_ before: [UInt8], _ after: [UInt8]) -> [UInt8] {
        let old = Lines(before)
        let new = Lines(after)
        let changes = LineDiff.changes(old: old, new: new, options: LineDiffOptions())
        var options = HunkBuilder.Options()
        options.namesFunctions = false
        var result: [UInt8] = []
        func add(_ sign: UInt8, _ line: ArraySlice<UInt8>) {
            result.append(sign)
            result += line
            if line.last != 10 { result += Array("\n\\ No newline at end of file\n".utf8) }
        }
        for hunk in HunkBuilder.hunks(old: old, new: new, changes: changes, options: options) {
            result += hunk.header + [10]
            var line = hunk.new.lowerBound
            for change in changes[hunk.changes] {
                for kept in line..<max(line, change.newStart) { add(0x20, new[kept]) }
                for removed in change.oldStart..<change.oldEnd { add(0x2d, old[removed]) }
                for added in change.newStart..<change.newEnd { add(0x2b, new[added]) }
                line = change.newEnd
            }
            for kept in line..<max(line, hunk.new.upperBound) { add(0x20, new[kept]) }
        }
        return result
    }
}
