/// How two versions of a table differ.
public struct TableDifference: Sendable, Hashable {
    /// The format by name.
    public var format: String
    /// Columns that only the new version has.
    public var addedColumns: [String] = []
    /// Columns that only the old version has.
    public var removedColumns: [String] = []
    /// Rows that only the new version has.
    public var addedRows = 0
    /// Rows that only the old version has.
    public var removedRows = 0
    /// Rows that both have, with other values.
    public var changedRows = 0
    /// In how many of the changed rows each column's value is another, in the order of the columns.
    public var changedColumns: [(name: String, rows: Int)] {
        get { changes.map { ($0.name, $0.rows) } }
        set { changes = newValue.map { Change(name: $0.name, rows: $0.rows) } }
    }
    /// Whether too much differs to compare row by row.
    public var isPartial = false

    private struct Change: Hashable {
        let name: String
        let rows: Int
    }
    private var changes: [Change] = []

    /// No difference.
    public init(format: String) { self.format = format }

    /// Lines for a person; of columns at most `limit` of each kind.
    public func lines(limit: Int = 20) -> [String] {
        func list(_ items: [String]) -> [String] {
            Array(items.prefix(limit)) + (items.count > limit ? ["… and \(items.count - limit) more"] : [])
        }
        let rows =
            isPartial
            ? "more rows differ than are compared"
            : "rows: \(addedRows) added, \(removedRows) removed, \(changedRows) changed"
        return ["\(format), \(rows)"] + list(removedColumns.map { "- column \($0)" })
            + list(addedColumns.map { "+ column \($0)" })
            + list(changes.map { "~ column \($0.name) in \($0.rows) row\($0.rows == 1 ? "" : "s")" })
    }
}
