internal import Bytes
internal import GitObjects
internal import SystemPackage

/// A pack's reachability bitmaps, version 1: for some commits, which objects of the pack they lead to.
///
/// <https://git-scm.com/docs/bitmap-format>
struct PackBitmap: Sendable {
    /// A commit's bitmap: where it stands, and which one before it has to be mixed in.
    private struct Entry: Sendable {
        let offset: Int
        let base: Int
    }

    let pack: Pack
    let order: PackOrder
    private let file: MappedFile
    private let path: FilePath
    private let entries: [Entry]
    /// The number of a commit's entry, by the commit's position in the pack's index.
    private let numbers: [Int: Int]

    /// How many bitmaps before it one may build on.
    private static let chainLimit = 160

    /// Opens the bitmaps beside a pack; nil where there are none, or none that belong to it and are sound: they are only a
    /// short cut.
    init?(_ pack: Pack) throws(StorageError) {
        var path = pack.path
        path.extension = "bitmap"
        guard let file = try? MappedFile(path) else { return nil }
        self.pack = pack
        self.path = path
        self.file = file
        order = try PackOrder(pack)
        do throws(TableError) {
            (entries, numbers) = try Self.readEntries(file, pack)
        } catch {
            return nil
        }
    }

    private static func readEntries(
        _ file: MappedFile, _ pack: Pack
    ) throws(TableError) -> ([Entry], [Int: Int]) {
        var entries: [Entry] = []
        var numbers: [Int: Int] = [:]
        let bytes = file.bytes
        let hash = pack.algorithm.byteCount
        guard bytes.byteCount >= 12 + 2 * hash, bytes.uint32(at: 0) == 0x4249_544d,
            bytes.uint32(at: 4) >> 16 == 1, bytes.uint32(at: 4) & 1 != 0,
            ObjectID(bytes, at: 12, algorithm: pack.algorithm) == pack.index.packChecksum
        else { throw .badHeader }
        let count = Int(bytes.uint32(at: 8))
        var offset = 12 + hash
        // The objects of each kind.
        for _ in 0..<4 { offset = try ObjectBitmap.extent(bytes, at: offset).end + 4 }
        for number in 0..<count {
            guard offset <= bytes.byteCount - 6 else { throw .truncated(size: bytes.byteCount) }
            let position = Int(bytes.uint32(at: offset))
            let distance = Int(bytes[offset + 4])
            guard position < pack.index.count, distance <= number, distance <= Self.chainLimit else {
                throw .badPosition(offset: offset)
            }
            entries.append(Entry(offset: offset + 6, base: distance == 0 ? -1 : number - distance))
            numbers[position] = number
            offset = try ObjectBitmap.extent(bytes, at: offset + 6).end + 4
        }
        return (entries, numbers)
    }

    /// How many commits have a bitmap.
    var count: Int { entries.count }

    /// What a commit leads to, itself among it; nil where it has no bitmap.
    ///
    /// - Throws: ``StorageError/table(_:_:)`` for one that is damaged.
    func objects(of commit: ObjectID) throws(StorageError) -> ObjectBitmap? {
        guard let position = pack.index.position(of: commit), var number = numbers[position] else { return nil }
        var result = ObjectBitmap(count: pack.index.count)
        while number >= 0 {
            let entry = entries[number]
            do throws(TableError) {
                _ = try result.formSymmetricDifference(compressedIn: file.bytes, at: entry.offset)
            } catch {
                throw .table(path, error)
            }
            number = entry.base
        }
        return result
    }
}
