internal import Bytes
public import GitObjects

extension ObjectWalk {
    private static let isUninteresting: UInt8 = 1
    private static let isQueued: UInt8 = 2
    private static let isExpanded: UInt8 = 4

    /// A history being walked: commits numbered as they are met, newest taken first.
    private struct History {
        var commits = ObjectIDTable()
        var flags: [UInt8] = []
        var links: [CommitLinks?] = []
        var queue = CommitQueue()
        /// How many of the queued commits are interesting.
        var interesting = 0
        /// Interesting commits in the order in which they were taken.
        var order: [Int] = []
    }

    /// Visits everything that is reachable from `include` and not from `exclude`: commits newest first, then tags, then the
    /// trees and blobs of each commit. Any kind of object can be named.
    ///
    /// - Throws: ``StorageError/missing(_:)`` where something reachable is not here, unless that is allowed.
    public mutating func walk(
        include: [ObjectID], exclude: [ObjectID] = [], _ visit: Visitor
    ) throws(StorageError) {
        try withoutActuallyEscaping(visit) { visit throws(StorageError) in
            try run(include: include, exclude: exclude, visit)
        }
    }

    private mutating func run(include: [ObjectID], exclude: [ObjectID], _ visit: Visitor) throws(StorageError) {
        var history = History()
        var excludedTrees: [ObjectID] = []
        for id in exclude {
            guard let (target, kind) = try peel(id, nil) else { continue }
            switch kind {
            case .commit: try add(target, flags: Self.isUninteresting, to: &history)
            case .tree: excludedTrees.append(target)
            default: seen.insert(target)
            }
        }
        var tags: [ObjectID] = []
        var others: [(ObjectID, ObjectKind)] = []
        for id in include {
            guard let (target, kind) = try peel(id, { tags.append($0) }) else { continue }
            if kind == .commit { try add(target, flags: 0, to: &history) } else { others.append((target, kind)) }
        }
        try limit(&history)
        for number in history.order where history.flags[number] & Self.isUninteresting == 0 {
            seen.insert(history.commits[number])
            try visit(history.commits[number], .commit, RawSpan())
        }
        for tag in tags where seen.insert(tag).isNew { try visit(tag, .tag, RawSpan()) }
        guard options.includesTrees else { return }
        for tree in excludedTrees { try self.exclude(tree: tree) }
        try excludeEdges(history)
        for (id, kind) in others {
            if kind == .tree {
                try self.visit(tree: id, visit)
            } else if options.includesBlobs, seen.insert(id).isNew {
                try visit(id, kind, RawSpan())
            }
        }
        let trees = history.order.compactMap { number in
            history.flags[number] & Self.isUninteresting == 0 ? history.links[number]?.tree : nil
        }
        try self.visit(trees: trees, visit)
    }

    /// Follows tags; each is noted. Nil where something is missing and that is allowed.
    private mutating func peel(
        _ id: ObjectID, _ note: ((ObjectID) -> Void)?
    ) throws(StorageError) -> (ObjectID, ObjectKind)? {
        var current = id
        while true {
            guard let kind = try database.headerIfPresent(current)?.kind else {
                guard options.allowsMissing else { throw .missing(current) }
                missing.append((current, .commit))
                return nil
            }
            guard kind == .tag else { return (current, kind) }
            note?(current)
            current = try database.tag(current).target
        }
    }

    private mutating func add(_ id: ObjectID, flags: UInt8, to history: inout History) throws(StorageError) {
        let (number, isNew) = history.commits.insert(id)
        if isNew {
            history.flags.append(0)
            history.links.append(nil)
            do throws(StorageError) {
                history.links[number] = try database.links(id)
            } catch {
                guard error.isMissing, options.allowsMissing else { throw error }
                missing.append((id, .commit))
                return
            }
        }
        if flags & Self.isUninteresting != 0, history.flags[number] & Self.isUninteresting == 0 {
            spread(number, &history)
        }
        guard history.flags[number] & Self.isQueued == 0, let links = history.links[number] else { return }
        history.flags[number] |= Self.isQueued
        if history.flags[number] & Self.isUninteresting == 0 { history.interesting += 1 }
        history.queue.push(number, priority: links.generation.map { Int64(clamping: $0) } ?? links.time)
    }

    /// Marks a commit, and those before it that were met already, as uninteresting.
    private func spread(_ start: Int, _ history: inout History) {
        var stack = [start]
        while let number = stack.popLast() {
            guard history.flags[number] & Self.isUninteresting == 0 else { continue }
            history.flags[number] |= Self.isUninteresting
            let isWaiting = history.flags[number] & (Self.isQueued | Self.isExpanded) == Self.isQueued
            if isWaiting { history.interesting -= 1 }
            guard history.flags[number] & Self.isExpanded != 0 else { continue }
            for parent in history.links[number]?.parents ?? [] {
                if let parent = history.commits.number(of: parent) { stack.append(parent) }
            }
        }
    }

    /// How many commits are still looked at when only uninteresting ones are left: clocks may be wrong.
    private static let slop = 64

    /// Takes commits, newest first, until no interesting one is left to take.
    private mutating func limit(_ history: inout History) throws(StorageError) {
        var left = Self.slop
        let hasExclusions = history.flags.contains { $0 & Self.isUninteresting != 0 }
        while let number = history.queue.pop() {
            let flags = history.flags[number]
            history.flags[number] |= Self.isExpanded
            if flags & Self.isUninteresting == 0 {
                history.interesting -= 1
                history.order.append(number)
                left = Self.slop
            }
            guard let links = history.links[number] else { continue }
            if !options.shallow.contains(history.commits[number]) {
                for parent in links.parents {
                    try add(parent, flags: history.flags[number] & Self.isUninteresting, to: &history)
                }
            }
            if hasExclusions, history.interesting == 0 {
                left -= 1
                if left <= 0 { break }
            }
        }
    }

    /// The trees of the commits just outside are known to whoever has those commits.
    private mutating func excludeEdges(_ history: History) throws(StorageError) {
        for number in 0..<history.commits.count {
            guard history.flags[number] & Self.isUninteresting == 0 else { continue }
            for parent in history.links[number]?.parents ?? [] {
                guard let edge = history.commits.number(of: parent),
                    history.flags[edge] & Self.isUninteresting != 0, let links = history.links[edge]
                else { continue }
                edges.append(parent)
                try exclude(tree: links.tree)
            }
        }
    }
}

/// A heap of commits by number, the greatest priority first; of equals, the one that came first.
struct CommitQueue {
    private struct Item {
        let priority: Int64
        let sequence: Int
        let number: Int32

        func precedes(_ other: Item) -> Bool {
            priority != other.priority ? priority > other.priority : sequence < other.sequence
        }
    }

    private var items: [Item] = []
    private var sequence = 0

    mutating func push(_ number: Int, priority: Int64) {
        items.append(Item(priority: priority, sequence: sequence, number: Int32(truncatingIfNeeded: number)))
        sequence += 1
        var child = items.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard items[child].precedes(items[parent]) else { break }
            items.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Int? {
        guard let first = items.first else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return Int(first.number) }
        items[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].precedes(items[best]) { best = child }
            }
            guard best != parent else { break }
            items.swapAt(best, parent)
            parent = best
        }
        return Int(first.number)
    }
}
