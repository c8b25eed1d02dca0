/// How natural it looks when a block of changed lines begins or ends at a place, judged by the indentation and the blank
/// lines around it. Lower is better. The weights are Git's, found by search over hand-judged diffs.
struct IndentScore {
    private static let indentLimit = 200
    private static let blankLimit = 20

    /// What stands around a place between two lines. An indentation of -1 is that of a blank line, or of none.
    private struct Surroundings {
        var isAtEnd = false
        var indent = -1
        var blanksBefore = 0
        var indentBefore = -1
        var blanksAfter = 0
        var indentAfter = -1
    }

    private var indent = 0
    private var penalty = 0

    /// Whether this place is as good as another or better.
    func isAtLeastAsGood(as other: IndentScore) -> Bool {
        let direction = indent > other.indent ? 1 : indent < other.indent ? -1 : 0
        return 60 * direction + (penalty - other.penalty) <= 0
    }

    /// Adds what speaks for or against a block edge before `line`.
    mutating func add(edge line: Int, in lines: Lines) {
        let place = IndentScore.measure(line, lines)
        if place.indentBefore == -1 && place.blanksBefore == 0 { penalty += 1 }
        if place.isAtEnd { penalty += 21 }
        let blanksFrom = place.indent == -1 ? 1 + place.blanksAfter : 0
        let blanks = place.blanksBefore + blanksFrom
        penalty += -30 * blanks + 6 * blanksFrom
        let effective = place.indent != -1 ? place.indent : place.indentAfter
        indent += effective
        guard effective != -1, place.indentBefore != -1 else { return }
        if effective > place.indentBefore {
            penalty += blanks != 0 ? 10 : -4
        } else if effective < place.indentBefore {
            if place.indentAfter != -1 && place.indentAfter > effective {
                penalty += blanks != 0 ? 17 : 24
            } else {
                penalty += blanks != 0 ? 17 : 23
            }
        }
    }

    private static func measure(_ line: Int, _ lines: Lines) -> Surroundings {
        var result = Surroundings()
        if line >= lines.count {
            result.isAtEnd = true
        } else {
            result.indent = indentation(lines[line])
        }
        var other = line - 1
        while other >= 0 {
            result.indentBefore = indentation(lines[other])
            if result.indentBefore != -1 { break }
            result.blanksBefore += 1
            if result.blanksBefore == blankLimit {
                result.indentBefore = 0
                break
            }
            other -= 1
        }
        other = line + 1
        while other < lines.count {
            result.indentAfter = indentation(lines[other])
            if result.indentAfter != -1 { break }
            result.blanksAfter += 1
            if result.blanksAfter == blankLimit {
                result.indentAfter = 0
                break
            }
            other += 1
        }
        return result
    }

    /// The column of the first character, tabs going to every eighth; -1 for a blank line.
    private static func indentation(_ line: ArraySlice<UInt8>) -> Int {
        var column = 0
        for byte in line {
            guard Whitespace.isSpace(byte) else { return column }
            if byte == 32 { column += 1 } else if byte == 9 { column += 8 - column % 8 }
            if column >= indentLimit { return indentLimit }
        }
        return -1
    }
}
