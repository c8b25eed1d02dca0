internal import Bytes
internal import GitObjects

/// Writes a prepared pack: entries in the order given, each base before what builds on it. What has to be deflated is
/// deflated on all cores, a bounded number of bytes ahead of the writing.
struct PackAssembler {
    private let builder: PackBuilder
    private let database: ObjectDatabase
    private let compression: Int

    /// How many bytes of content are made ready at once.
    private static let aheadBytes = 32 << 20
    private static let aheadCount = 1024
    /// Objects above this size that must be deflated are streamed.
    private static let streamedSize = 16 << 20

    init(_ builder: consuming PackBuilder) {
        database = builder.database
        compression = builder.options.compression ?? builder.database.options.packCompression
        self.builder = builder
    }

    /// What is written after an entry's header.
    private enum Body: Sendable {
        /// The bytes of the entry of an existing pack.
        case copied(MappedFile, Range<Int>)
        case made([UInt8])
        case streamed
    }

    /// Writes the pack; `reuse` are entries that go in front as they stand.
    func write(
        to output: inout PackStreamWriter, after reuse: PackReuse? = nil
    ) throws(StorageError) -> PackBuilder.Outcome {
        let order = order()
        let copied = reuse?.count ?? 0
        try output.write(PackFileWriter.header(count: order.count + copied).span.bytes)
        try reuse?.write(to: &output)
        var offsets = [Int](repeating: 0, count: builder.targets.count)
        var reused = 0
        var start = 0
        while start < order.count {
            var end = start
            var bytes = 0
            while end < order.count, end - start < Self.aheadCount, bytes < Self.aheadBytes {
                bytes += min(builder.targets[order[end]].size, Self.streamedSize)
                end += 1
            }
            let bodies = try bodies(order[start..<end])
            for (number, body) in zip(order[start..<end], bodies) {
                offsets[number] = output.size
                if case .copied = body { reused += 1 }
                try write(number, body, offsets, to: &output)
            }
            start = end
            builder.options.progress?(.writing(end, of: order.count, bytes: output.size))
        }
        let checksum = try output.finish()
        let deltas = reuse?.deltaCount ?? 0
        return PackBuilder.Outcome(
            checksum: checksum, objectCount: order.count + copied,
            deltaCount: order.count { builder.targets[$0].base >= 0 } + deltas, reused: reused + copied,
            reusedDeltas: order.count { builder.targets[$0].reusesDelta } + deltas, copied: copied,
            byteCount: output.size)
    }

