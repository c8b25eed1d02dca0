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
    var flags: [Flags] = []
    /// What a walk reads of a commit together, so that it stands together.
    private struct Node {
        /// Its position in the graph, or, below zero, the complement of its place in `outside`.
        var place: Int32
        /// The stretch of `links` that holds its parents.
        var parentStart: Int32 = 0
        var parentCount: Int32 = 0
        var time: Int64 = 0
    }

    private var nodes: [Node] = []
    private var links: [Int32] = []
    /// The commit-graph, which knows most commits by position: neither their ids nor their trees have to be kept, and a
    /// parent is found without a search.
    private let graph: CommitGraph?
    /// The number plus one of the commit at a position of the graph; 0 where it was not met.
    private var numberAtPosition: [Int32]
    /// Commits that the graph does not know, their trees and their numbers.
    private var outside = ObjectIDTable()
    private var outsideTrees: [ObjectID] = []
    private var outsideNumbers: [Int32] = []
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
        graph = objects.nearestCommitGraph
        numberAtPosition = [Int32](repeating: 0, count: graph?.count ?? 0)
    }

    var count: Int { nodes.count }

    /// The number of a commit, which need not be here.
    mutating func number(_ id: ObjectID) -> Int32 {
        if let position = graph?.position(of: id) { return number(at: position) }
        let (place, isNew) = outside.insert(id)
        guard isNew else { return outsideNumbers[place] }
        let number = add(place: ~Int32(truncatingIfNeeded: place))
        outsideTrees.append(id)
        outsideNumbers.append(number)
        return number
    }

    private mutating func number(at position: Int) -> Int32 {
        let known = numberAtPosition[position]
        if known != 0 { return known &- 1 }
        let number = add(place: Int32(truncatingIfNeeded: position))
        numberAtPosition[position] = number &+ 1
        return number
    }

    private mutating func add(place: Int32) -> Int32 {
        let number = Int32(truncatingIfNeeded: nodes.count)
        nodes.append(Node(place: place))
        flags.append([])
        return number
    }

    /// The number of a commit that was met.
    func known(_ id: ObjectID) -> Int32? {
        if let position = graph?.position(of: id) {
            let number = numberAtPosition[position]
            return number == 0 ? nil : number - 1
        }
        return outside.number(of: id).map { outsideNumbers[$0] }
    }

    func id(_ commit: Int32) -> ObjectID {
        let place = Int(nodes[Int(commit)].place)
        if place >= 0, let id = graph?.id(at: place) { return id }
        return outside[~place]
    }

    /// The tree of a commit that was parsed.
    func tree(_ commit: Int32) -> ObjectID {
        let place = Int(nodes[Int(commit)].place)
        if place >= 0, let tree = graph?.tree(at: place) { return tree }
        return outsideTrees[~place]
    }

    /// A number greater than that of every ancestor, where the graph has one; nil is greater than all.
    func generation(_ commit: Int32) -> UInt64? {
        let place = Int(nodes[Int(commit)].place)
        return place >= 0 ? graph?.generation(at: place) : nil
    }

    /// Reads what a walk needs of a commit, once.
    mutating func parse(_ commit: Int32) throws(StorageError) {
        let index = Int(commit)
        guard !flags[index].contains(.parsed) else { return }
        let place = Int(nodes[index].place)
        let start = Int32(truncatingIfNeeded: links.count)
        if place >= 0, let graph, shallow.isEmpty, let time = graph.time(at: place) {
            var count: Int32 = 0
            let isRead = graph.forEachParent(at: place) { position in
                links.append(number(at: position))
                count += 1
            }
            if isRead {
                flags[index].insert(.parsed)
                nodes[index].time = time
                nodes[index].parentStart = start
                nodes[index].parentCount = count
                return
            }
            links.removeLast(links.count - Int(start))
        }
        let id = self.id(commit)
        let (found, content) = try objects.linksAndContent(id)
        if let content, contentBytes + content.count <= contentLimit {
            contents[commit] = content
            contentBytes += content.count
        }
        flags[index].insert(.parsed)
        if place < 0 { outsideTrees[~place] = found.tree }
        nodes[index].time = found.time
        nodes[index].parentStart = start
        guard shallow.isEmpty || !shallow.contains(id) else { return }
        for parent in found.parents { links.append(number(parent)) }
        nodes[index].parentCount = Int32(truncatingIfNeeded: found.parents.count)
    }

    func parentCount(_ commit: Int32) -> Int { Int(nodes[Int(commit)].parentCount) }

    func parent(_ commit: Int32, _ position: Int) -> Int32 { links[Int(nodes[Int(commit)].parentStart) + position] }

    func parents(_ commit: Int32) -> ArraySlice<Int32> {
        let node = nodes[Int(commit)]
        return links[Int(node.parentStart)..<Int(node.parentStart + node.parentCount)]
    }

    mutating func setParents(_ commit: Int32, _ parents: [Int32]) {
        nodes[Int(commit)].parentStart = Int32(truncatingIfNeeded: links.count)
        nodes[Int(commit)].parentCount = Int32(truncatingIfNeeded: parents.count)
        links.append(contentsOf: parents)
    }

    /// Makes up a commit that is nowhere stored.
    mutating func define(_ commit: Int32, tree: ObjectID, time: Int64, parents: [ObjectID]) {
        flags[Int(commit)].insert(.parsed)
        let place = Int(nodes[Int(commit)].place)
        if place < 0 { outsideTrees[~place] = tree }
        nodes[Int(commit)].time = time
        setParents(commit, parents.map { number($0) })
    }

    func has(_ commit: Int32, _ flag: Flags) -> Bool { flags[Int(commit)].contains(flag) }

    mutating func mark(_ commit: Int32, _ flag: Flags) { flags[Int(commit)].insert(flag) }

    mutating func unmark(_ commit: Int32, _ flag: Flags) { flags[Int(commit)].remove(flag) }

    func time(_ commit: Int32) -> Int64 { nodes[Int(commit)].time }

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
        var items = heap.mutableSpan
        while child > 0 {
            let parent = (child - 1) >> 1
            guard Self.precedes(item, items[parent]) else { break }
            items[child] = items[parent]
            child = parent
        }
        items[child] = item
    }

    mutating func pop() -> Int32? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return first.number }
        var parent = 0
        var items = heap.mutableSpan
        while true {
            var child = 2 * parent + 1
            guard child < count else { break }
            if child + 1 < count, Self.precedes(items[child + 1], items[child]) { child += 1 }
            guard Self.precedes(items[child], last) else { break }
            items[parent] = items[child]
            parent = child
        }
        items[parent] = last
        return first.number
    }
}
