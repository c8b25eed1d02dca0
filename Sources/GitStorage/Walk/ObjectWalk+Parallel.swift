internal import Bytes
internal import GitObjects

extension ObjectWalk {
    /// A tree that waits to be read.
    private struct Waiting: Sendable {
        let id: ObjectID
        let path: [UInt8]
    }

    /// An entry that was not seen when its tree was read.
    private struct Candidate: Sendable {
        let id: ObjectID
        let isTree: Bool
        let path: [UInt8]
    }

    /// What reading one tree gave.
    private enum Reading: Sendable {
        case none
        case entries([Candidate])
        case missing
    }

    private struct Readings: @unchecked Sendable {
        // Unchecked: each item is written by the one thread that works on it.
        let results: UnsafeMutableBufferPointer<Reading>
    }

    /// How many commits' trees are walked together: enough work for all cores, near enough to each other that they share
    /// delta bases.
    private static let trees = 256

    /// Visits everything below many trees, level by level: reading, inflating and sorting out what is known go on on all
    /// cores, only what is new is looked at by one.
    mutating func visitInAnyOrder(trees: [ObjectID], _ visit: Visitor) throws(StorageError) {
        var start = 0
        while start < trees.count {
            let end = min(start + Self.trees, trees.count)
            var level: [Waiting] = []
            for id in trees[start..<end] where seen.insert(id).isNew { level.append(Waiting(id: id, path: [])) }
            var depth = 0
            while !level.isEmpty {
                guard depth < options.treeDepthLimit else {
                    throw .tooDeep(level[0].id, limit: options.treeDepthLimit)
                }
                level = try walk(level: level, visit)
                depth += 1
            }
            start = end
        }
    }

    /// Reads the trees of a level. What the threads look into is not written to meanwhile; and it is let go before it is
    /// written to again, so that the table is never copied.
    private func read(level: [Waiting]) throws(StorageError) -> [Reading] {
        var results = [Reading](repeating: .none, count: level.count)
        let known = seen
        let database = database
        let includesBlobs = options.includesBlobs
        let allowsMissing = options.allowsMissing
        try results.withUnsafeMutableBufferPointerTyped { buffer throws(StorageError) in
            let readings = Readings(results: buffer)
            let workers = level.count < 8 ? 1 : database.options.workers
            try Workers.forEach(level.count, workers: workers) { (_, item) throws(StorageError) in
                guard let object = try database.readIfPresent(level[item].id) else {
                    guard allowsMissing else { throw .missing(level[item].id) }
                    readings.results[item] = .missing
                    return
                }
                guard object.kind == .tree else {
                    throw .unexpectedKind(level[item].id, expected: .tree, actual: object.kind)
                }
                readings.results[item] = .entries(
                    try Self.unseen(object.content, level[item], known, includesBlobs, database.algorithm))
            }
        }
        return results
    }

    private mutating func walk(level: [Waiting], _ visit: Visitor) throws(StorageError) -> [Waiting] {
        let results = try read(level: level)
        var next: [Waiting] = []
        for (waiting, reading) in zip(level, results) {
            guard case .entries(let entries) = reading else {
                missing.append((waiting.id, .tree))
                continue
            }
            try visit(waiting.id, .tree, waiting.path.span.bytes)
            for entry in entries where seen.insert(entry.id).isNew {
                if entry.isTree {
                    next.append(Waiting(id: entry.id, path: entry.path))
                } else if options.checksBlobs, !database.contains(entry.id) {
                    guard options.allowsMissing else { throw .missing(entry.id) }
                    missing.append((entry.id, .blob))
                } else {
                    try visit(entry.id, .blob, entry.path.span.bytes)
                }
            }
        }
        return next
    }

    private static func unseen(
        _ content: [UInt8], _ tree: Waiting, _ known: ObjectIDTable, _ includesBlobs: Bool, _ algorithm: HashAlgorithm
    ) throws(StorageError) -> [Candidate] {
        let bytes = content.span.bytes
        var candidates: [Candidate] = []
        var offset = 0
        while offset < bytes.byteCount {
            guard let entry = RawTreeEntry(bytes, at: offset, idSize: algorithm.byteCount, algorithm) else {
                throw .malformed(tree.id, .malformed(.tree, offset: offset, expected: "a tree entry"))
            }
            offset = entry.end
            guard entry.isTree || (includesBlobs && !entry.isGitlink), !known.contains(entry.id) else { continue }
            var path = tree.path
            if !path.isEmpty { path.append(UInt8(ascii: "/")) }
            path += content[entry.nameStart..<entry.nameEnd]
            candidates.append(Candidate(id: entry.id, isTree: entry.isTree, path: path))
        }
        return candidates
    }
}
