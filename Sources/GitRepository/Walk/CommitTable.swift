internal import GitObjects
internal import GitStorage

/// The commits that a walk has met, each under a small number: flat arrays instead of linked objects, because a walk
/// touches every commit a few times and nothing of it more than its parents and time.
struct CommitTable {
    /// What is known of a commit.
    struct Flags: OptionSet {
        let rawValue: UInt32

        static let parsed = Flags(rawValue: 1)
        static let seen = Flags(rawValue: 1 << 1)
        static let uninteresting = Flags(rawValue: 1 << 2)
        static let added = Flags(rawValue: 1 << 3)
        static let queued = Flags(rawValue: 1 << 4)
        static let shown = Flags(rawValue: 1 << 5)
        static let treeSame = Flags(rawValue: 1 << 6)
        static let left = Flags(rawValue: 1 << 7)
        static let boundary = Flags(rawValue: 1 << 8)
        static let childShown = Flags(rawValue: 1 << 9)
        static let bottom = Flags(rawValue: 1 << 10)
        static let ancestry = Flags(rawValue: 1 << 11)
        static let patchSame = Flags(rawValue: 1 << 12)
        static let missing = Flags(rawValue: 1 << 13)
        static let ofFirst = Flags(rawValue: 1 << 14)
        static let ofSecond = Flags(rawValue: 1 << 15)
        static let stale = Flags(rawValue: 1 << 16)
        static let result = Flags(rawValue: 1 << 17)
        static let rewritten = Flags(rawValue: 1 << 18)
        static let pullMerge = Flags(rawValue: 1 << 19)
    }

    let objects: ObjectDatabase
    private(set) var ids: [ObjectID] = []
    var flags: [Flags] = []
    private(set) var trees: [ObjectID] = []
    private(set) var times: [Int64] = []
    /// The stretch of `links` that holds a commit's parents.
    private var parentStart: [Int32] = []
    private var parentCount: [Int32] = []
    private var links: [Int32] = []
    private var numbers: [ObjectID: Int32] = [:]
    /// Commits whose parents are not here (`shallow`): they count as having none.
    private let shallow: Set<ObjectID>
    /// Contents that were read and will be wanted again soon, up to a limit: between its being met and its being shown a
    /// commit waits in the queue, which is short.
    private var contents: [Int32: [UInt8]] = [:]
    private var contentBytes = 0
    private let contentLimit: Int

    init(_ objects: ObjectDatabase, shallow: Set<ObjectID>, contentLimit: Int = 0) {
        self.objects = objects
        self.shallow = shallow
        self.contentLimit = contentLimit
    }

    var count: Int { ids.count }

    /// The number of a commit, which need not be here.
    mutating func number(_ id: ObjectID) -> Int32 {
        if let number = numbers[id] { return number }
        let number = Int32(truncatingIfNeeded: ids.count)
        numbers[id] = number
        ids.append(id)
        flags.append([])
        trees.append(id)
        times.append(0)
        parentStart.append(0)
        parentCount.append(0)
        return number
    }

    /// The number of a commit that was met.
    func known(_ id: ObjectID) -> Int32? { numbers[id] }

    /// Reads what a walk needs of a commit, once.
    mutating func parse(_ commit: Int32) throws(StorageError) {
        let index = Int(commit)
        guard !flags[index].contains(.parsed) else { return }
        let (found, content) = try objects.linksAndContent(ids[index])
        if let content, contentBytes + content.count <= contentLimit {
            contents[commit] = content
            contentBytes += content.count
        }
        flags[index].insert(.parsed)
        trees[index] = found.tree
        times[index] = found.time
        let isCut = !shallow.isEmpty && shallow.contains(ids[index])
        parentStart[index] = Int32(truncatingIfNeeded: links.count)
        guard !isCut else { return }
        for parent in found.parents {
            let parent = number(parent)
            // `number` never touches `links`, so the stretch stays in one piece.
            links.append(parent)
        }
        parentCount[index] = Int32(truncatingIfNeeded: found.parents.count)
    }

    func parentCount(_ commit: Int32) -> Int { Int(parentCount[Int(commit)]) }

    func parent(_ commit: Int32, _ position: Int) -> Int32 { links[Int(parentStart[Int(commit)]) + position] }

    func parents(_ commit: Int32) -> ArraySlice<Int32> {
        let start = Int(parentStart[Int(commit)])
        return links[start..<(start + Int(parentCount[Int(commit)]))]
    }

    mutating func setParents(_ commit: Int32, _ parents: [Int32]) {
        parentStart[Int(commit)] = Int32(truncatingIfNeeded: links.count)
        parentCount[Int(commit)] = Int32(truncatingIfNeeded: parents.count)
        links.append(contentsOf: parents)
    }

    /// Makes up a commit that is nowhere stored.
    mutating func define(_ commit: Int32, tree: ObjectID, time: Int64, parents: [ObjectID]) {
        flags[Int(commit)].insert(.parsed)
        trees[Int(commit)] = tree
        times[Int(commit)] = time
        setParents(commit, parents.map { number($0) })
    }

    func has(_ commit: Int32, _ flag: Flags) -> Bool { flags[Int(commit)].contains(flag) }

    mutating func mark(_ commit: Int32, _ flag: Flags) { flags[Int(commit)].insert(flag) }

    mutating func unmark(_ commit: Int32, _ flag: Flags) { flags[Int(commit)].remove(flag) }

    func time(_ commit: Int32) -> Int64 { times[Int(commit)] }

    /// A commit's content, where it is kept.
    func content(_ commit: Int32) -> [UInt8]? { contents.isEmpty ? nil : contents[commit] }

    /// Gives a commit's content away.
    mutating func takeContent(_ commit: Int32) -> [UInt8]? {
        guard contentLimit > 0, let content = contents.removeValue(forKey: commit) else { return nil }
        contentBytes -= content.count
        return content
    }
}

/// Numbers of commits, the greatest key first; of equal keys the one that came first.
struct NumberQueue {
    private struct Item {
        let key: Int64
        let order: Int32
        let number: Int32
    }

    private var heap: [Item] = []
    private var pushed: Int32 = 0

    var isEmpty: Bool { heap.isEmpty }
    var count: Int { heap.count }
    var first: Int32? { heap.first?.number }

    @inline(__always)
    private static func precedes(_ a: Item, _ b: Item) -> Bool { a.key != b.key ? a.key > b.key : a.order < b.order }

    mutating func push(_ number: Int32, key: Int64) {
        let item = Item(key: key, order: pushed, number: number)
        pushed &+= 1
        heap.append(item)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) >> 1
            guard Self.precedes(item, heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = item
    }

    mutating func pop() -> Int32? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return first.number }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < count else { break }
            if child + 1 < count, Self.precedes(heap[child + 1], heap[child]) { child += 1 }
            guard Self.precedes(heap[child], last) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = last
        return first.number
    }
}
