/// A Jupyter notebook (nbformat 3 and 4): its cells, and how two versions differ.
public struct Notebook: Sendable, Hashable {
    /// One cell.
    public struct Cell: Sendable, Hashable {
        /// Its id, since nbformat 4.5.
        public let id: String?
        /// `code`, `markdown` or `raw`.
        public let kind: String
        /// What a person wrote.
        public let source: String
        /// What running it gave, and anything else that it holds.
        let outputs: [JSONValue]
    }

    /// The cells in order.
    public let cells: [Cell]

    /// Larger ones are not read: the whole document has to be in memory.
    public static let maximumSize = 64 << 20

    /// Reads a notebook; nil where it is something else.
    public init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Notebook.maximumSize, Notebook.mayBegin(bytes),
            let document = try? JSONScanner.parse(bytes), document["nbformat"]?.integer != nil
        else { return nil }
        // Before version 4 cells stood in worksheets.
        let sheets = document["worksheets"]?.elements ?? []
        guard
            let cells = document["cells"]?.elements
                ?? (sheets.isEmpty ? nil : sheets.flatMap { $0["cells"]?.elements ?? [] })
        else { return nil }
        self.cells = cells.map { cell in
            Cell(
                id: cell["id"]?.text, kind: cell["cell_type"]?.text ?? "raw",
                source: Notebook.text(cell["source"] ?? cell["input"]), outputs: cell["outputs"]?.elements ?? [])
        }
    }

    /// Whether a file that begins so may be a notebook.
    public static func mayBegin(_ head: [UInt8]) -> Bool {
        head.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: "{")
    }

    /// Text is one string, or one a line.
    private static func text(_ value: JSONValue?) -> String {
        value?.text ?? (value?.elements ?? []).compactMap(\.text).joined()
    }

    /// `notebook, 12 cells (10 code, 2 markdown)`.
    public var title: String {
        let kinds = Dictionary(grouping: cells, by: \.kind).sorted { $0.key < $1.key }.map {
            "\($0.value.count) \($0.key)"
        }
        return "notebook, \(cells.count) cell\(cells.count == 1 ? "" : "s")"
            + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))")
    }

    /// Lines for a person on how `new` differs from this one.
    public func difference(_ new: Notebook, limit: Int = 20) -> [String] {
        let partners = partners(new)
        let taken = Set(partners.compactMap { $0 })
        var lines = cells.indices.filter { !taken.contains($0) }.map { "- cell \($0 + 1) \(cells[$0].shown)" }
        for (index, partner) in partners.enumerated() {
            let cell = new.cells[index]
            guard let partner else {
                lines.append("+ cell \(index + 1) \(cell.shown)")
                continue
            }
            let old = cells[partner]
            var changes: [String] = []
            if old.kind != cell.kind { changes.append("\(old.kind) -> \(cell.kind)") }
            if old.source != cell.source { changes.append("source") }
            if old.outputs != cell.outputs { changes.append("outputs") }
            if !changes.isEmpty {
                lines.append("~ cell \(index + 1) \(cell.shown): \(changes.joined(separator: ", "))")
            }
        }
        let more = lines.count - limit
        return ["notebook, \(cells.count) -> \(new.cells.count) cells"] + lines.prefix(limit)
            + (more > 0 ? ["… and \(more) more"] : [])
    }

    /// For each cell of the new version the one that it was: of the same id, else of the same source, else at the same place
    /// between such.
    private func partners(_ new: Notebook) -> [Int?] {
        var partners: [Int?] = Array(repeating: nil, count: new.cells.count)
        var free = Set(cells.indices)
        func join(_ key: (Cell) -> String?) {
            let places = Dictionary(grouping: free.sorted()) { key(cells[$0]) }
            var used: [String: Int] = [:]
            for index in new.cells.indices where partners[index] == nil {
                guard let name = key(new.cells[index]), let list = places[name] else { continue }
                let turn = used[name, default: 0]
                guard turn < list.count else { continue }
                used[name] = turn + 1
                partners[index] = list[turn]
                free.remove(list[turn])
            }
        }
        join { $0.id }
        join { "\($0.kind)\n\($0.source)" }
        for index in new.cells.indices where partners[index] == nil {
            let expected = index == 0 ? 0 : partners[index - 1].map { $0 + 1 }
            guard let expected, free.contains(expected), cells[expected].id == nil || new.cells[index].id == nil,
                cells[expected].kind == new.cells[index].kind, new.follows(index, expected, self, partners)
            else { continue }
            partners[index] = expected
            free.remove(expected)
        }
        return partners
    }

    /// Whether the next cell is the next one there too, or both end: else the cell was put in and none changed.
    private func follows(_ index: Int, _ expected: Int, _ old: Notebook, _ partners: [Int?]) -> Bool {
        if index + 1 >= cells.count || expected + 1 >= old.cells.count {
            return index + 1 >= cells.count && expected + 1 >= old.cells.count
        }
        return partners[index + 1] == nil || partners[index + 1] == expected + 1
    }
}

extension Notebook.Cell {
    /// Its kind, and the beginning of its first line that is not empty.
    fileprivate var shown: String {
        let line = source.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) } ?? ""
        let text = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        let short = String(String.UnicodeScalarView(text.prefix(40)))
        return short.isEmpty ? "(\(kind))" : "(\(kind)) \(short)\(text.count > 40 ? "…" : "")"
    }
}
