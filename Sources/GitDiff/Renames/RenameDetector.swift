internal import Bytes
internal import GitObjects

/// Finds out which added files are renamed or copied ones, and which modifications are rewrites, with Git's results.
public struct RenameDetector {
    /// What detection found.
    public struct Result: Sendable {
        /// The entries, pairs in the places of the additions.
        public var entries: [DiffEntry]
        /// The limit that would have been needed, where there were too many files to compare them all; 0 else.
        public var neededLimit = 0
        /// Whether sources that did not change were left out because of that.
        public var leftOutUnchanged = false
    }

    /// An entry on its way: as `DiffEntry`, with what the passes need to know.
    struct Item {
        var old: DiffSide
        var new: DiffSide
        var isUnmerged = false
        var isBroken = false
        var isPair = false
        var score = 0
        /// Which old file this is; the count of its users is kept under this number.
        var oldKey: Int

        var isAddition: Bool { !old.exists && new.exists }
        var isDeletion: Bool { old.exists && !new.exists }
        var isUnchanged: Bool {
            old.exists && new.exists && old.path == new.path && old.mode == new.mode && old.id == new.id
                && !new.isDirty && !old.isDirty
                && !old.id.isZero
        }
    }

    struct Source {
        var item: Int
        var score: Int
    }

    struct Destination {
        var item: Int
        var isDone = false
    }

    let source: any DiffSource
    let options: RenameOptions
    var items: [Item]
    /// For each ``Item/oldKey``: how many entries need the old file.
    var users: [Int]
    var sources: [Source] = []
    var destinations: [Destination] = []
    var brokenDestinations: [GitPath: Int] = [:]
    var similarity: SimilarityEstimator
    var neededLimit = 0
    var skipsUnchanged = false
    var guide: DirectoryGuide?

    /// Pairs what belongs together.
    ///
    /// - Throws: ``DiffError`` where a file cannot be read.
    public static func detect(
        _ entries: [DiffEntry], source: any DiffSource, options: RenameOptions
    ) throws(DiffError) -> Result {
        try detect(entries, source: source, options: options, guide: nil)
    }

    static func detect(
        _ entries: [DiffEntry], source: any DiffSource, options: RenameOptions, guide: DirectoryGuide?
    ) throws(DiffError) -> Result {
        var detector = RenameDetector(entries, source: source, options: options)
        detector.guide = guide
        if options.breakScore != nil { try detector.breakRewrites() }
        if options.detection != .none { try detector.findPairs() }
        if options.breakScore != nil { detector.mergeBroken() }
        return Result(
            entries: detector.resolved(), neededLimit: detector.neededLimit,
            leftOutUnchanged: detector.skipsUnchanged)
    }

    private init(_ entries: [DiffEntry], source: any DiffSource, options: RenameOptions) {
        self.source = source
        self.options = options
        items = entries.enumerated().map { index, entry in
            Item(
                old: entry.old, new: entry.new, isUnmerged: entry.status == .unmerged, score: entry.score, oldKey: index
            )
        }
        users = Array(repeating: 0, count: entries.count)
        similarity = SimilarityEstimator(source: source)
    }

    var wantsCopies: Bool { options.detection == .copies }

    private mutating func findPairs() throws(DiffError) {
        let hasBroken = items.contains { $0.isBroken }
        try collect()
        if !sources.isEmpty && !destinations.isEmpty {
            try match(hasBroken)
        }
        // A source that moved away is no deletion any more, and what did not change was only here as a source.
        items = items.filter { item in
            if item.isUnmerged || item.isAddition { return true }
            if item.isPair { return true }
            if item.isDeletion {
                if item.isBroken {
                    guard let destination = brokenDestinations[item.old.path] else { return true }
                    return !destinations[destination].isDone
                }
                return users[item.oldKey] == 0
            }
            return !item.isUnchanged
        }
    }

    private mutating func collect() throws(DiffError) {
        for index in items.indices where !items[index].isUnmerged {
            let item = items[index]
            if !item.old.exists {
                guard item.new.exists else { continue }
                if let only = options.onlyDestination, only != item.new.path.bytes { continue }
                if !options.pairsEmptyFiles, item.new.id == .emptyBlob(source.algorithm) { continue }
                if item.isBroken { brokenDestinations[item.new.path] = destinations.count }
                destinations.append(Destination(item: index))
            } else if !options.pairsEmptyFiles, item.old.id == .emptyBlob(source.algorithm) {
                continue
            } else if item.isDeletion {
                // A broken half that did not want to be broken stays where it is.
                if item.isBroken && item.score == 0 { users[item.oldKey] += 1 }
                sources.append(Source(item: index, score: item.score))
            } else if wantsCopies {
                users[item.oldKey] += 1
                sources.append(Source(item: index, score: item.score))
            }
        }
    }

    private mutating func match(_ hasBroken: Bool) throws(DiffError) {
        let minimum = options.minimumScore
        try matchEqual()
        if minimum >= DiffEntry.maximumScore { return }
        if !wantsCopies && !hasBroken {
            dropUsedSources(false)
            try matchNames(minimum + (DiffEntry.maximumScore - minimum) / 2)
        }
        dropUsedSources(true)
        let open = destinations.indices.filter { !destinations[$0].isDone }
        guard !open.isEmpty, !sources.isEmpty, fitsLimit(open.count) else { return }
        try matchAlike(open, minimum)
    }

    private mutating func dropUsedSources(_ dropsIrrelevant: Bool) {
        if !brokenDestinations.isEmpty { return }
        sources = sources.filter { source in
            let item = items[source.item]
            if !wantsCopies && users[item.oldKey] > 0 { return false }
            return !dropsIrrelevant || guide?.isRelevant(item.old.path) ?? true
        }
    }

    private mutating func fitsLimit(_ open: Int) -> Bool {
        guard options.limit > 0 else { return true }
        let limit = options.limit.multipliedReportingOverflow(by: options.limit)
        if limit.overflow || open * sources.count <= limit.partialValue { return true }
        neededLimit = max(sources.count, open)
        guard options.findsCopiesHarder else { return false }
        let changed = sources.count { !items[$0.item].isUnchanged }
        guard open * changed <= limit.partialValue else { return false }
        skipsUnchanged = true
        return true
    }

    mutating func record(_ destination: Int, _ sourceIndex: Int, _ score: Int) {
        let from = items[sources[sourceIndex].item]
        let to = destinations[destination].item
        users[from.oldKey] += 1
        destinations[destination].isDone = true
        items[to].old = from.old
        items[to].oldKey = from.oldKey
        items[to].isPair = true
        items[to].score = from.old.path == items[to].new.path ? sources[sourceIndex].score : score
    }

    /// Names what each entry is, now that all pairs are known.
    private mutating func resolved() -> [DiffEntry] {
        items.map { item in
            if item.isUnmerged { return DiffEntry(status: .unmerged, old: item.old, new: item.new, score: item.score) }
            var entry = DiffEntry(old: item.old, new: item.new)
            entry.score = item.score
            guard entry.status == .modified, item.isPair, item.old.path != item.new.path else { return entry }
            users[item.oldKey] -= 1
            entry.status = users[item.oldKey] > 0 ? .copied : .renamed
            return entry
        }
    }
}
