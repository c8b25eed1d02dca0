internal import Bytes
public import GitDiff
public import GitObjects
internal import GitStorage

/// Finds the commit that each line of a file came from, as git-blame(1) does.
///
/// Runs of lines are passed from a commit to its parents as long as the parents hold the same lines; what no parent holds
/// stays with the commit. Commits are taken youngest first, so that a commit is looked at once for all of its children.
/// One search at a time; not shared between threads.
public final class Blame {
    /// A run of lines and where it is thought to come from. Lines are counted from 0.
    public struct Entry: Sendable, Hashable {
        /// The first line in the file that is annotated.
        public var line: Int
        /// The first line in the origin's file.
        public var source: Int
        /// How many lines.
        public var count: Int
        /// The origin: an index into ``Blame/origins``.
        public var origin: Int
        /// Whether an ignored commit was looked behind by guessing.
        public var isIgnored = false
        /// Whether an ignored commit keeps the lines, as no parent has anything like them.
        public var isUnblamable = false

        var sourceEnd: Int { source + count }
    }

    /// A file of a commit.
    public struct Origin {
        /// The commit: a number for ``Blame/id(of:)``.
        public let commit: Int32
        /// The path in that commit.
        public let path: GitPath
        /// The first parent's file with which it was compared, an index into ``Blame/origins``.
        public internal(set) var previous: Int?
        /// Whether lines stayed with it.
        public internal(set) var isGuilty = false
        var blob: ObjectID
        var mode: FileMode?
        var suspects: [Entry] = []
        var lines: Lines?
    }

    /// How it is searched.
    public let options: Options
    /// The file that is annotated.
    public let final: Lines
    /// Every file of a commit that lines were traced to.
    public internal(set) var origins: [Origin] = []
    /// What was found so far, in no order; after ``run()`` everything, by line and as few entries as can be.
    public private(set) var entries: [Entry] = []
    /// Told each entry when its commit is known.
    public var found: ((Entry) throws -> Void)?

    let source: BlameSource
    let objects: ObjectDatabase
    var table: CommitTable
    var originsOfCommit: [Int32: [Int]] = [:]
    var lookups: [GitPath: BlamePathLookup] = [:]
    private var queue = NumberQueue()
    /// How many letters and digits stand before each line.
    private let letters: [Int32]

    /// Prepares a search in a commit's file.
    ///
    /// - Parameter start: the commit; nil for `options.contents`, which count as a commit that is still to be made.
    /// - Throws: ``BlameError/noSuchPath(_:)`` where the commit has no such file.
    public init(_ repository: Repository, path: GitPath, in start: ObjectID?, options: Options) throws {
        self.options = options
        objects = repository.objects
        table = CommitTable(repository.objects, shallow: repository.shallowCommits)
        let algorithm = repository.algorithm
        var blob = ObjectID.zero(algorithm)
        var mode: FileMode?
        var overlay: (ObjectID, [UInt8])?
        let commit: Int32
        if let start {
            commit = table.number(start)
            try table.parse(commit)
            var lookup = BlamePathLookup(path)
            guard let entry = try lookup.find(in: table.tree(commit), objects), entry.mode.isBlob,
                try objects.header(entry.id).kind == .blob
            else { throw BlameError.noSuchPath(path) }
            (blob, mode) = (entry.id, entry.mode)
            final = try Lines(options.content(blob, path, mode))
        } else {
            let contents = options.contents
            blob = ObjectID.hash(.blob, contents.bytes, algorithm)
            mode = contents.mode
            overlay = (blob, contents.bytes)
            final = Lines(contents.shown ?? contents.bytes)
            commit = table.number(.zero(algorithm))
            table.define(commit, tree: .zero(algorithm), time: contents.time, parents: contents.parents)
        }
        source = BlameSource(objects: objects, overlay: overlay)
        letters = Blame.countLetters(final)
        origins.append(Origin(commit: commit, path: path, blob: blob, mode: mode, lines: final))
        originsOfCommit[commit] = [0]
        for (child, parents) in options.grafts {
            let number = table.number(child)
            try table.parse(number)
            table.setParents(number, parents.map { table.number($0) })
        }
    }

    /// The id of a commit; zero for the contents that are not committed.
    public func id(of commit: Int32) -> ObjectID { table.id(commit) }

    /// Whether the search ended at the commit without looking further.
    public func isBoundary(_ commit: Int32) -> Bool { table.has(commit, .uninteresting) }

