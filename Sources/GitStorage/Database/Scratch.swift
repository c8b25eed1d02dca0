internal import Bytes
internal import Synchronization

/// What one thread needs to inflate and deflate, kept for the next object: making a codec's state costs more than a small
/// object does.
final class Scratch {
    var inflater: Inflater
    /// Inflated deltas, one object's chain at a time.
    var buffer: [UInt8] = []
    private var deflaters: [Int: DeflaterBox] = [:]
    private var blockDeflaters: [Int: BlockDeflaterBox] = [:]

    private final class DeflaterBox {
        var deflater: Deflater
        init(level: Int) throws(ZlibError) { deflater = try Deflater(level: level) }
    }

    private final class BlockDeflaterBox {
        var deflater: BlockDeflater
        init(level: Int) throws(ZlibError) { deflater = try BlockDeflater(level: level) }
    }

    init() throws(ZlibError) {
        inflater = try Inflater()
    }

    /// Appends one zlib stream of `content` to `output`.
    func deflate(_ content: RawSpan, level: Int, into output: inout [UInt8]) throws(ZlibError) {
        if let box = blockDeflaters[level] { return box.deflater.deflate(content, into: &output) }
        let box = try BlockDeflaterBox(level: level)
        blockDeflaters[level] = box
        box.deflater.deflate(content, into: &output)
    }

    /// Lends the compressor of a level, for streams that are made piece by piece.
    func withDeflater<Result>(
        level: Int, _ body: (inout Deflater) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let box: DeflaterBox
        do { box = try self.box(level) } catch { throw .zlib(error) }
        box.deflater.reset()
        return try body(&box.deflater)
    }

    private func box(_ level: Int) throws(ZlibError) -> DeflaterBox {
        if let box = deflaters[level] { return box }
        let box = try DeflaterBox(level: level)
        deflaters[level] = box
        return box
    }
}

/// Lends a ``Scratch`` to whoever works at the moment; as many are made as threads work at once.
final class ScratchPool: Sendable {
    private struct Free: @unchecked Sendable {
        // Unchecked: a scratch is either in this list or with the one thread that took it.
        var list: [Scratch] = []
    }

    private let free = Mutex(Free())

    /// Calls `body` with a scratch that nobody else has.
    func with<Result>(_ body: (Scratch) throws(StorageError) -> Result) throws(StorageError) -> Result {
        let scratch: Scratch
        if let free = free.withLock({ $0.list.popLast().map { Unchecked(value: $0) } }) {
            scratch = free.value
        } else {
            do { scratch = try Scratch() } catch { throw .zlib(error) }
        }
        defer {
            let box = Unchecked(value: scratch)
            free.withLock { $0.list.append(box.value) }
        }
        return try body(scratch)
    }

    private struct Unchecked: @unchecked Sendable {
        // Unchecked: carries a scratch from the list to the one thread that takes it, and back.
        let value: Scratch
    }
}
