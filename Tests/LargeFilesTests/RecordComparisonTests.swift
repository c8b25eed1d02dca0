import Bytes
import SystemPackage
import TestSupport
import Testing

@testable import LargeFiles

/// What is said of two stored versions of a table, of which only the chunks that differ are read.
@Suite("Rows of large files")
struct RecordComparisonTests {
    let sandbox: Sandbox
    let store: LargeFileStore

    init() throws {
        sandbox = try Sandbox("records")
        store = LargeFileStore(commonDirectory: sandbox.root.appending("git"), workers: 2)
    }

    private func add(_ name: String, _ content: [UInt8]) throws -> Manifest {
        try sandbox.write(name, content)
        return try #require(try store.add([.init(path: sandbox.root.appending(name), previous: nil)]).first)
    }

    private func text(_ rows: [[String]]) -> [UInt8] {
        Array("id,group,value,text\n".utf8) + rows.flatMap { Array($0.joined(separator: ",").utf8) + [10] }
    }

    private func records(_ old: [UInt8], _ new: [UInt8]) throws -> [String] {
        let before = try add("old", old)
        let after = try add("new", new)
        let stored = try #require(try store.compare(before.oid, after.oid))
        // A file that is not stored yet says the same.
        let unstored = try #require(try store.compare(before.oid, file: sandbox.root.appending("new")))
        #expect(stored.records == unstored.records && stored.lines().suffix(stored.records.count) == stored.records)
        return stored.records
    }

    @Test("edits all over a table of many chunks are counted exactly", arguments: [1, 2, 3] as [UInt64])
    func edits(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        // Some fields hold newlines and separators.
        var rows = (0..<30_000).map {
            [
                "\($0)", "g\($0 % 7)", "\($0 &* 7919 % 10007)",
                $0 % 50 == 0 ? "\"a, b\n\($0)\"" : "text \($0 &* 31 % 997)",
            ]
        }
        let old = text(rows)
        for index in 0..<40 { rows[700 * index + Int.random(in: 0..<300, using: &generator)][2] = "changed" }
        for index in (0..<25).reversed() { rows.remove(at: 1100 * index + 500) }
        for index in 0..<30 { rows.insert(["new\(index)", "g", "0", "added \(index)"], at: 900 * index) }
        #expect(
            try records(old, text(rows)) == [
                "CSV, rows: 30 added, 25 removed, 40 changed", "~ column value in 40 rows",
            ])
    }

    @Test("a column more is not every row changed")
    func columns() throws {
        let rows = (0..<5_000).map { ["\($0)", "g\($0 % 7)", "\($0 &* 7919 % 10007)", "text"] }
        let wider =
            Array("id,group,value,text,split\n".utf8)
            + rows.flatMap { Array(($0 + ["train"]).joined(separator: ",").utf8) + [10] }
        #expect(try records(text(rows), wider) == ["CSV, rows: 0 added, 0 removed, 0 changed", "+ column split"])
    }

    @Test("a notebook's cells, and JSON Lines")
    func others() throws {
        func notebook(_ output: Int) -> [UInt8] {
            let picture = String(repeating: "iVBORw0KGgo", count: 20_000)
            return Array(
                """
                {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
                {"cell_type": "markdown", "source": "# Results", "id": "a"},
                {"cell_type": "code", "source": "plot()", "id": "b", "outputs": [{"data": "\(picture)\(output)"}]}]}
                """.utf8)
        }
        #expect(try records(notebook(1), notebook(2)) == ["notebook, 2 -> 2 cells", "~ cell 2 (code) plot(): outputs"])
        func lines(_ range: Range<Int>) -> [UInt8] {
            range.flatMap { Array("{\"id\": \($0), \"text\": \"row \($0 &* 7919)\"}\n".utf8) }
        }
        #expect(
            try records(lines(0..<9_000), lines(10..<9_004)) == ["JSON Lines, rows: 4 added, 10 removed, 0 changed"])
    }

    @Test("anything else says nothing, and rows without end are given up")
    func hostile() throws {
        #expect(try records(xorshift(1, 300_000), xorshift(2, 300_000)) == [])
        let head = Array("a,b\n1,2\n3,4\n".utf8)
        let endless = head + Array("5,\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 6_000_000)
        #expect(try records(head, endless) == ["CSV, more rows differ than are compared"])
        #expect(try records(head, Array("a,b\n".utf8)) == [])
        // A table in place of one of another kind.
        #expect(try records(Array("a\tb\n1\t2\n".utf8), head) == [])
    }

    @Test("a new table says its columns")
    func summary() throws {
        let manifest = try add("old", text([["1", "2", "3", "4"]]))
        let summary = try #require(try store.summary(manifest.oid))
        #expect(summary.kind == "CSV, 4 columns" && summary.parts == ["id", "group", "value", "text"])
        #expect(try store.summary(file: sandbox.root.appending("old")).kind == summary.kind)
        let other = try add("new", xorshift(3, 100_000))
        #expect(try store.summary(other.oid)?.kind == nil)
    }
}
