internal import GitObjects

/// Draws history as lines of text to the left of commits, as `log --graph` does.
///
/// The columns are the commits that the next rows lead to. After a commit its column is replaced by its parents'; lines
/// that end in the same commit are then drawn together, moving one place to the left a row.
struct HistoryGraph {
    private enum State { case padding, skip, preCommit, commit, postMerge, collapsing }

    private struct Column {
        let commit: ObjectID
        let color: Int
    }

    /// A row being drawn.
    private struct Row {
        var bytes: [UInt8] = []
        var width = 0

        mutating func plain(_ character: Character) {
            bytes += String(character).utf8
            width += 1
        }

        mutating func spaces(_ count: Int) {
            guard count > 0 else { return }
            bytes += [UInt8](repeating: 0x20, count: count)
            width += count
        }
    }

    private let colors: [String]
    private var commit: ObjectID?
    private var parents: [ObjectID] = []
    private var mark = "*"
    private var state = State.padding
    private var previousState = State.padding
    private var columns: [Column] = []
    private var newColumns: [Column] = []
    private var mapping: [Int] = []
    private var oldMapping: [Int] = []
    private var mappingSize = 0
    private var defaultColor: Int
    private(set) var width = 0
    private var expansionRow = 0
    private var commitIndex = 0
    private var previousCommitIndex = 0
    private var mergeLayout = 0
    private var edgesAdded = 0
    private var previousEdgesAdded = 0

    /// Colours as sequences, in turn; none for plain text.
    init(colors: [String]) {
        self.colors = colors
        defaultColor = max(colors.count - 1, 0)
    }

    static let defaultColors =
        [31, 32, 33, 34, 35, 36].map { "\u{1b}[\($0)m" } + [31, 32, 33, 34, 35, 36].map { "\u{1b}[1;\($0)m" }

    /// Goes on to the next commit, with those of its parents that are shown.
    mutating func update(_ id: ObjectID, parents: [ObjectID], mark: String) {
        commit = id
        self.parents = parents
        self.mark = mark
        previousCommitIndex = commitIndex
        updateColumns(id)
        expansionRow = 0
        state = state != .padding ? .skip : needsPreCommitLine ? .preCommit : .commit
    }

    private var dashedParents: Int { parents.count + mergeLayout - 3 }

    private var needsPreCommitLine: Bool {
        parents.count >= 3 && commitIndex < columns.count - 1 && expansionRow < dashedParents * 2
    }

    private mutating func move(to next: State) {
        previousState = state
        state = next
    }

    private mutating func updateColumns(_ id: ObjectID) {
        swap(&columns, &newColumns)
        newColumns = []
        let room = 2 * (columns.count + parents.count)
        mappingSize = room
        mapping = [Int](repeating: -1, count: max(room, 2))
        if oldMapping.count < mapping.count {
            oldMapping += [Int](repeating: -1, count: mapping.count - oldMapping.count)
        }
        width = 0
        previousEdgesAdded = edgesAdded
        edgesAdded = 0
        var hasSeen = false
        for index in 0...columns.count {
            if index == columns.count && hasSeen { break }
            let current = index < columns.count ? columns[index].commit : id
            guard current == id else {
                insert(current, -1)
                continue
            }
            hasSeen = true
            commitIndex = index
            mergeLayout = -1
            for parent in parents {
                if parents.count > 1 || index == columns.count { nextColor() }
                insert(parent, index)
            }
            if parents.isEmpty { width += 2 }
        }
        while mappingSize > 1, mapping[mappingSize - 1] < 0 { mappingSize -= 1 }
    }

    private mutating func nextColor() {
        guard !colors.isEmpty else { return }
        defaultColor = (defaultColor + 1) % colors.count
    }

