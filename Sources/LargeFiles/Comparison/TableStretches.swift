internal import DataFormats

/// Finds the stretches in which two versions of a table differ, and hands their rows to a ``TableComparison``.
///
/// Only chunks that differ are read, and for each stretch the chunk before it, where its first row may begin, and the one after
/// it, where its last row may end.
struct TableStretches {
    let format: TableFormat
    let old: ContentReading
    let new: ContentReading

    /// More is not read of either version: whoever looks at a difference waits for it.
    private static let limit = 256 << 20
    private static let step = 4 << 20

    /// How the tables differ; nil where one is no table of this kind.
    func compare() throws(ChunkStoreError) -> TableDifference? {
        let heads = [try old.head(TableFormat.headLength), try new.head(TableFormat.headLength)]
        let isWhole = [old.manifest.size <= heads[0].count, new.manifest.size <= heads[1].count]
        guard TableFormat.sniff(heads[0], isWhole: isWhole[0]) == format,
            TableFormat.sniff(heads[1], isWhole: isWhole[1]) == format
        else { return nil }
        var comparison = TableComparison(
            format, old: format.columns(heads[0], isWhole: isWhole[0]),
            new: format.columns(heads[1], isWhole: isWhole[1]))
        let columns = zip(heads, isWhole).map { format.columns($0, isWhole: $1) != nil }
        var read = 0
        for stretch in stretches() {
            read += max(old.length(stretch.old), new.length(stretch.new))
            guard read <= Self.limit else {
                comparison.giveUp()
                break
            }
            comparison.jump(.old)
            comparison.jump(.new)
            var left = RowReader(format, old, stretch.old, skipsHeader: columns[0])
            var right = RowReader(format, new, stretch.new, skipsHeader: columns[1])
            // Side by side, so that rows that both have cancel each other soon.
            repeat {
                try left.read(Self.step)
                try right.read(Self.step)
                let taken = left.buffer.withUnsafeBytes { old in
                    right.buffer.withUnsafeBytes { new in
                        comparison.add(
                            left.rows.map { UnsafeRawBufferPointer(rebasing: old[$0]) },
                            right.rows.map { UnsafeRawBufferPointer(rebasing: new[$0]) })
                    }
                }
                left.keep(after: taken.old)
                right.keep(after: taken.new)
                if left.isStuck || right.isStuck { comparison.giveUp() }
                if comparison.isFull { return comparison.finish() }
            } while !(left.isAtEnd && right.isAtEnd)
        }
        return comparison.finish()
    }

    /// Runs of chunks, by number, that stand between chunks that both versions have.
    private func stretches() -> [(old: Range<Int>, new: Range<Int>)] {
        let (before, after) = (old.manifest.chunks, new.manifest.chunks)
        var places: [Hash256: [Int]] = [:]
        for (index, chunk) in before.enumerated() { places[chunk.hash, default: []].append(index) }
        var stretches: [(old: Range<Int>, new: Range<Int>)] = []
        var seen: [Hash256: Int] = [:]
        var (nextOld, nextNew) = (0, 0)
        for (index, chunk) in after.enumerated() {
            guard let list = places[chunk.hash] else { continue }
            var turn = seen[chunk.hash] ?? 0
            while turn < list.count, list[turn] < nextOld { turn += 1 }
            seen[chunk.hash] = turn
            guard turn < list.count else { continue }
            let place = list[turn]
            if place > nextOld || index > nextNew { stretches.append((nextOld..<place, nextNew..<index)) }
            (nextOld, nextNew) = (place + 1, index + 1)
        }
        if nextOld < before.count || nextNew < after.count {
            stretches.append((nextOld..<before.count, nextNew..<after.count))
        }
        return stretches
    }
}
