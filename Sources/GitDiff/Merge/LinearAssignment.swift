/// The cheapest way to pair each column of a square matrix of costs with a row of its own: the shortest augmenting paths of
/// Jonker and Volgenant (1987). Of several cheapest ways the one that Git takes.
public struct LinearAssignment {
    private let count: Int
    /// Row by row.
    private let costs: [Int]
    private var prices: [Int]
    private var rowOfColumn: [Int]
    private var columnOfRow: [Int]

    /// The row of each column.
    ///
    /// - Parameters:
    ///   - count: how many columns, and rows.
    ///   - costs: the costs, row by row.
    public static func rows(count: Int, costs: [Int]) -> [Int] {
        precondition(costs.count == count * count, "the matrix is square")
        if count < 2 { return Array(repeating: 0, count: count) }
        var assignment = LinearAssignment(count: count, costs: costs)
        assignment.reduceColumns()
        var free = assignment.transfer()
        if !free.isEmpty {
            for _ in 0..<2 { free = assignment.reduceRows(free) }
            for row in free { assignment.augment(row) }
        }
        return assignment.rowOfColumn
    }

    private init(count: Int, costs: [Int]) {
        self.count = count
        self.costs = costs
        prices = Array(repeating: 0, count: count)
        rowOfColumn = Array(repeating: -1, count: count)
        columnOfRow = Array(repeating: -1, count: count)
    }

    private func cost(_ column: Int, _ row: Int) -> Int { costs[column + count * row] }

    private func reduced(_ column: Int, _ row: Int) -> Int { cost(column, row) - prices[column] }

    /// Gives each column its cheapest row where that is free; a row that several wanted is marked by a number below -1.
    private mutating func reduceColumns() {
        for column in stride(from: count - 1, through: 0, by: -1) {
            var best = 0
            for row in 1..<count where cost(column, best) > cost(column, row) { best = row }
            prices[column] = cost(column, best)
            if columnOfRow[best] == -1 {
                columnOfRow[best] = column
                rowOfColumn[column] = best
            } else if columnOfRow[best] >= 0 {
                columnOfRow[best] = -2 - columnOfRow[best]
            }
        }
    }

    /// Lowers the prices of columns that no other row wants; returns the rows without a column.
    private mutating func transfer() -> [Int] {
        var free: [Int] = []
        for row in 0..<count {
            let column = columnOfRow[row]
            if column == -1 {
                free.append(row)
            } else if column < -1 {
                columnOfRow[row] = -2 - column
            } else {
                var least = reduced(column == 0 ? 1 : 0, row)
                for other in 1..<count where other != column { least = min(least, reduced(other, row)) }
                prices[column] -= least
            }
        }
        return free
    }

    /// Gives free rows their cheapest columns, taking them from others where that pays.
    private mutating func reduceRows(_ rows: [Int]) -> [Int] {
        var queue = rows
        var left: [Int] = []
        var next = 0
        while next < queue.count {
            let row = queue[next]
            next += 1
            var best = 0
            var second = -1
            var lowest = reduced(0, row)
            var secondLowest = Int.max
            for column in 1..<count {
                let value = reduced(column, row)
                guard secondLowest > value else { continue }
                if lowest < value {
                    secondLowest = value
                    second = column
                } else {
                    secondLowest = lowest
                    lowest = value
                    second = best
                    best = column
                }
            }
            if second < 0 {
                second = best
                secondLowest = lowest
            }
            var owner = rowOfColumn[best]
            if lowest < secondLowest {
                prices[best] -= secondLowest - lowest
            } else if owner >= 0 {
                best = second
                owner = rowOfColumn[best]
            }
            if owner >= 0 {
                if lowest < secondLowest {
                    next -= 1
                    queue[next] = owner
                } else {
                    left.append(owner)
                }
            }
            columnOfRow[row] = best
            rowOfColumn[best] = row
        }
        return left
    }

    /// Finds the cheapest chain of exchanges that ends at a free column.
    private mutating func augment(_ start: Int) {
        var distances = (0..<count).map { reduced($0, start) }
        var origins = Array(repeating: start, count: count)
        var columns = Array(0..<count)
        var low = 0
        var up = 0
        var last = 0
        var least = 0
        var end = -1
        search: while true {
            if low == up {
                last = low
                least = distances[columns[up]]
                up += 1
                for k in up..<count {
                    let column = columns[k]
                    end = column
                    guard distances[column] <= least else { continue }
                    if distances[column] < least {
                        up = low
                        least = distances[column]
                    }
                    columns[k] = columns[up]
                    columns[up] = column
                    up += 1
                }
                for k in low..<up where rowOfColumn[columns[k]] == -1 {
                    // Git goes on from the last column that it looked at, which need not be the free one.
                    if end < 0 { end = columns[k] }
                    break search
                }
            }
            let current = columns[low]
            low += 1
            let row = rowOfColumn[current]
            let offset = reduced(current, row) - least
            for k in up..<count {
                let column = columns[k]
                end = column
                let value = reduced(column, row) - offset
                guard value < distances[column] else { continue }
                distances[column] = value
                origins[column] = row
                guard value == least else { continue }
                if rowOfColumn[column] == -1 { break search }
                columns[k] = columns[up]
                columns[up] = column
                up += 1
            }
        }
        for k in 0..<last { prices[columns[k]] += distances[columns[k]] - least }
        var column = end
        while column >= 0 {
            let row = origins[column]
            rowOfColumn[column] = row
            (column, columnOfRow[row]) = (columnOfRow[row], column)
            if row == start { return }
        }
    }
}
