/// Compares two versions of a table, of which only the stretches that differ are given, piece by piece.
///
/// Rows that both have cancel each other as they come, wherever they stand; what is left over is kept, up to a limit. A row that is
/// left over on one side and one on the other are *one row that changed* where they follow the same row, or begin with the same
/// field, and half of their fields are the same.
public struct TableComparison {
    /// The sides.
    public enum Side: Int, Sendable {
        /// The old version.
        case old
        /// The new version.
        case new
    }

    private struct Row {
        let bytes: [UInt8]
        /// The row before it.
        let previous: Int
    }

    private let format: TableFormat
    private let columns: [[String]?]
    /// For each side the fields that both have, where the columns differ.
    private var shared: [[Int]]?
    private var rows: [[Int: [Row]]] = [[:], [:]]
    private var previous = [0, 0]
    private var kept = 0
    private var difference: TableDifference

    /// What is kept of rows that differ, in bytes.
    private static let limit = 64 << 20

    /// Begins a comparison.
    ///
    /// - Parameters:
    ///   - old: the columns' names in the old version, where they are known.
    ///   - new: those of the new version.
    public init(_ format: TableFormat, old: [String]?, new: [String]?) {
        self.format = format
        columns = [old, new]
        difference = TableDifference(format: format.name)
        guard let old, let new, old != new else { return }
        difference.addedColumns = new.filter { !old.contains($0) }
        difference.removedColumns = old.filter { !new.contains($0) }
        let both = new.filter { old.contains($0) }
        shared = [old, new].map { names in both.compactMap { names.firstIndex(of: $0) } }
    }

    /// Whether more was left over than is kept.
    public var isFull: Bool { difference.isPartial }

    /// Says that not all rows were given.
    public mutating func giveUp() {
        difference.isPartial = true
        rows = [[:], [:]]
    }

    /// Says that the next row does not follow the last one.
    public mutating func jump(_ side: Side) { previous[side.rawValue] = 0 }

    /// Takes one row.
    public mutating func add(_ row: UnsafeRawBufferPointer, to side: Side) {
        guard !isFull else { return }
        let key = key(row, side)
        let before = previous[side.rawValue]
        previous[side.rawValue] = key
        let other = 1 - side.rawValue
        if var waiting = rows[other].removeValue(forKey: key) {
            kept -= waiting.removeFirst().bytes.count + Self.overhead
            if !waiting.isEmpty { rows[other][key] = waiting }
            return
        }
        rows[side.rawValue][key, default: []].append(Row(bytes: Array(row), previous: before))
        kept += row.count + Self.overhead
        if kept > Self.limit { giveUp() }
    }

    /// Takes the next rows of both sides, all of one of them. Most are the same in both and one after the other: those are passed
    /// over without being looked up.
    ///
    /// - Returns: how many rows of each side were taken; the others are to be given again.
    public mutating func add(
        _ old: [UnsafeRawBufferPointer], _ new: [UnsafeRawBufferPointer]
    ) -> (old: Int, new: Int) {
        let sides = [old, new]
        var next = [0, 0]
        func isSame(_ left: Int, _ right: Int) -> Bool {
            guard left < old.count, right < new.count else { return false }
            return old[left].elementsEqual(new[right])
        }
        func take(_ side: Side, _ count: Int) {
            let number = side.rawValue
            for _ in 0..<min(count, sides[number].count - next[number]) {
                let row = next[number]
                if row > 0 { previous[number] = key(sides[number][row - 1], side) }
                add(sides[number][row], to: side)
                next[number] = row + 1
            }
        }
        while shared == nil, next[0] < old.count, next[1] < new.count, !isFull {
            if isSame(next[0], next[1]) {
                next = [next[0] + 1, next[1] + 1]
                continue
            }
            let (left, right) = (next[0], next[1])
            let distance = (1...Self.lookahead).first {
                isSame(left + $0, right) || isSame(left, right + $0) || isSame(left + $0, right + $0)
            }
            let count = distance ?? 1
            let isOnlyNew = distance != nil && isSame(left, right + count)
            let isOnlyOld = distance != nil && !isOnlyNew && isSame(left + count, right)
            if !isOnlyNew { take(.old, count) }
            if !isOnlyOld { take(.new, count) }
        }
        if shared != nil || old.isEmpty || new.isEmpty {
            take(.old, old.count)
            take(.new, new.count)
        }
        for side in [Side.old, .new] where next[side.rawValue] > 0 {
            previous[side.rawValue] = key(sides[side.rawValue][next[side.rawValue] - 1], side)
        }
        return isFull ? (old.count, new.count) : (next[0], next[1])
    }

    /// How many rows further on the same row is looked for.
    private static let lookahead = 8
    private static let overhead = 100

