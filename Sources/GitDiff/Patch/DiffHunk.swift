/// A part of a unified diff: changes that stand close to each other, with the lines around them. Lines count from 0.
public struct DiffHunk: Sendable, Hashable {
    /// The old lines that it covers.
    public var old: Range<Int>
    /// The new lines that it covers.
    public var new: Range<Int>
    /// Which changes of the list it holds.
    public var changes: Range<Int>
    /// The text after the second `@@`: the line that names the function in which the hunk begins.
    public var heading: [UInt8]

    /// `@@ -1,2 +3,4 @@ heading` without a newline.
    public var header: [UInt8] {
        var text = Array("@@ -\(DiffHunk.position(old)) +\(DiffHunk.position(new)) @@".utf8)
        if !heading.isEmpty {
            text.append(32)
            text.append(contentsOf: heading)
        }
        return text
    }

    /// `start,count` counted from 1; an empty range names the line before it.
    static func position(_ lines: Range<Int>) -> String {
        let start = lines.isEmpty ? lines.lowerBound : lines.lowerBound + 1
        return lines.count == 1 ? "\(start)" : "\(start),\(lines.count)"
    }
}
