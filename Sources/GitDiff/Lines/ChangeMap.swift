/// Which lines of each side have no partner on the other: the working state of a line diff.
///
/// The flags have one entry more before the first line and after the last, always false, so that the loops that look for
/// the end of a run need no bounds of their own.
struct ChangeMap {
    /// A side's flags.
    struct Side {
        /// The numbers of the lines' content.
        let classes: [Int32]
        /// `flags[line + 1]`: whether the line changed.
        private(set) var flags: [Bool]

        init(_ classes: [Int32]) {
            self.classes = classes
            flags = Array(repeating: false, count: classes.count + 2)
        }

        var count: Int { classes.count }

        subscript(line: Int) -> Bool {
            @inline(__always) get { flags[line + 1] }
            @inline(__always) set { flags[line + 1] = newValue }
        }

        mutating func mark(_ lines: Range<Int>) {
            for line in lines { flags[line + 1] = true }
        }
    }

    var old: Side
    var new: Side

    init(_ classes: LineClasses) {
        old = Side(classes.old)
        new = Side(classes.new)
    }

    /// The runs of changed lines, in order.
    var changes: [LineChange] {
        var changes: [LineChange] = []
        var i = 0
        var j = 0
        while i < old.count || j < new.count {
            if !old[i] && !new[j] {
                i += 1
                j += 1
                continue
            }
            let oldStart = i
            let newStart = j
            while old[i] { i += 1 }
            while new[j] { j += 1 }
            changes.append(
                LineChange(oldStart: oldStart, oldCount: i - oldStart, newStart: newStart, newCount: j - newStart))
        }
        return changes
    }
}