    /// A row's hash, of the fields that both versions have.
    private func key(_ row: UnsafeRawBufferPointer, _ side: Side) -> Int {
        var hasher = Hasher()
        if case .delimited(let text) = format, let shared {
            let fields = text.fields(row)
            for index in shared[side.rawValue] { hasher.combine(index < fields.count ? fields[index] : []) }
        } else {
            hasher.combine(bytes: DelimitedText.withoutEnd(row))
        }
        return hasher.finalize()
    }

    // MARK: What is left over

    /// The difference.
    public consuming func finish() -> TableDifference {
        guard !isFull else { return difference }
        let old = rows[0].flatMap { key, rows in rows.map { (key: key, row: $0, fields: fields($0, .old)) } }
        let new = rows[1].flatMap { key, rows in rows.map { (key: key, row: $0, fields: fields($0, .new)) } }
        var partners = Partners(old.count, new.count)
        // Rows follow the same row, or begin alike.
        let byPrevious = Dictionary(grouping: old.indices.filter { old[$0].row.previous != 0 }) { old[$0].row.previous }
        let byFirst = Dictionary(grouping: old.indices) { old[$0].fields.first?.value }
        func pair(_ candidates: (Int) -> [Int]?) {
            for index in new.indices where partners.new[index] == nil {
                // Many rows alike cannot be told apart, and need not be.
                for candidate in candidates(index)?.prefix(8) ?? [] where partners.old[candidate] == nil {
                    guard TableComparison.areAlike(old[candidate].fields, new[index].fields) else { continue }
                    partners.join(candidate, index)
                    break
                }
            }
        }
        pair { byFirst[new[$0].fields.first?.value] }
        pair { byPrevious[new[$0].row.previous] }
        // Where rows one after the other changed, each follows the partner of the one before it.
        let byKey = Dictionary(new.indices.map { (new[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
        for _ in 0..<4 {
            let before = partners.count
            pair { index in
                guard let above = byKey[new[index].row.previous], let partner = partners.new[above] else { return nil }
                return byPrevious[old[partner].key]
            }
            if partners.count == before { break }
        }
        difference.addedRows = new.count - partners.count
        difference.removedRows = old.count - partners.count
        difference.changedRows = partners.count
        count(partners.pairs.map { (old[$0.old].fields, new[$0.new].fields) })
        return difference
    }

    private struct Partners {
        var old: [Int?]
        var new: [Int?]
        var pairs: [(old: Int, new: Int)] = []
        var count: Int { pairs.count }

        init(_ old: Int, _ new: Int) {
            self.old = Array(repeating: nil, count: old)
            self.new = Array(repeating: nil, count: new)
        }

        mutating func join(_ left: Int, _ right: Int) {
            old[left] = right
            new[right] = left
            pairs.append((left, right))
        }
    }

    private typealias Field = (name: String, value: String)

    private func fields(_ row: Row, _ side: Side) -> [Field] {
        switch format {
        case .jsonLines: return JSONLines.members(row.bytes) ?? [("", String(decoding: row.bytes, as: UTF8.self))]
        case .delimited(let text):
            let values = text.fields(row.bytes).map { String(decoding: $0, as: UTF8.self) }
            let names = columns[side.rawValue]
            let all = values.enumerated().map { index, value in
                (names.flatMap { index < $0.count ? $0[index] : nil } ?? "\(index + 1)", value)
            }
            guard let shared else { return all }
            return shared[side.rawValue].compactMap { $0 < all.count ? all[$0] : nil }
        }
    }

    private static func areAlike(_ old: [Field], _ new: [Field]) -> Bool {
        let values = Dictionary(old.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let same = new.reduce(0) { $0 + (values[$1.name] == $1.value ? 1 : 0) }
        return same > 0 && same * 2 >= min(old.count, new.count)
    }

    private mutating func count(_ pairs: [(old: [Field], new: [Field])]) {
        var counts: [String: Int] = [:]
        var order: [String] = []
        for (old, new) in pairs {
            let before = Dictionary(old.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            let after = Dictionary(new.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            let names = new.map(\.name) + old.map(\.name).filter { after[$0] == nil }
            for name in names where before[name] != after[name] {
                if counts[name] == nil { order.append(name) }
                counts[name, default: 0] += 1
            }
        }
        if let names = columns[1] {
            order.sort { (names.firstIndex(of: $0) ?? names.count) < (names.firstIndex(of: $1) ?? names.count) }
        } else if case .delimited = format {
            order.sort { (Int($0) ?? 0) < (Int($1) ?? 0) }
        } else {
            order.sort()
        }
        difference.changedColumns = order.map { ($0, counts[$0] ?? 0) }
    }
}