    private mutating func insert(_ id: ObjectID, _ index: Int) {
        var column = newColumns.firstIndex { $0.commit == id } ?? -1
        if column < 0 {
            column = newColumns.count
            let color = columns.first { $0.commit == id }?.color ?? defaultColor
            newColumns.append(Column(commit: id, color: color))
        }
        let place: Int
        if parents.count > 1 && index > -1 && mergeLayout == -1 {
            // The first parent decides whether the merge leans to the left.
            let distance = index - column
            let shift = distance > 1 ? 2 * distance - 3 : 1
            mergeLayout = distance > 0 ? 0 : 1
            edgesAdded = parents.count + mergeLayout - 2
            place = width + (mergeLayout - 1) * shift
            width += 2 * mergeLayout
        } else if edgesAdded > 0, width >= 2, column == mapping[width - 2] {
            place = width - 2
            edgesAdded = -1
        } else {
            place = width
            width += 2
        }
        if place >= 0, place < mapping.count { mapping[place] = column }
    }

    private var isMappingCorrect: Bool {
        for index in 0..<mappingSize where mapping[index] >= 0 && mapping[index] != index / 2 { return false }
        return true
    }

    // MARK: Rows

    private func write(_ column: Column, _ character: Character, _ row: inout Row) {
        if column.color < colors.count { row.bytes += colors[column.color].utf8 }
        row.plain(character)
        if column.color < colors.count { row.bytes += TerminalColor.reset.utf8 }
    }

    /// Whether all that belongs to the commit was drawn.
    var isFinished: Bool { state == .padding }

    /// The next row, and whether it is the commit's own.
    mutating func nextLine() -> (bytes: [UInt8], isCommit: Bool) {
        var row = Row()
        var isCommit = false
        switch state {
        case .padding: paddingRow(&row)
        case .skip:
            for _ in 0..<3 { row.plain(".") }
            move(to: needsPreCommitLine ? .preCommit : .commit)
        case .preCommit: preCommitRow(&row)
        case .commit:
            commitRow(&row)
            isCommit = true
        case .postMerge: postMergeRow(&row)
        case .collapsing: collapsingRow(&row)
        }
        row.spaces(width - row.width)
        return (row.bytes, isCommit)
    }

    /// A row that draws lines on without moving to the next part, for text that stands before the commit's.
    mutating func paddingLine() -> [UInt8] {
        guard state == .commit else { return nextLine().bytes }
        var row = Row()
        for column in columns {
            write(column, "|", &row)
            row.spaces(column.commit == commit && parents.count > 2 ? (parents.count - 2) * 2 : 1)
        }
        row.spaces(width - row.width)
        previousState = .padding
        return row.bytes
    }

    private func paddingRow(_ row: inout Row) {
        guard commit != nil else { return }
        for column in newColumns {
            write(column, "|", &row)
            row.spaces(1)
        }
    }

    private mutating func preCommitRow(_ row: inout Row) {
        var hasSeen = false
        for (index, column) in columns.enumerated() {
            if column.commit == commit {
                hasSeen = true
                write(column, "|", &row)
                row.spaces(expansionRow)
            } else if hasSeen && expansionRow == 0 {
                let leans = previousState == .postMerge && previousCommitIndex < index
                write(column, leans ? "\\" : "|", &row)
            } else {
                write(column, hasSeen ? "\\" : "|", &row)
            }
            row.spaces(1)
        }
        expansionRow += 1
        if !needsPreCommitLine { move(to: .commit) }
    }

    private mutating func commitRow(_ row: inout Row) {
        var hasSeen = false
        for index in 0...columns.count {
            if index == columns.count && hasSeen { break }
            let current = index < columns.count ? columns[index].commit : commit
            if current == commit {
                hasSeen = true
                row.bytes += mark.utf8
                row.width += 1
                if parents.count > 2 { octopus(&row) }
            } else if hasSeen && edgesAdded > 1 {
                write(columns[index], "\\", &row)
            } else if hasSeen && edgesAdded == 1 {
                let leans = previousState == .postMerge && previousEdgesAdded > 0 && previousCommitIndex < index
                write(columns[index], leans ? "\\" : "|", &row)
            } else if previousState == .collapsing, 2 * index + 1 < oldMapping.count,
                oldMapping[2 * index + 1] == index, mapping[2 * index] < index
            {
                write(columns[index], "/", &row)
            } else {
                write(columns[index], "|", &row)
            }
            row.spaces(1)
        }
        move(to: parents.count > 1 ? .postMerge : isMappingCorrect ? .padding : .collapsing)
    }

