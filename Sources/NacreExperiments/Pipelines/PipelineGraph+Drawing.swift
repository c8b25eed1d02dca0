extension PipelineGraph {
    /// The graph for Mermaid, which GitHub and GitLab draw.
    public var mermaid: String {
        var text = "flowchart TD\n"
        for (index, stage) in stages.enumerated() {
            text += "    s\(index)[\"\(stage.name.split(separator: "\"").joined(separator: "#quot;"))\"]\n"
        }
        for (index, inner) in upstream.enumerated() { for from in inner { text += "    s\(from) --> s\(index)\n" } }
        return text
    }

    /// The graph for Graphviz.
    public var graphviz: String {
        func quote(_ name: String) -> String { JSONWriter.string(.string(name)) }
        var text = "digraph pipeline {\n"
        for stage in stages { text += "    \(quote(stage.name));\n" }
        for (index, inner) in upstream.enumerated() {
            for from in inner { text += "    \(quote(stages[from].name)) -> \(quote(stages[index].name));\n" }
        }
        return text + "}\n"
    }

    /// The graph as indented text: each stage below those that it waits for; one that was shown already only by its name.
    public var text: String {
        var downstream = [[Int]](repeating: [], count: stages.count)
        for (index, inner) in upstream.enumerated() { for from in inner { downstream[from].append(index) } }
        var shown = Set<Int>()
        var text = ""
        func draw(_ index: Int, _ prefix: String, _ branch: String, _ next: String) {
            let isNew = shown.insert(index).inserted
            text += prefix + branch + stages[index].name + (isNew || downstream[index].isEmpty ? "" : " …") + "\n"
            guard isNew else { return }
            for (position, child) in downstream[index].enumerated() {
                let isLast = position == downstream[index].count - 1
                draw(child, prefix + next, isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ")
            }
        }
        for index in stages.indices where upstream[index].isEmpty { draw(index, "", "", "") }
        return text
    }
}