    /// Whether a commit keeps lines of several files.
    public func hasSeveralFiles(_ commit: Int32) -> Bool {
        (originsOfCommit[commit] ?? []).count { origins[$0].isGuilty } > 1
    }

    /// How much there is to recognise in a run of lines: letters and digits, and one.
    public func score(_ entry: Entry) -> Int {
        1 + Int(letters[entry.line + entry.count]) - Int(letters[entry.line])
    }

    private static func countLetters(_ lines: Lines) -> [Int32] {
        var result: [Int32] = [0]
        result.reserveCapacity(lines.count + 1)
        var count: Int32 = 0
        for line in 0..<lines.count {
            for byte in lines[line] where (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 { count += 1 }
            result.append(count)
        }
        return result
    }

    // MARK: Searching

    /// Searches for the lines in `ranges` of the file, which are in order and do not touch each other.
    ///
    /// - Throws: ``StorageError``, ``DiffError``, and what ``found`` throws.
    public func run(_ ranges: [Range<Int>]) throws {
        origins[0].suspects = ranges.map {
            Entry(line: $0.lowerBound, source: $0.lowerBound, count: $0.count, origin: 0)
        }
        enqueue(origins[0].commit)
        while let commit = queue.pop() {
            while let origin = originsOfCommit[commit]?.first(where: { !origins[$0].suspects.isEmpty }) {
                try settle(origin, of: commit)
            }
        }
        entries.sort { $0.line < $1.line }
        coalesce()
    }

    private func enqueue(_ commit: Int32) {
        queue.push(commit, key: options.children == nil ? table.time(commit) : -table.time(commit))
    }

    private func settle(_ origin: Int, of commit: Int32) throws {
        try parse(commit)
        let isTooOld = options.since.map { table.time(commit) < $0 } ?? false
        if options.children != nil || !(table.has(commit, .uninteresting) || isTooOld) {
            try pass(from: origin)
        } else {
            markUninteresting(commit)
        }
        if table.parentCount(commit) == 0, !options.showsRoot { table.mark(commit, .uninteresting) }
        let rest = origins[origin].suspects
        guard !rest.isEmpty else { return }
        origins[origin].suspects = []
        origins[origin].isGuilty = true
        if let found { for entry in rest { try found(entry) } }
        entries += rest
    }

    /// Reads a commit, and marks it where it is not among those to be looked at.
    func parse(_ commit: Int32) throws(StorageError) {
        try table.parse(commit)
        guard let interesting = options.interesting else { return }
        let id = table.id(commit)
        if !id.isZero, !interesting.contains(id) { table.mark(commit, .uninteresting) }
    }

    private func markUninteresting(_ commit: Int32) {
        table.mark(commit, .uninteresting)
        var open = Array(table.parents(commit))
        while let next = open.popLast() {
            if table.has(next, .uninteresting) { continue }
            table.mark(next, .uninteresting)
            if table.has(next, .parsed) { open += table.parents(next) }
        }
    }

    /// Gives sorted entries to an origin, whose commit has its turn later.
    func give(_ sorted: [Entry], to origin: Int) {
        if !origins[origin].suspects.isEmpty {
            origins[origin].suspects = Blame.merged(origins[origin].suspects, sorted)
            return
        }
        let commit = origins[origin].commit
        let isQueued = originsOfCommit[commit]?.contains { !origins[$0].suspects.isEmpty } ?? false
        origins[origin].suspects = sorted
        if !isQueued { enqueue(commit) }
    }

    static func merged(_ first: [Entry], _ second: [Entry]) -> [Entry] {
        if first.isEmpty { return second }
        if second.isEmpty { return first }
        var result: [Entry] = []
        result.reserveCapacity(first.count + second.count)
        var i = 0
        var j = 0
        while i < first.count, j < second.count {
            if first[i].source <= second[j].source {
                result.append(first[i])
                i += 1
            } else {
                result.append(second[j])
                j += 1
            }
        }
        return result + first[i...] + second[j...]
    }

    /// Joins neighbours that are neighbours in the origin too.
    private func coalesce() {
        var result: [Entry] = []
        for entry in entries {
            if let last = result.last, last.origin == entry.origin, last.sourceEnd == entry.source,
                last.line + last.count == entry.line, last.isIgnored == entry.isIgnored,
                last.isUnblamable == entry.isUnblamable
            {
                result[result.count - 1].count += entry.count
            } else {
                result.append(entry)
            }
        }
        entries = result
    }
}
