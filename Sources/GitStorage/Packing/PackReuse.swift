internal import Bytes
internal import GitObjects

/// The entries of one pack that go into another as they stand, in their order: whole ranges of bytes, deltas kept.
///
/// A delta names its base by the distance to it. Where what lies between is not sent, only the few bytes of that distance are
/// written anew.
struct PackReuse {
    private let pack: Pack
    private let file: MappedFile
    private let order: PackOrder
    private let end: Int
    /// The entries that are taken over.
    private var kept: ObjectBitmap
    /// For each of them, the place of the base that it names by distance, or -1.
    private var bases: [Int32]
    /// How many they are, and how many of them are deltas.
    private(set) var count = 0
    private(set) var deltaCount = 0
    /// Objects that cannot be taken over because their base is not sent.
    private(set) var leftOut: [ObjectID] = []
    /// Whether it is every entry of the pack.
    private(set) var isWhole = false

    init(_ selection: BitmapSelection) throws(StorageError) {
        pack = selection.bitmap.pack
        order = selection.bitmap.order
        file = try pack.content()
        end = file.count - pack.algorithm.byteCount
        kept = selection.objects
        count = kept.population
        isWhole = count == pack.index.count && selection.others.isEmpty
        bases = []
        if !isWhole { try examine() }
    }

    private mutating func examine() throws(StorageError) {
        bases = [Int32](repeating: -1, count: pack.index.count)
        let wanted = kept
        try wanted.forEach { place throws(StorageError) in
            let entry = try pack.entry(at: try order.offset(place, end: end), in: file)
            let base: Int?
            switch entry.form {
            case .whole: return
            case .offsetDelta(let offset):
                base = try order.place(ofOffset: offset)
                bases[place] = Int32(base ?? -1)
            case .referenceDelta(let id): base = try order.place(of: id)
            }
            if let base, base < place, kept.contains(base) {
                deltaCount += 1
                return
            }
            kept.remove(place)
            count -= 1
            leftOut.append(pack.index.id(at: try order.indexPosition(place)))
        }
    }

    /// How much is handed on at once.
    private static let piece = 1 << 16

    /// Sends the pack as it is, header and checksum included.
    func writeWhole(to sink: (RawSpan) throws(StorageError) -> Void) throws(StorageError) -> ObjectID {
        try forEachPiece(0..<file.count) { bytes throws(StorageError) in try sink(bytes) }
        return pack.index.packChecksum
    }

    private func forEachPiece(
        _ range: Range<Int>, _ body: (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.piece, range.upperBound)
            try body(file.bytes.extracting(start..<end))
            start = end
        }
    }

    /// Writes the entries, between a pack's header and what else goes into it.
    func write(to output: inout PackStreamWriter) throws(StorageError) {
        var offsets = [Int](repeating: 0, count: pack.index.count)
        // What was decided to be sent and is not sent yet.
        var pending = 0..<0
        func flush(_ output: inout PackStreamWriter) throws(StorageError) {
            var start = pending.lowerBound
            while start < pending.upperBound {
                let end = min(start + Self.piece, pending.upperBound)
                try output.write(file.bytes.extracting(start..<end))
                start = end
            }
            pending = 0..<0
        }
        for place in 0..<pack.index.count where kept.contains(place) {
            let offset = try order.offset(place, end: end)
            let next = try order.offset(place + 1, end: end)
            guard offset >= 12, next > offset, next <= end else {
                throw .pack(pack.path, .truncated(offset: offset))
            }
            let written = output.size + pending.count
            offsets[place] = written
            let base = Int(bases[place])
            if base >= 0, written - offsets[base] != offset - (try order.offset(base, end: end)) {
                try flush(&output)
                let entry = try pack.entry(at: offset, in: file)
                var header: [UInt8] = []
                PackEntry.write(.offsetDelta(base: offsets[base]), size: entry.size, offset: written, to: &header)
                try output.write(header.span.bytes)
                pending = entry.dataOffset..<next
            } else if pending.upperBound == offset {
                pending = pending.lowerBound..<next
            } else {
                try flush(&output)
                pending = offset..<next
            }
        }
        try flush(&output)
    }
}

extension PackBuilder {
    /// Writes the pack of what bitmaps found, as a stream: entries of the pack with the bitmaps are copied where their base
    /// goes too, and everything else is packed as ever.
    ///
    /// Deltas name their bases by distance: not for receivers that do not know such.
    ///
    /// - Throws: as ``write(to:)``.
    public consuming func write(
        reusing selection: BitmapSelection, to sink: @escaping (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) -> Outcome {
        let reuse = try PackReuse(selection)
        if reuse.isWhole, count == 0 {
            let checksum = try reuse.writeWhole(to: sink)
            return Outcome(
                checksum: checksum, objectCount: reuse.count, deltaCount: 0, reused: reuse.count, reusedDeltas: 0,
                copied: reuse.count, byteCount: 0)
        }
        for id in reuse.leftOut { add(id, path: []) }
        for other in selection.others { add(other.id, kind: other.kind, nameHash: other.nameHash) }
        try prepare()
        var output = PackStreamWriter(algorithm: database.algorithm, sink: sink)
        return try PackAssembler(self).write(to: &output, after: reuse)
    }
}
