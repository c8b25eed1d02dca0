internal import Bytes
public import GitObjects
internal import SystemPackage

/// Writes the reachability bitmaps of a pack that holds everything that its commits lead to.
public struct PackBitmapWriter {
    private let database: ObjectDatabase
    private let pack: Pack
    private let order: PackOrder
    /// The place in the pack of each position of the index.
    private var places: [UInt32]
    /// By place in the pack: 0 for not known yet, otherwise the kind's number.
    private var kinds: [UInt8]
    /// By place in the pack: the hash of the path at which a tree or blob was met first.
    private var hashes: [UInt32]
    /// The bitmaps so far, by place of their commit.
    private var bitmaps: [Int: [UInt8]] = [:]

    /// How many commits get a bitmap besides the tips of refs, and how many tips do.
    private static let spread = 200
    private static let tipLimit = 500

    /// Thrown where the pack does not hold all that a bitmap would name.
    private enum Failure: Error {
        case open
        case storage(StorageError)
    }

    /// Prepares bitmaps for a pack.
    public init(_ pack: Pack, _ database: ObjectDatabase) throws(StorageError) {
        self.pack = pack
        self.database = database
        order = try PackOrder(pack)
        places = [UInt32](repeating: 0, count: pack.index.count)
        kinds = [UInt8](repeating: 0, count: pack.index.count)
        hashes = [UInt32](repeating: 0, count: pack.index.count)
        for place in places.indices { places[try order.indexPosition(place)] = UInt32(place) }
    }

    /// Writes the bitmaps beside the pack: for the tips, newest first, and for commits spread over their history.
    ///
    /// - Returns: whether they were written; not where something that the tips lead to is not in the pack.
    /// - Throws: ``StorageError``.
    public mutating func write(tips: [ObjectID]) throws(StorageError) -> Bool {
        do throws(Failure) {
            let history = try history(tips)
            for commit in try select(tips, history) { try addBitmap(of: commit) }
            guard !bitmaps.isEmpty else { return false }
            try completeKinds()
        } catch {
            switch error {
            case .open: return false
            case .storage(let error): throw error
            }
        }
        var path = pack.path
        path.extension = "bitmap"
        do { try TemporaryFile.replace(path, with: encoded()) } catch { throw .file(error) }
        return true
    }

    private func place(of id: ObjectID) throws(Failure) -> Int {
        guard let position = pack.index.position(of: id) else { throw .open }
        return Int(places[position])
    }

    private func reading<Value>(_ body: () throws(StorageError) -> Value) throws(Failure) -> Value {
        do throws(StorageError) { return try body() } catch { throw .storage(error) }
    }

    /// All commits, the oldest first.
    private func history(_ tips: [ObjectID]) throws(Failure) -> [ObjectID] {
        var seen = ObjectIDTable()
        var ages: [Int64] = []
        var stack: [ObjectID] = []
        for tip in tips {
            let (id, kind) = try reading { () throws(StorageError) in try database.peelTags(tip) }
            if kind == .commit { stack.append(id) }
        }
        while let id = stack.popLast() {
            guard seen.insert(id).isNew else { continue }
            let links = try reading { () throws(StorageError) in try database.links(id) }
            ages.append(links.generation.map { Int64(clamping: $0) } ?? links.time)
            stack += links.parents
        }
        return seen.ids.indices.sorted { (ages[$0], $0) < (ages[$1], $1) }.map { seen.ids[$0] }
    }

    private func select(_ tips: [ObjectID], _ history: [ObjectID]) throws(Failure) -> [ObjectID] {
        var chosen: Set<ObjectID> = []
        var heads: Set<ObjectID> = []
        for tip in tips {
            let (id, kind) = try reading { () throws(StorageError) in try database.peelTags(tip) }
            if kind == .commit { heads.insert(id) }
        }
        for id in history.reversed() where heads.contains(id) && chosen.count < Self.tipLimit { chosen.insert(id) }
        let step = max(100, history.count / Self.spread)
        for index in stride(from: history.count - 1, through: 0, by: -step) { chosen.insert(history[index]) }
        return history.filter { chosen.contains($0) }
    }