    private func octopus(_ row: inout Row) {
        let dashed = dashedParents
        guard dashed > 0 else { return }
        for index in 0..<dashed {
            let place = (commitIndex + index + 2) * 2
            guard place < mapping.count, mapping[place] >= 0 else { continue }
            let column = newColumns[mapping[place]]
            write(column, "-", &row)
            write(column, index == dashed - 1 ? "." : "-", &row)
        }
    }

    private mutating func postMergeRow(_ row: inout Row) {
        let edges: [Character] = ["/", "|", "\\"]
        var hasSeen = false
        var parentColumn: Column?
        for index in 0...columns.count {
            if index == columns.count && hasSeen { break }
            let current = index < columns.count ? columns[index].commit : commit
            if current == commit {
                hasSeen = true
                var edge = max(mergeLayout, 0)
                for (number, parent) in parents.enumerated() {
                    guard let column = newColumns.first(where: { $0.commit == parent }) else { continue }
                    write(column, edges[edge], &row)
                    if edge == 2 {
                        if edgesAdded > 0 || number < parents.count - 1 { row.spaces(1) }
                    } else {
                        edge += 1
                    }
                }
                if edgesAdded == 0 { row.spaces(1) }
            } else if hasSeen {
                write(columns[index], edgesAdded > 0 ? "\\" : "|", &row)
                row.spaces(1)
            } else {
                write(columns[index], "|", &row)
                if mergeLayout != 0 || index != commitIndex - 1 {
                    if let parentColumn { write(parentColumn, "_", &row) } else { row.spaces(1) }
                }
            }
            if current == parents.first, index < columns.count { parentColumn = columns[index] }
        }
        move(to: isMappingCorrect ? .padding : .collapsing)
    }

    private mutating func collapsingRow(_ row: inout Row) {
        var usesHorizontal = false
        var horizontalEdge = -1
        var horizontalTarget = -1
        swap(&mapping, &oldMapping)
        for index in 0..<mappingSize { mapping[index] = -1 }
        for index in 0..<mappingSize {
            let target = oldMapping[index]
            guard target >= 0 else { continue }
            if target * 2 == index {
                mapping[index] = target
            } else if index > 0, mapping[index - 1] < 0 {
                mapping[index - 1] = target
                if horizontalEdge == -1 {
                    horizontalEdge = index
                    horizontalTarget = target
                    for place in stride(from: target * 2 + 3, to: index - 2, by: 2) { mapping[place] = target }
                }
            } else if index > 1, mapping[index - 1] != target {
                mapping[index - 2] = target
                if horizontalEdge == -1 {
                    horizontalTarget = target
                    horizontalEdge = index - 1
                    for place in stride(from: target * 2 + 3, to: index - 2, by: 2) { mapping[place] = target }
                }
            }
        }
        for index in 0..<mappingSize { oldMapping[index] = mapping[index] }
        if mappingSize > 0, mapping[mappingSize - 1] < 0 { mappingSize -= 1 }
        for index in 0..<mappingSize {
            let target = mapping[index]
            if target < 0 {
                row.spaces(1)
            } else if target * 2 == index {
                write(newColumns[target], "|", &row)
            } else if target == horizontalTarget && index != horizontalEdge - 1 {
                if index != target * 2 + 3 { mapping[index] = -1 }
                usesHorizontal = true
                write(newColumns[target], "_", &row)
            } else {
                if usesHorizontal && index < horizontalEdge { mapping[index] = -1 }
                write(newColumns[target], "/", &row)
            }
        }
        if isMappingCorrect { move(to: .padding) }
    }
}
