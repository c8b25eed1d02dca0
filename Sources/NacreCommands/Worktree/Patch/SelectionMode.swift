internal import GitObjects

/// What choosing hunks is for: what is compared, what a chosen hunk does, and the words.
struct SelectionMode {
    /// What is compared.
    enum Comparison {
        /// The index with the files.
        case files
        /// A tree with the index.
        case staged(ObjectID?)
        /// A tree with the files.
        case treeAndFiles(ObjectID?)
    }

    /// Where a chosen hunk goes.
    enum Target { case index, files, both }

    var comparison: Comparison
    /// Whether the comparison is shown the other way round.
    var isShownReversed = false
    var target: Target
    /// Whether chosen hunks are taken back rather than applied.
    var isReverse = false
    /// `Stage`, `Unstage`, `Discard`…
    var verb: String
    /// What follows `this hunk`: ` from worktree`.
    var place = ""

    /// The question, where `commands` are those that are not always there.
    func prompt(_ what: String, _ commands: String) -> String {
        "\(verb) \(what)\(place) [y,n,q,a,d\(commands),?]? "
    }

    /// What the five letters that are always there mean.
    var help: String {
        let word = verb.lowercased()
        return """
            y - \(word) this hunk\(place)
            n - do not \(word) this hunk\(place)
            q - quit; do not \(word) this hunk or any of the remaining ones
            a - \(word) this hunk and all later hunks in the file
            d - do not \(word) this hunk or any of the later hunks in the file

            """
    }

    /// What an edited hunk is marked for.
    var purpose: String {
        switch verb {
        case "Stage": "staging"
        case "Stash": "stashing"
        case "Unstage": "unstaging"
        case "Discard": "discarding"
        default: "applying"
        }
    }

    static func stage() -> SelectionMode { SelectionMode(comparison: .files, target: .index, verb: "Stage") }

    static func stash(_ head: ObjectID?) -> SelectionMode {
        SelectionMode(comparison: .treeAndFiles(head), target: .index, verb: "Stash")
    }

    /// `reset -p`: back to HEAD, or to another tree.
    static func reset(_ tree: ObjectID?, isHead: Bool) -> SelectionMode {
        if isHead {
            return SelectionMode(comparison: .staged(tree), target: .index, isReverse: true, verb: "Unstage")
        }
        return SelectionMode(
            comparison: .staged(tree), isShownReversed: true, target: .index, verb: "Apply", place: " to index")
    }

    /// `checkout -p`: from the index, HEAD or another tree.
    static func checkout(_ tree: ObjectID?, isHead: Bool) -> SelectionMode {
        guard let tree else {
            return SelectionMode(
                comparison: .files, target: .files, isReverse: true, verb: "Discard", place: " from worktree")
        }
        if isHead {
            return SelectionMode(
                comparison: .treeAndFiles(tree), target: .both, isReverse: true, verb: "Discard",
                place: " from index and worktree")
        }
        return SelectionMode(
            comparison: .treeAndFiles(tree), isShownReversed: true, target: .both, verb: "Apply",
            place: " to index and worktree")
    }

    /// `restore -p --source`: the files alone.
    static func restore(_ tree: ObjectID, isHead: Bool) -> SelectionMode {
        if isHead {
            return SelectionMode(
                comparison: .treeAndFiles(tree), target: .files, isReverse: true, verb: "Discard",
                place: " from worktree")
        }
        return SelectionMode(
            comparison: .treeAndFiles(tree), isShownReversed: true, target: .files, verb: "Apply",
            place: " to worktree")
    }
}
