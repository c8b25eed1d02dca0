import GitDiff
import TestSupport
import Testing

@Suite("Line diff")
struct LineDiffTests {
    private func apply(_ changes: [LineChange], _ old: Lines, _ new: Lines) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        for change in changes {
            result += old[position..<change.oldStart]
            result += new[change.newStart..<change.newEnd]
            position = change.oldEnd
        }
        return result + old[position..<old.count]
    }

    @Test(
        "applying the changes gives the new text",
        arguments: [.myers, .minimal, .patience, .histogram] as [LineDiffOptions.Algorithm])
    func roundTrip(_ algorithm: LineDiffOptions.Algorithm) {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<60 {
            let old = generator.text(lines: Int.random(in: 0...60, using: &generator))
            let new = generator.text(lines: Int.random(in: 0...60, using: &generator))
            var options = LineDiffOptions()
            options.algorithm = algorithm
            let changes = LineDiff.changes(old: old, new: new, options: options)
            #expect(apply(changes, Lines(old), Lines(new)) == new)
        }
    }

    @Test("equal texts have no changes, and an empty one differs in all lines")
    func edges() {
        let text = Array("a\nb\nc".utf8)
        #expect(LineDiff.changes(old: text, new: text).isEmpty)
        #expect(LineDiff.changes(old: [], new: []).isEmpty)
        #expect(
            LineDiff.changes(old: [], new: text) == [LineChange(oldStart: 0, oldCount: 0, newStart: 0, newCount: 3)])
    }

    @Test("white space that does not count")
    func blanks() {
        var options = LineDiffOptions()
        options.blanks = .ignoreAll
        #expect(LineDiff.changes(old: Array("a b\n".utf8), new: Array("ab \n".utf8), options: options).isEmpty)
        options.blanks = .ignoreChange
        #expect(LineDiff.changes(old: Array("a  b \n".utf8), new: Array("a b\n".utf8), options: options).isEmpty)
        #expect(!LineDiff.changes(old: Array("ab\n".utf8), new: Array("a b\n".utf8), options: options).isEmpty)
        options.blanks = .ignoreCarriageReturn
        #expect(LineDiff.changes(old: Array("a\r\n".utf8), new: Array("a\n".utf8), options: options).isEmpty)
    }
}
