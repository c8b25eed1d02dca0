internal import GitObjects

extension RenameDetector {
    /// Files smaller than this are never taken apart.
    private static let smallest = 400

    /// Takes modifications that change nearly everything apart into a deletion and an addition.
    mutating func breakRewrites() throws(DiffError) {
        let breakScore = options.breakScore.map { $0 == 0 ? 30000 : $0 } ?? 30000
        var result: [Item] = []
        for item in items {
            guard !item.isUnmerged, let oldMode = item.old.mode, let newMode = item.new.mode, oldMode.isBlob,
                newMode.isBlob,
                item.old.path == item.new.path, let score = try rewriteScore(item, breakScore)
            else {
                result.append(item)
                continue
            }
            let kept = score < options.rewriteScore ? 0 : score
            var deletion = item
            deletion.new = .absent(item.new.path, source.algorithm)
            deletion.isBroken = true
            deletion.score = kept
            result.append(deletion)
            var addition = item
            addition.old = .absent(item.old.path, source.algorithm)
            addition.isBroken = true
            addition.score = kept
            // The absent old side is a file of its own.
            addition.oldKey = users.count
            users.append(0)
            result.append(addition)
        }
        items = result
    }

    /// How much of the old file is gone, where so much changed that the modification is to be taken apart; nil else.
    private mutating func rewriteScore(_ item: Item, _ breakScore: Int) throws(DiffError) -> Int? {
        let most = DiffEntry.maximumScore
        if item.old.mode?.isRegular != item.new.mode?.isRegular { return most }
        if item.old.id == item.new.id && !item.old.id.isZero { return nil }
        let oldSize = try source.size(of: item.old)
        let newSize = try source.size(of: item.new)
        let larger = max(oldSize, newSize)
        guard larger >= RenameDetector.smallest, oldSize > 0 else { return nil }
        var (copied, added) = ContentFingerprint.compare(
            try similarity.fingerprint(item.old), try similarity.fingerprint(item.new))
        copied = min(copied, oldSize)
        if newSize < added + copied { added = max(newSize - copied, 0) }
        let removed = oldSize - copied
        let score = removed * most / oldSize
        if score > breakScore { return score }
        if (removed + added) * most / larger < breakScore { return nil }
        // Much removed and nearly nothing added is no rewrite.
        if oldSize * breakScore < removed * most, added * 20 < removed, added * 20 < copied { return nil }
        return score
    }

    /// Puts halves that found no other partner together again.
    mutating func mergeBroken() {
        var result: [Item] = []
        var isMerged = [Bool](repeating: false, count: items.count)
        for index in items.indices where !isMerged[index] {
            let item = items[index]
            guard item.isBroken, item.old.path == item.new.path,
                let peer = items.indices.first(where: {
                    $0 > index && !isMerged[$0] && items[$0].isBroken && items[$0].old.path == items[$0].new.path
                        && items[$0].new.path == item.old.path
                })
            else {
                result.append(item)
                continue
            }
            isMerged[peer] = true
            let deletion = item.old.exists ? item : items[peer]
            let addition = item.old.exists ? items[peer] : item
            var merged = deletion
            merged.new = addition.new
            merged.isBroken = false
            merged.score = item.score
            users[deletion.oldKey] += 1
            result.append(merged)
        }
        items = result
    }
}
