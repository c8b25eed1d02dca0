import GitDiff
import Testing

/// Sets of lines, and how they move through differences.
@Suite struct LineRangesTests {
    @Test func unions() {
        #expect(LineRanges.merged([5..<7, 0..<2, 2..<3, 6..<9]) == [0..<3, 5..<9])
        #expect(LineRanges.union([0..<1], [3..<3, 4..<5]) == [0..<1, 4..<5])
        #expect(LineRanges.merged([]).isEmpty)
    }

    @Test func linesMoveBackThroughChanges() {
        // Two lines came before line 0, and line 5 replaced two.
        let changes = [
            LineChange(oldStart: 0, oldCount: 0, newStart: 0, newCount: 2),
            LineChange(oldStart: 3, oldCount: 2, newStart: 5, newCount: 1),
        ]
        let lines = [3..<8]
        let touched = LineRanges.touching(changes, lines)
        #expect(touched == [changes[1]])
        #expect(LineRanges.mapped(lines, changes, touched) == [1..<7])
        #expect(LineRanges.touching(changes, [2..<4]).isEmpty)
        #expect(LineRanges.mapped([2..<4], changes, []) == [0..<2])
    }

    @Test func rangesEndBeforeTheFile() {
        for (text, end) in [
            ("1,2:f", 3), (":name:f", 5), ("/a:b/,+3:f", 8), ("^/x/:f", 4), (":a\\:b:f", 5), ("f", 0), (",5:f", 2),
        ] {
            #expect(LineRange.end(of: Array(text.utf8)) == end, "\(text)")
        }
        #expect(LineRange.end(of: Array("::f".utf8)) == nil)
    }
}
