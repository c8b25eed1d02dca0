import Testing

@testable import DataFormats

/// Cells of notebooks, and how two versions differ.
@Suite("Notebooks")
struct NotebookTests {
    private func cell(_ kind: String, _ source: String, id: String? = nil, output: String? = nil) -> String {
        "{\"cell_type\": \"\(kind)\", \"source\": [\"\(source)\"]" + (id.map { ", \"id\": \"\($0)\"" } ?? "")
            + (kind == "code" ? ", \"outputs\": [\(output.map { "{\"text\": \"\($0)\"}" } ?? "")]" : "") + "}"
    }

    private func notebook(_ cells: [String]) throws -> Notebook {
        let text =
            "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, \"cells\": [\(cells.joined(separator: ","))]}"
        return try #require(Notebook(parsing: Array(text.utf8)))
    }

    @Test("other JSON is no notebook")
    func others() {
        for text in ["", "{}", "[1]", "{\"nbformat\": 4}", "{\"cells\": []}", "{\"nbformat\": 4, \"cells\": 1}", "x"] {
            #expect(Notebook(parsing: Array(text.utf8)) == nil, "\(text)")
        }
        let old = "{\"nbformat\": 3, \"worksheets\": [{\"cells\": [{\"cell_type\": \"code\", \"input\": \"x = 1\"}]}]}"
        #expect(Notebook(parsing: Array(old.utf8))?.cells.map(\.source) == ["x = 1"])
    }

    @Test("cells are found again by id, by source, and by place")
    func difference() throws {
        let old = try notebook([
            cell("markdown", "# Title"), cell("code", "import numpy"), cell("code", "train()", output: "loss 1"),
        ])
        #expect(old.title == "notebook, 3 cells (2 code, 1 markdown)")
        #expect(old.difference(old) == ["notebook, 3 -> 3 cells"])
        let rerun = try notebook([
            cell("markdown", "# Title"), cell("code", "import numpy"), cell("code", "train()", output: "loss 0.5"),
        ])
        #expect(old.difference(rerun) == ["notebook, 3 -> 3 cells", "~ cell 3 (code) train(): outputs"])
        let inserted = try notebook([
            cell("markdown", "# Title"), cell("code", "seed(1)"), cell("code", "import numpy"),
            cell("code", "train()", output: "loss 1"),
        ])
        #expect(old.difference(inserted) == ["notebook, 3 -> 4 cells", "+ cell 2 (code) seed(1)"])
        #expect(inserted.difference(old) == ["notebook, 4 -> 3 cells", "- cell 2 (code) seed(1)"])
        let edited = try notebook([
            cell("markdown", "# Title"), cell("code", "import torch"), cell("code", "train()", output: "loss 1"),
        ])
        #expect(old.difference(edited) == ["notebook, 3 -> 3 cells", "~ cell 2 (code) import torch: source"])
    }

    @Test("an id holds a cell wherever it goes")
    func ids() throws {
        let old = try notebook([cell("code", "a", id: "1"), cell("code", "b", id: "2")])
        let new = try notebook([cell("code", "b", id: "2"), cell("markdown", "c", id: "1")])
        #expect(
            old.difference(new) == [
                "notebook, 2 -> 2 cells", "~ cell 2 (markdown) c: code -> markdown, source",
            ])
        let many = try notebook((0..<30).map { cell("code", "n\($0)", id: "x\($0)") })
        #expect(old.difference(many).count == 22 && old.difference(many).last == "… and 12 more")
    }
}
