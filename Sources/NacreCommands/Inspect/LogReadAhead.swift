internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Synchronization

/// The commits of a walk with their contents, which are read some hundreds at a time on all cores: inflating them is half of
/// what a plain `log` costs.
struct LogReadAhead {
    private var walk: RevisionWalk
    private let objects: ObjectDatabase
    private var entries: [RevisionWalk.Entry] = []
    private var position = 0
    /// What the walk threw; it is told after the entries that came before.
    private var failure: (any Error)?
    private var isAtEnd = false
    /// How many are taken next: few at first, because somebody waits for the first screen.
    private var wanted = 1

    private static let most = 1024
    private static let chunk = 16

    init(_ walk: RevisionWalk, _ objects: ObjectDatabase) {
        self.walk = walk
        self.objects = objects
    }

    /// The next commit of the walk.
    mutating func next() throws -> RevisionWalk.Entry? {
        if position == entries.count {
            if let failure { throw failure }
            if isAtEnd { return nil }
            fill()
            if entries.isEmpty {
                if let failure { throw failure }
                return nil
            }
        }
        position += 1
        return entries[position - 1]
    }

    private mutating func fill() {
        entries.removeAll(keepingCapacity: true)
        position = 0
        do {
            while entries.count < wanted {
                guard let entry = try walk.next() else {
                    isAtEnd = true
                    break
                }
                entries.append(entry)
            }
        } catch {
            failure = error
        }
        if wanted < Self.most { wanted *= 4 }
        readContents()
    }

    /// Reads what the walk did not have to read. What cannot be read is left to whoever shows the commit, and says why.
    private mutating func readContents() {
        let missing = entries.indices.filter { entries[$0].content == nil }
        guard missing.count > Self.chunk else { return }
        let ids = missing.map { entries[$0].id }
        let objects = objects
        let found = Mutex<[Int: [[UInt8]?]]>([:])
        Workers.forEach((ids.count + Self.chunk - 1) / Self.chunk) { _, chunk in
            let range = chunk * Self.chunk..<min((chunk + 1) * Self.chunk, ids.count)
            let contents = ids[range].map { try? objects.read($0, as: .commit) }
            found.withLock { $0[chunk] = contents }
        }
        for (chunk, contents) in found.withLock({ $0 }) {
            for (offset, content) in contents.enumerated() {
                entries[missing[chunk * Self.chunk + offset]].content = content
            }
        }
    }
}