    private mutating func addBitmap(of commit: ObjectID) throws(Failure) {
        var bits = ObjectBitmap(count: pack.index.count)
        var trees: [ObjectID] = []
        var stack = [commit]
        while let id = stack.popLast() {
            let place = try place(of: id)
            guard !bits.contains(place) else { continue }
            if let known = bitmaps[place] {
                var other = ObjectBitmap(count: pack.index.count)
                do throws(TableError) {
                    _ = try other.formSymmetricDifference(compressedIn: known.span.bytes, at: 0)
                } catch {
                    throw .storage(.table(pack.path, error))
                }
                bits.formUnion(other)
                continue
            }
            bits.insert(place)
            kinds[place] = ObjectKind.commit.rawValue
            let links = try reading { () throws(StorageError) in try database.links(id) }
            trees.append(links.tree)
            stack += links.parents
        }
        for tree in trees { try add(tree: tree, to: &bits) }
        bitmaps[try place(of: commit)] = bits.compressed
    }

    private mutating func add(tree root: ObjectID, to bits: inout ObjectBitmap) throws(Failure) {
        let start = try place(of: root)
        guard bits.insert(start) else { return }
        kinds[start] = ObjectKind.tree.rawValue
        var stack: [(id: ObjectID, path: [UInt8])] = [(root, [])]
        let algorithm = database.algorithm
        while let (id, path) = stack.popLast() {
            let content = try reading { () throws(StorageError) in try database.read(id, as: .tree) }
            let bytes = content.span.bytes
            var offset = 0
            while offset < bytes.byteCount {
                guard let entry = RawTreeEntry(bytes, at: offset, idSize: algorithm.byteCount, algorithm) else {
                    throw .storage(.malformed(id, .malformed(.tree, offset: offset, expected: "a tree entry")))
                }
                offset = entry.end
                guard !entry.isGitlink else { continue }
                let place = try place(of: entry.id)
                guard bits.insert(place) else { continue }
                let name = path + content[entry.nameStart..<entry.nameEnd]
                if kinds[place] == 0 {
                    kinds[place] = (entry.isTree ? ObjectKind.tree : .blob).rawValue
                    hashes[place] = PackNameHash.of(name)
                }
                if entry.isTree { stack.append((entry.id, name + [UInt8(ascii: "/")])) }
            }
        }
    }

    /// Looks up the kinds of what no bitmap holds: tags, and what only logs lead to.
    private mutating func completeKinds() throws(Failure) {
        for place in kinds.indices where kinds[place] == 0 {
            kinds[place] = try reading { () throws(StorageError) in
                try database.header(pack.index.id(at: try order.indexPosition(place))).kind.rawValue
            }
        }
    }

    private func encoded() -> [UInt8] {
        let isComplete: UInt32 = 1
        let hasHashes: UInt32 = 4
        var writer = ByteWriter()
        writer.write("BITM")
        writer.write(1 << 16 | isComplete | hasHashes)
        writer.write(UInt32(bitmaps.count))
        writer.write(pack.index.packChecksum)
        for kind in [ObjectKind.commit, .tree, .blob, .tag] {
            var bits = ObjectBitmap(count: kinds.count)
            for place in kinds.indices where kinds[place] == kind.rawValue { bits.insert(place) }
            writer.write(bits.compressed)
        }
        var positions = [UInt32](repeating: 0, count: places.count)
        for (position, place) in places.enumerated() { positions[Int(place)] = UInt32(position) }
        for (place, bitmap) in bitmaps.sorted(by: { $0.key < $1.key }) {
            writer.write(positions[place])
            // No other bitmap is mixed in, and nothing is special about it.
            writer.write(0 as UInt8)
            writer.write(0 as UInt8)
            writer.write(bitmap)
        }
        for place in places { writer.write(hashes[Int(place)]) }
        writer.write(Digest.hash(writer.bytes, pack.algorithm))
        return writer.bytes
    }
}
