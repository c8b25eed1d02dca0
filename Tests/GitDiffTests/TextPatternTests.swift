import GitDiff
import TestSupport
import Testing

/// Patterns and queries over lines.
@Suite struct TextPatternTests {
    private func range(_ pattern: TextPattern, _ text: String) -> Range<Int>? {
        Array(text.utf8).withUnsafeBytes { pattern.firstMatch($0) }
    }

    @Test func languages() throws {
        let plain = try #require(TextPattern(Array("a.b".utf8), .plain))
        #expect(range(plain, "xa.b") == 1..<4)
        #expect(range(plain, "acb") == nil)
        let basic = try #require(TextPattern(Array("a.b\\(c\\)*".utf8), .basic))
        #expect(range(basic, "xacbcc") == 1..<6)
        let extended = try #require(TextPattern(Array("(one|two)+".utf8), .extended))
        #expect(range(extended, "a twoone") == 2..<8)
        let perl = try #require(TextPattern(Array("\\d+(?=x)".utf8), .perl))
        #expect(range(perl, "12 34x") == 3..<5)
        #expect(TextPattern(Array("(".utf8), .extended) == nil)
        #expect(TextPattern(Array("[a".utf8), .basic) == nil)
    }

    @Test func eitherCase() throws {
        let folded = try #require(TextPattern(Array("HeLLo".utf8), .plain, ignoresCase: true))
        #expect(range(folded, "say hEllO") == 4..<9)
        #expect(range(folded, "hell") == nil)
        let empty = try #require(TextPattern([], .plain, ignoresCase: true))
        #expect(range(empty, "x") == 0..<0)
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let letters = Array("abAB".utf8)
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 97
            }
            let part = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 97
            }
            let pattern = try #require(TextPattern(part, .plain, ignoresCase: true))
            let lowered = text.map { $0 | 0x20 }
            let wanted = part.map { $0 | 0x20 }
            let expected = (0..<max(0, text.count - part.count + 1)).first {
                lowered[$0..<($0 + part.count)].elementsEqual(wanted)
            }
            #expect(text.withUnsafeBytes { pattern.firstMatch($0)?.lowerBound } == expected)
        }
    }

    /// What a text must hold for an expression to match is found only where it is sure.
    @Test func candidates() throws {
        for (source, language, text) in [
            ("ab*c", TextPattern.Language.basic, "ac"), ("x[]a]y", .basic, "xay"),
            ("a\\{2\\}b", .basic, "aab"),
            ("a\\|b", .basic, "b"), ("ab+c?d", .extended, "abd"), ("(foo|bar)", .extended, "bar"),
            ("a{0}b", .extended, "b"),
            ("[[:digit:]]+px", .extended, "12px"), ("\\.c$", .extended, "x.c"), ("a?", .extended, ""),
            ("^$", .basic, "\n"),
        ] {
            let pattern = try #require(TextPattern(Array(source.utf8), language))
            let isFound = Array(text.utf8).withUnsafeBytes { pattern.mayMatch($0) }
            #expect(isFound, "\(source)")
        }
    }

    @Test func queries() throws {
        func tokens(_ words: String) -> [LineQuery.Token] {
            words.split(separator: " ").map { word in
                switch word {
                case "&": .and
                case "!": .not
                case "(": .open
                case ")": .close
                default: .pattern(Array(word.utf8), origin: "test")
                }
            }
        }
        for (words, line, isHit) in [
            ("a", "bab", true), ("a b", "xb", true), ("a & b", "xb", false), ("a & ! b", "xa", true),
            ("! a b", "b", true), ("a & ( b c )", "ac", true), ("a & b c", "c", true),
            ("! ( a b )", "x", true),
        ] {
            let query = try LineQuery(tokens(words), .plain, ignoresCase: false, matchesWords: false)
            let hit = Array(line.utf8).withUnsafeBytes { query.look($0).isHit }
            #expect(hit == isHit, "\(words): \(line)")
        }
        for words in ["& a", "a &", "!", "( a", "a )", "! &"] {
            #expect(throws: LineQuery.Failure.self) {
                try LineQuery(tokens(words), .plain, ignoresCase: false, matchesWords: false)
            }
        }
    }

    @Test func words() throws {
        let query = try LineQuery(
            [.pattern(Array("foo".utf8), origin: "")], .plain, ignoresCase: false, matchesWords: true)
        for (line, column) in [
            ("foo", 0), ("a foo b", 2), ("foobar foo", 7), ("foo_ xfoo", nil), ("foofoo", nil),
        ] {
            let found = Array(line.utf8).withUnsafeBytes {
                query.nextMatch($0, isLineStart: true)?.lowerBound
            }
            #expect(found == column, "\(line)")
        }
    }

    @Test func lineRanges() throws {
        let text = "int one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn 2;\n}\n"
        let reader = LineRange(Lines(Array(text.utf8)), naming: nil)
        for (range, anchor, first, last) in [
            ("2,3", 1, 2, 3), ("2,+3", 1, 2, 4), ("4,-2", 1, 3, 4), (",3", 1, 0, 3), ("5", 1, 5, 0),
            (":two", 1, 6, 9),
            ("/return/", 4, 8, 0), ("^/return/,/}/", 6, 3, 4), ("^:one", 9, 1, 5), ("6,2", 1, 2, 6),
        ] {
            let found = try reader.parse(Array(range.utf8), anchor: anchor)
            #expect(found == (first, last), "\(range)")
        }
        for range in ["x", "1,2,3", "0", "/nothing/", ":nothing", "1,+0", ":", "/(/x"] {
            #expect(throws: LineRange.Failure.self) { try reader.parse(Array(range.utf8), anchor: 1) }
        }
    }
}