    /// The targets in the order of writing.
    private func order() -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(builder.targets.count)
        var isPlaced = [Bool](repeating: false, count: builder.targets.count)
        var chain: [Int] = []
        for number in builder.targets.indices where !builder.targets[number].isBaseOnly {
            var current = number
            while !isPlaced[current], !builder.targets[current].isBaseOnly {
                isPlaced[current] = true
                chain.append(current)
                guard builder.targets[current].base >= 0 else { break }
                current = Int(builder.targets[current].base)
            }
            while let next = chain.popLast() { order.append(next) }
        }
        return order
    }

    private func bodies(_ numbers: ArraySlice<Int>) throws(StorageError) -> [Body] {
        let first = numbers.startIndex
        var bodies = [Body](repeating: .streamed, count: numbers.count)
        try bodies.withUnsafeMutableBufferPointerTyped { buffer throws(StorageError) in
            let table = BodyTable(bodies: buffer)
            try Workers.forEach(
                numbers.count, workers: builder.options.workers ?? database.options.workers
            ) { (_, item) throws(StorageError) in
                table.bodies[item] = try body(numbers[first + item])
            }
        }
        return bodies
    }

    private struct BodyTable: @unchecked Sendable {
        // Unchecked: each item is written by the one thread that works on it.
        let bodies: UnsafeMutableBufferPointer<Body>
    }

    private func body(_ number: Int) throws(StorageError) -> Body {
        let target = builder.targets[number]
        if let delta = target.delta { return .made(delta) }
        let isDelta = target.base >= 0
        if target.pack >= 0, builder.options.reusesObjects, target.isPackedDelta == isDelta,
            !isDelta || target.reusesDelta, let source = builder.sources[Int(target.pack)]
        {
            let end = target.packOffset + target.packedSize
            try check(target, source, end: end)
            return .copied(source.file, target.packOffset + Int(target.packedHeaderSize)..<end)
        }
        if isDelta {
            let base = try database.read(builder.targets[Int(target.base)].id).content
            let content = try database.read(target.id).content
            guard let delta = DeltaIndex(base).delta(to: content, limit: .max) else { return .streamed }
            return .made(try deflate(delta))
        }
        guard target.size <= Self.streamedSize else { return .streamed }
        return .made(try deflate(database.read(target.id).content))
    }

    /// Damage must not be copied into a new pack.
    private func check(_ target: PackTarget, _ source: SourcePack, end: Int) throws(StorageError) {
        guard let position = source.pack.index.position(of: target.id),
            let expected = source.pack.index.crc(at: position)
        else { return }
        let file = source.file
        let bytes = file.bytes
        guard CRC32.update(0, bytes.extracting(target.packOffset..<end)) == expected else {
            throw .pack(source.pack.path, .badEntryChecksum(target.id, offset: target.packOffset))
        }
    }

    private func deflate(_ content: [UInt8]) throws(StorageError) -> [UInt8] {
        try database.scratch.with { scratch throws(StorageError) in
            var output: [UInt8] = []
            do throws(ZlibError) {
                let bytes = content.span.bytes
                try scratch.deflate(bytes, level: Compressibility.level(compression, for: bytes), into: &output)
            } catch {
                throw .zlib(error)
            }
            return output
        }
    }

    private func write(
        _ number: Int, _ body: Body, _ offsets: [Int], to output: inout PackStreamWriter
    ) throws(StorageError) {
        let target = builder.targets[number]
        let offset = output.size
        var header: [UInt8] = []
        if target.base >= 0 {
            let base = builder.targets[Int(target.base)]
            let form: PackEntry.Form =
                base.isBaseOnly || !builder.options.usesOffsetDeltas
                ? .referenceDelta(base: base.id) : .offsetDelta(base: offsets[Int(target.base)])
            PackEntry.write(form, size: target.deltaSize, offset: offset, to: &header)
        } else {
            PackEntry.write(.whole(target.kind ?? .blob), size: target.size, offset: offset, to: &header)
        }
        output.beginEntry()
        try output.write(header.span.bytes)
        switch body {
        case .copied(let file, let range): try output.write(file.bytes.extracting(range))
        case .made(let bytes): try output.write(bytes.span.bytes)
        case .streamed: try stream(target.id, size: target.size, to: &output)
        }
        output.endEntry(target.id, offset: offset)
    }

    /// Deflates a large object piece by piece.
    private func stream(_ id: ObjectID, size: Int, to output: inout PackStreamWriter) throws(StorageError) {
        let deflater = try StreamDeflater(level: compression)
        var left = size
        try database.stream(id) { piece throws(StorageError) in
            left -= piece.byteCount
            try deflater.feed(piece, isLast: left == 0) { made throws(StorageError) in try output.write(made) }
        }
    }
}

/// A compressor for one stream that comes in pieces.
final class StreamDeflater {
    private var deflater: Deflater
    private var buffer = [UInt8](repeating: 0, count: 1 << 17)

    init(level: Int) throws(StorageError) {
        do { deflater = try Deflater(level: level) } catch { throw .zlib(error) }
    }

    /// Compresses a piece and hands over what comes out.
    func feed(
        _ piece: RawSpan, isLast: Bool, _ sink: (RawSpan) throws(StorageError) -> Void
    ) throws(StorageError) {
        var consumed = 0
        while true {
            let step = unsafe piece.withUnsafeBytes { source in
                buffer.withUnsafeMutableBytes { target in
                    deflater.step(
                        input: UnsafeRawBufferPointer(rebasing: source[consumed...]), output: target, isLast: isLast)
                }
            }
            consumed += step.consumed
            if step.produced > 0 {
                let made = buffer
                try sink(made.span.bytes.extracting(0..<step.produced))
            }
            if step.isFinished || (!isLast && consumed == piece.byteCount && step.produced < buffer.count) { return }
        }
    }
}
