import TestSupport
import Testing

@testable import DataFormats

/// Rows and fields, and what is said of two versions of a table.
@Suite("Tables")
struct TableTests {
    private let csv = DelimitedText(separator: UInt8(ascii: ","))

    private func fields(_ row: String) -> [String] {
        csv.fields(Array(row.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands all rows of two files to a comparison.
    private func compare(_ old: String, _ new: String) throws -> TableDifference {
        let texts = [Array(old.utf8), Array(new.utf8)]
        let format = try #require(TableFormat.sniff(texts[1], isWhole: true))
        let columns = texts.map { format.columns($0, isWhole: true) }
        var comparison = TableComparison(format, old: columns[0], new: columns[1])
        for (side, text) in zip([TableComparison.Side.old, .new], texts) {
            text.withUnsafeBytes { bytes in
                var offset = columns[side.rawValue] == nil ? 0 : format.end(of: bytes, from: 0) ?? bytes.count
                while offset < bytes.count {
                    let end = format.end(of: bytes, from: offset) ?? bytes.count
                    comparison.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<end]), to: side)
                    offset = end
                }
            }
        }
        return comparison.finish()
    }

    @Test("fields are quoted as RFC 4180 says")
    func quoting() {
        #expect(fields("a,b,c\n") == ["a", "b", "c"])
        #expect(fields("a,,\r\n") == ["a", "", ""])
        #expect(fields("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n") == ["a,b", "say \"hi\"", "two\nlines"])
        #expect(fields("") == [""])
        // A quote inside of a field is a character, and opens nothing.
        #expect(fields("5\" pipe,x\n") == ["5\" pipe", "x"])
        #expect(fields("\"\",\"\"\"\"\n") == ["", "\""])
        let text = Array("a,\"b\nc\",d\nnext".utf8)
        #expect(text.withUnsafeBytes { csv.end(of: $0, from: 0) } == 10)
        #expect(text.withUnsafeBytes { csv.end(of: $0, from: 10) } == nil)
    }

    @Test("the kind of a file is seen from its beginning")
    func sniffing() {
        func name(_ text: String, isWhole: Bool = true) -> String? {
            TableFormat.sniff(Array(text.utf8), isWhole: isWhole)?.name
        }
        #expect(name("id,name\n1,a\n2,b\n") == "CSV")
        #expect(name("id;name\n1;a,b\n2;b\n") == "CSV")
        #expect(name("id\tname\n1\ta\n") == "TSV")
        #expect(name("\u{feff}id,name\n1,a\n") == "CSV")
        #expect(name("{\"a\": 1}\n{\"a\": 2}\n") == "JSON Lines")
        #expect(name("{\n \"a\": 1\n}\n") == nil)
        #expect(name("one line, only\n") == nil)
        #expect(name("prose, with a comma\nand a line without\n") == nil)
        #expect(name("a,b\n\0,c\n") == nil)
        #expect(name("") == nil)
        // What is cut off is not counted.
        #expect(name("a,b\n1,2\n3", isWhole: false) == "CSV")
        #expect(name("a,b\n1,2\n3", isWhole: true) == nil)
    }

    @Test("where a chunk begins inside of quotes is seen from the rows")
    func rowStarts() {
        let rows = (0..<20).map { "\($0),\"line, one\nline two\",x\n" }.joined()
        let bytes = Array(rows.utf8)
        let expected = Set(bytes.indices.filter { bytes[..<$0].last == 10 && $0 > 0 }).filter { index in
            // Those that stand behind an even number of quotes.
            bytes[..<index].filter { $0 == UInt8(ascii: "\"") }.count % 2 == 0
        }
        for cut in [0, 3, 9, 17, 30] {
            let starts = csv.rowStarts(in: Array(bytes[cut...])).map { $0 + cut }
            #expect(Set(starts).isSubset(of: expected.union([bytes.count])), "\(cut)")
            #expect(starts.count >= 18)
        }
    }

    @Test("rows and columns are counted")
    func rows() throws {
        let base = "id,name,score\n1,ann,10\n2,bob,20\n3,cyd,30\n4,dee,40\n"
        #expect(try compare(base, base).lines() == ["CSV, rows: 0 added, 0 removed, 0 changed"])
        let edited = "id,name,score\n1,ann,10\n2,bob,25\n5,eve,50\n4,dee,40\n"
        #expect(
            try compare(base, edited).lines() == [
                "CSV, rows: 1 added, 1 removed, 1 changed", "~ column score in 1 row",
            ])
        // Another order, and other line ends, are no other rows.
        let shuffled = "id,name,score\r\n4,dee,40\r\n2,bob,20\r\n1,ann,10\r\n3,cyd,30"
        #expect(try compare(base, shuffled).lines() == ["CSV, rows: 0 added, 0 removed, 0 changed"])
        #expect(
            try compare(base, "id,name,level\n1,ann,a\n2,bob,b\n3,cyd,c\n4,dae,d\n").lines() == [
                "CSV, rows: 0 added, 0 removed, 1 changed", "- column score", "+ column level",
                "~ column name in 1 row",
            ])
        // Without names columns have numbers.
        #expect(
            try compare("1,2,3\n4,5,6\n", "1,2,3\n4,5,7\n").lines() == [
                "CSV, rows: 0 added, 0 removed, 1 changed", "~ column 3 in 1 row",
            ])
    }

    @Test("members of JSON Lines are columns, however they are spelt")
    func jsonLines() throws {
        let old =
            "{\"id\": 1, \"text\": \"a\", \"n\": [1, 2]}\n{\"id\": 2, \"text\": \"b\"}\n{\"id\": 3, \"text\": \"c\"}\n"
        let new =
            "{\"id\":1,\"text\":\"a\",\"n\":[1,2,3]}\n{\"id\": 3, \"text\": \"c\"}\n{\"id\": 4, \"text\": \"d\"}\n"
        let lines = try compare(old, new).lines()
        #expect(lines == ["JSON Lines, rows: 1 added, 1 removed, 1 changed", "~ column n in 1 row"])
        let format = try #require(TableFormat.sniff(Array(old.utf8), isWhole: true))
        #expect(format.fields(Array(old.utf8), isWhole: true).names == ["id", "text", "n"])
    }

    @Test("any edits are counted as they were made", arguments: 1...20)
    func property(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var rows = (0..<400).map { ["\($0)", "v\($0 % 7)", "\($0 * 31 % 101)", "text \($0)"] }
        let old = rows
        var changed: Set<Int> = []
        let removed = Int.random(in: 0...5, using: &generator)
        for _ in 0..<removed { rows.remove(at: Int.random(in: 0..<rows.count, using: &generator)) }
        for _ in 0..<Int.random(in: 0...9, using: &generator) {
            let index = Int.random(in: 0..<rows.count, using: &generator)
            guard changed.insert(index).inserted else { continue }
            rows[index][2] = "new"
        }
        let count = changed.count
        let added = Int.random(in: 0...5, using: &generator)
        for number in 0..<added {
            let row = ["n\(number)", "w", "0", "added \(number)"]
            rows.insert(row, at: Int.random(in: 0...rows.count, using: &generator))
        }
        func text(_ rows: [[String]]) -> String {
            "id,group,value,text\n" + rows.map { $0.joined(separator: ",") + "\n" }.joined()
        }
        let difference = try compare(text(old), text(rows))
        #expect(difference.addedRows == added && difference.removedRows == removed && difference.changedRows == count)
        #expect(difference.changedColumns.map(\.rows) == (count == 0 ? [] : [count]))
    }
}
