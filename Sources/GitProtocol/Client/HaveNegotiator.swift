public import GitObjects
public import GitStorage

/// Chooses which commits to name to a server so that both soon agree on what is common: the newest first, and nothing
/// behind what the server is known to have.
///
/// Git's `consecutive` algorithm.
public struct HaveNegotiator {
    private struct Mark: OptionSet {
        let rawValue: UInt8
        /// The server has it and all behind it.
        static let common = Mark(rawValue: 1)
        /// It stands at one of the server's refs: it is named, what is behind it is not.
        static let commonRef = Mark(rawValue: 2)
        /// It is or was in the queue.
        static let seen = Mark(rawValue: 4)
        /// It is no longer in the queue.
        static let popped = Mark(rawValue: 8)
    }

    private let objects: ObjectDatabase
    private let cut: Set<ObjectID>
    private var marks: [ObjectID: Mark] = [:]
    /// What was read of commits: each is asked for its time once and for its parents once or twice.
    private var known: [ObjectID: CommitLinks] = [:]
    private var queue = CommitQueue()
    /// How many commits in the queue the server is not known to have.
    private var unknownCount = 0

    /// Starts; `cut` are commits whose parents are not here.
    public init(_ objects: ObjectDatabase, cut: Set<ObjectID> = []) {
        self.objects = objects
        self.cut = cut
    }

    /// A commit that is here (a ref's; tags are followed).
    public mutating func addTip(_ id: ObjectID) throws(StorageError) {
        guard let commit = try commit(id) else { return }
        try push(commit, [.seen])
    }

    /// A ref of the server that is here too, with all behind it.
    public mutating func addKnownCommon(_ id: ObjectID) throws(StorageError) {
        guard let commit = try commit(id) else { return }
        guard marks[commit]?.contains(.seen) != true else { return }
        try push(commit, [.commonRef, .seen])
        try markCommon(commit, ancestorsOnly: true)
    }

    /// The server has said that it has this commit. Returns whether that was known.
    @discardableResult
    public mutating func acknowledge(_ id: ObjectID) throws(StorageError) -> Bool {
        let known = marks[id]?.contains(.common) ?? false
        try markCommon(id, ancestorsOnly: false)
        return known
    }

    /// The next commit to name; nil where nothing is left that would help.
    public mutating func next() throws(StorageError) -> ObjectID? {
        while unknownCount > 0, let id = queue.pop() {
            let mark = marks[id] ?? []
            marks[id, default: []].insert(.popped)
            if !mark.contains(.common) { unknownCount -= 1 }
            let isCommon = mark.contains(.common)
            let forParents: Mark = isCommon || mark.contains(.commonRef) ? [.common, .seen] : [.seen]
            for parent in try parents(id) {
                if marks[parent]?.contains(.seen) != true { try push(parent, forParents) }
                if forParents.contains(.common) { try markCommon(parent, ancestorsOnly: true) }
            }
            if !isCommon { return id }
        }
        return nil
    }

    /// The commit that an id names or that its tag leads to; nil where it is not here or is something else.
    private mutating func commit(_ id: ObjectID) throws(StorageError) -> ObjectID? {
        guard known[id] == nil else { return id }
        guard objects.contains(id) else { return nil }
        // Nearly all are commits, and their links are wanted next; what is wrong with one comes up then.
        if let links = try? objects.links(id) {
            known[id] = links
            return id
        }
        let target = try objects.peelTags(id)
        return target.kind == .commit ? target.id : nil
    }

    /// What is known of a commit; nil where it is not here.
    private mutating func links(_ id: ObjectID) throws(StorageError) -> CommitLinks? {
        if let links = known[id] { return links }
        guard objects.contains(id) else { return nil }
        let links = try objects.links(id)
        known[id] = links
        return links
    }

    private mutating func parents(_ id: ObjectID) throws(StorageError) -> [ObjectID] {
        cut.contains(id) ? [] : try links(id)?.parents ?? []
    }

    private mutating func push(_ id: ObjectID, _ mark: Mark) throws(StorageError) {
        let old = marks[id] ?? []
        guard !old.isSuperset(of: mark), let time = try links(id)?.time else { return }
        marks[id] = old.union(mark)
        queue.push(id, time: time)
        if !old.union(mark).contains(.common) { unknownCount += 1 }
    }

    /// Marks a commit and what of its history was seen already; the rest is marked when it is reached.
    private mutating func markCommon(_ start: ObjectID, ancestorsOnly: Bool) throws(StorageError) {
        guard marks[start]?.contains(.common) != true else { return }
        if !ancestorsOnly { mark(start) }
        var stack = [start]
        while let id = stack.popLast() {
            guard marks[id]?.contains(.seen) == true else {
                try push(id, .seen)
                continue
            }
            for parent in try parents(id) where marks[parent]?.contains(.common) != true {
                mark(parent)
                stack.append(parent)
            }
        }
    }

    private mutating func mark(_ id: ObjectID) {
        let old = marks[id] ?? []
        marks[id] = old.union(.common)
        if old.contains(.seen) && !old.contains(.popped) { unknownCount -= 1 }
    }
}

/// Commits by time, the newest first; of equals the one that was put in first.
struct CommitQueue {
    private var heap: [(time: Int64, order: Int, id: ObjectID)] = []
    private var count = 0

    private static func precedes(
        _ left: (time: Int64, order: Int, id: ObjectID), _ right: (time: Int64, order: Int, id: ObjectID)
    ) -> Bool {
        left.time != right.time ? left.time > right.time : left.order < right.order
    }

    mutating func push(_ id: ObjectID, time: Int64) {
        heap.append((time, count, id))
        count += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard CommitQueue.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> ObjectID? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.id }
        heap[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && CommitQueue.precedes(heap[child], heap[best]) {
                best = child
            }
            if best == parent { return first.id }
            heap.swapAt(parent, best)
            parent = best
        }
    }
}
