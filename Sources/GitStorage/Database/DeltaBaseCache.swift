internal import GitObjects
internal import Synchronization

/// Objects that may be the base of the next delta, up to a number of bytes; the one not used for longest goes first.
///
/// Entries stand in an array and are linked by index, newest at the head, so that a hit moves four numbers.
final class DeltaBaseCache: Sendable {
    /// An entry of a pack: the pack's number in this process and the offset.
    struct Key: Hashable, Sendable {
        let pack: Int
        let offset: Int
    }

    private struct Node {
        var key: Key
        var object: GitObject
        var previous: Int32
        var next: Int32
    }

    private struct State {
        var slots: [Key: Int32] = [:]
        var nodes: [Node] = []
        var vacant: [Int32] = []
        var head: Int32 = -1
        var tail: Int32 = -1
        var bytes = 0

        mutating func unlink(_ slot: Int32) {
            let node = (nodes[Int(slot)].previous, nodes[Int(slot)].next)
            if node.0 >= 0 { nodes[Int(node.0)].next = node.1 } else { head = node.1 }
            if node.1 >= 0 { nodes[Int(node.1)].previous = node.0 } else { tail = node.0 }
        }

        mutating func link(_ slot: Int32) {
            nodes[Int(slot)].previous = -1
            nodes[Int(slot)].next = head
            if head >= 0 { nodes[Int(head)].previous = slot } else { tail = slot }
            head = slot
        }

        mutating func removeLast() {
            let slot = tail
            unlink(slot)
            slots[nodes[Int(slot)].key] = nil
            bytes -= nodes[Int(slot)].object.content.count + DeltaBaseCache.overhead
            nodes[Int(slot)].object = GitObject(.blob, [])
            vacant.append(slot)
        }
    }

    private static let overhead = 128
    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    subscript(key: Key) -> GitObject? {
        state.withLock { state in
            guard let slot = state.slots[key] else { return nil }
            if state.head != slot {
                state.unlink(slot)
                state.link(slot)
            }
            return state.nodes[Int(slot)].object
        }
    }

    func insert(_ object: GitObject, for key: Key) {
        let size = object.content.count + Self.overhead
        // One object must not empty the cache.
        guard size <= limit / 4 else { return }
        state.withLock { state in
            guard state.slots[key] == nil else { return }
            while state.bytes + size > limit, state.tail >= 0 { state.removeLast() }
            let node = Node(key: key, object: object, previous: -1, next: -1)
            let slot: Int32
            if let vacant = state.vacant.popLast() {
                slot = vacant
                state.nodes[Int(slot)] = node
            } else {
                slot = Int32(state.nodes.count)
                state.nodes.append(node)
            }
            state.slots[key] = slot
            state.link(slot)
            state.bytes += size
        }
    }

    /// Forgets everything.
    func removeAll() { state.withLock { $0 = State() } }
}
