internal import Bytes
public import GitObjects
internal import SystemPackage

/// Writes `info/commit-graph` with generation numbers v2.
public struct CommitGraphWriter {
    private let database: ObjectDatabase
    private var table = ObjectIDTable()
    private var links: [CommitLinks] = []

    /// An empty graph.
    public init(_ database: ObjectDatabase) { self.database = database }

    /// How many commits the graph will hold.
    public var count: Int { table.count }

    /// Adds commits and everything that they reach; tags are followed, other objects passed over.
    ///
    /// - Throws: ``StorageError/missing(_:)`` where a commit on the way is not here.
    public mutating func add(_ tips: [ObjectID]) throws(StorageError) {
        var next: [ObjectID] = []
        for tip in tips {
            let target = try database.peelTags(tip)
            if target.kind == .commit { next.append(target.id) }
        }
        while let id = next.popLast() {
            guard table.insert(id).isNew else { continue }
            let commit = try database.links(id)
            links.append(commit)
            for parent in commit.parents where !table.contains(parent) { next.append(parent) }
        }
    }

    /// What each commit's generation is: topological level and corrected commit date.
    private struct Generation {
        var level: UInt32 = 0
        var date: UInt64 = 0
    }

    private static let greatestLevel: UInt32 = 0x3fff_ffff

    /// Computes generations with a stack of its own: histories are deeper than any thread's stack.
    private func generations() -> [Generation] {
        var generations = [Generation](repeating: Generation(), count: table.count)
        var stack: [Int] = []
        for start in links.indices where generations[start].level == 0 {
            stack.append(start)
            while let current = stack.last {
                var level: UInt32 = 0
                var date: UInt64 = 0
                var isReady = true
                for parent in links[current].parents {
                    guard let number = table.number(of: parent) else { continue }
                    if generations[number].level == 0 {
                        stack.append(number)
                        isReady = false
                        break
                    }
                    level = max(level, generations[number].level)
                    date = max(date, generations[number].date)
                }
                guard isReady else { continue }
                let time = UInt64(clamping: links[current].time)
                generations[current].level = min(level, Self.greatestLevel - 1) + 1
                generations[current].date = max(time, date + 1)
                stack.removeLast()
            }
        }
        return generations
    }

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        let algorithm = database.algorithm
        let order = table.ids.indices.sorted { table[$0] < table[$1] }
        var positions = [UInt32](repeating: 0, count: order.count)
        for (position, number) in order.enumerated() { positions[number] = UInt32(position) }
        let generations = generations()
        var fanout = ByteWriter(capacity: 1024)
        var bucket = 0
        for (position, number) in order.enumerated() {
            while bucket < Int(table[number][0]) {
                fanout.write(UInt32(position))
                bucket += 1
            }
        }
        for _ in bucket..<256 { fanout.write(UInt32(order.count)) }
        var ids = ByteWriter(capacity: order.count * algorithm.byteCount)
        var data = ByteWriter(capacity: order.count * (algorithm.byteCount + 16))
        var dates = ByteWriter(capacity: order.count * 4)
        var longDates = ByteWriter()
        var edges = ByteWriter()
        for number in order {
            let commit = links[number]
            ids.write(table[number])
            data.write(commit.tree)
            let parents = commit.parents.compactMap { table.number(of: $0).map { positions[$0] } }
            writeParents(parents, to: &data, edges: &edges)
            let time = UInt64(clamping: commit.time) & 0x3_ffff_ffff
            data.write(generations[number].level << 2 | UInt32(time >> 32))
            data.write(UInt32(truncatingIfNeeded: time))
            let offset = generations[number].date - UInt64(clamping: commit.time)
            if offset > 0x7fff_ffff {
                dates.write(0x8000_0000 | UInt32(longDates.count / 8))
                longDates.write(offset)
            } else {
                dates.write(UInt32(offset))
            }
        }
        var chunks = [("OIDF", fanout), ("OIDL", ids), ("CDAT", data), ("GDA2", dates)]
        if longDates.count > 0 { chunks.append(("GDO2", longDates)) }
        if edges.count > 0 { chunks.append(("EDGE", edges)) }
        return assemble(chunks)
    }

    private func writeParents(_ parents: [UInt32], to data: inout ByteWriter, edges: inout ByteWriter) {
        data.write(parents.first ?? CommitGraphLayer.noParent)
        switch parents.count {
        case 0, 1: data.write(CommitGraphLayer.noParent)
        case 2: data.write(parents[1])
        default:
            data.write(CommitGraphLayer.moreParents | UInt32(edges.count / 4))
            for parent in parents[1..<(parents.count - 1)] { edges.write(parent) }
            edges.write(0x8000_0000 | parents[parents.count - 1])
        }
    }

    private func assemble(_ chunks: [(name: String, content: ByteWriter)]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write("CGPH")
        writer.write(1 as UInt8)
        writer.write(database.algorithm.rawValue)
        writer.write(UInt8(chunks.count))
        writer.write(0 as UInt8)
        var offset = 8 + (chunks.count + 1) * 12
        for chunk in chunks {
            writer.write(chunk.name)
            writer.write(UInt64(offset))
            offset += chunk.content.count
        }
        writer.write(0 as UInt32)
        writer.write(UInt64(offset))
        for chunk in chunks { writer.write(chunk.content.bytes) }
        writer.write(Digest.hash(writer.bytes, database.algorithm))
        return writer.bytes
    }

    /// Writes the graph in the place of what stands there; a chain is removed, as the one file holds all of it.
    ///
    /// - Throws: ``StorageError/lock(_:)`` where another process writes one.
    public func write() throws(StorageError) {
        guard count > 0 else { return }
        let info = database.directory.appending("info")
        let path = info.appending("commit-graph")
        do {
            try Files.makeDirectory(info)
        } catch {
            throw .file(error)
        }
        var lock: LockFile
        do { lock = try LockFile(path) } catch { throw .lock(error) }
        do throws(FileError) {
            try lock.output.write(encoded())
            try lock.output.setPermissions(0o444)
            try lock.commit(synchronizing: true)
            try Files.removeTree(info.appending("commit-graphs"))
        } catch {
            throw .file(error)
        }
        database.reloadCommitGraph()
    }
}
