internal import GitConfig
internal import Glibc

/// Words in columns, as `--column` and `column.*` ask for them.
struct ColumnLayout {
    private enum Enabling { case never, always, automatic }
    private enum Layout { case column, row, plain }

    private var enabling = Enabling.never
    private var layout = Layout.column
    private var isDense = false
    /// Whether the command line asked for columns.
    private(set) var isExplicit = false

    /// Reads `column.ui`, `column.<verb>` and the option.
    ///
    /// - Throws: Git's error for a word that it does not know.
    init(_ arguments: Arguments, _ context: Context, verb: String) throws {
        width = context.terminalWidth - 1
        let config = try context.configuration()
        for key in ["column.ui", "column.\(verb)"] {
            guard let text = config.string(key) else { continue }
            do { try read(text) } catch {
                throw CommandError.fatal("bad config variable '\(key)': \(error)")
            }
        }
        for option in arguments.occurrences where option.name == "column" {
            enabling = option.isNegated ? .never : .always
            if let text = option.text { try read(text) }
            isExplicit = enabling == .always
        }
        if case .automatic = enabling { enabling = context.pager != nil || isatty(1) == 1 ? .always : .never }
    }

    /// Columns of fixed width, always.
    init(width: Int, isByRow: Bool) {
        self.width = width
        enabling = .always
        layout = isByRow ? .row : .column
    }

    private let width: Int

    /// Whether words stand in columns.
    var isActive: Bool { enabling == .always }

    /// Leaves words on lines of their own.
    mutating func disable() { enabling = .never }

    private mutating func read(_ text: String) throws {
        var setsEnabling = false
        var setsLayout = false
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
            switch word {
            case "always": (enabling, setsEnabling) = (.always, true)
            case "never": (enabling, setsEnabling) = (.never, true)
            case "auto": (enabling, setsEnabling) = (.automatic, true)
            case "plain": (layout, setsLayout) = (.plain, true)
            case "column": (layout, setsLayout) = (.column, true)
            case "row": (layout, setsLayout) = (.row, true)
            case "dense": isDense = true
            case "nodense": isDense = false
            default: throw CommandError(.error, "unsupported option '\(word)'", exitCode: .usage)
            }
        }
        if setsLayout && !setsEnabling { enabling = .always }
    }

    /// The text of `words` in columns.
    ///
    /// - Parameters:
    ///   - padding: spaces between the widest word of a column and the next.
    ///   - indent: stands before each line; its bytes count for its width, as in Git.
    ///   - end: ends each line.
    func text(_ words: [[UInt8]], padding: Int, indent: [UInt8] = [], end: [UInt8] = [10]) -> [UInt8] {
        guard !words.isEmpty else { return [] }
        if layout == .plain { return words.flatMap { indent + $0 + end } }
        let lengths = words.map { Self.width($0) }
        var grid = Grid(lengths: lengths, isByRow: layout == .row)
        let widest = (lengths.max() ?? 0) + padding
        grid.columns = max(1, (width - indent.count) / widest)
        grid.rows = (words.count + grid.columns - 1) / grid.columns
        var widths = Array(repeating: widest, count: grid.columns)
        if isDense {
            grid.shrink(width: width - indent.count, padding: padding)
            widths = grid.widths.map { $0 + padding }
        }
        var result: [UInt8] = []
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                let position = grid.position(column, row)
                guard position < words.count else { break }
                let isLast =
                    layout == .row
                    ? column == grid.columns - 1 || position == words.count - 1
                    : position + grid.rows >= words.count
                result += (column == 0 ? indent : []) + words[position]
                if isLast {
                    result += end
                } else {
                    result += Array(repeating: UInt8(ascii: " "), count: max(0, widths[column] - lengths[position]))
                }
            }
        }
        return result
    }

    /// Columns of a word, the escape sequences of colours left out.
    private static func width(_ word: [UInt8]) -> Int {
        var plain: [UInt8] = []
        var isEscape = false
        for byte in word {
            if isEscape {
                isEscape = byte != UInt8(ascii: "m")
            } else if byte == 0x1b {
                isEscape = true
            } else {
                plain.append(byte)
            }
        }
        return TextColumns.width(plain[...])
    }

    /// Where the words stand.
    private struct Grid {
        let lengths: [Int]
        let isByRow: Bool
        var columns = 1
        var rows = 1

        func position(_ column: Int, _ row: Int) -> Int { isByRow ? row * columns + column : column * rows + row }

        /// The widest word of each column.
        var widths: [Int] {
            (0..<columns).map { column in
                (0..<rows).map { position(column, $0) }.filter { $0 < lengths.count }.map { lengths[$0] }.max() ?? 0
            }
        }

        /// Takes rows away while the line holds the columns that come.
        mutating func shrink(width: Int, padding: Int) {
            while rows > 1 {
                let before = self
                rows -= 1
                columns = (lengths.count + rows - 1) / rows
                if widths.reduce(0, { $0 + $1 + padding }) > width {
                    self = before
                    return
                }
            }
        }
    }
}
