internal import Bytes
internal import DataFormats
internal import SystemPackage

/// Finds a file's chunks and tensors without storing anything.
enum FileSurvey {
    private static let windowLength = 8 << 20

    /// What the file consists of now.
    ///
    /// Three windows are under way: one is read and goes into the SHA-256, one is cut, the chunks of one are hashed. The first two take
    /// about as long as each other, so that two cores are busy to the end.
    static func manifest(_ file: InputFile) throws(ChunkStoreError) -> Manifest {
        let size = Int(try onFiles { () throws(FileError) in try file.status() }.size)
        let digest = FileDigest()
        var chunks: [Manifest.Chunk] = []
        chunks.reserveCapacity(size / 60_000 + 1)
        var spare: [SurveyWindow] = []
        var (filled, cut): (SurveyWindow?, SurveyWindow?)
        var offset = 0
        repeat {
            let next = offset < size ? spare.popLast() ?? SurveyWindow(size: min(size, windowLength)) : nil
            let (toBeCut, toBeHashed, place) = (filled, cut, offset)
            try Workers.forEach(2 + (toBeHashed?.chunks.count ?? 0)) { (_, item) throws(ChunkStoreError) in
                switch item {
                case 0: try onFiles { () throws(FileError) in try next?.fill(from: file, at: place, size, digest) }
                case 1: toBeCut?.cut(after: toBeHashed)
                default: toBeHashed?.hash(item - 2)
                }
            }
            if let toBeHashed {
                chunks += toBeHashed.result
                spare.append(toBeHashed)
            }
            (filled, cut) = (next, toBeCut)
            offset += next?.length ?? 0
            // A file that was cut meanwhile ends where it does now.
            if next?.isLast == true { offset = size }
        } while filled != nil || cut != nil
        return Manifest(
            oid: digest.finish(), size: chunks.reduce(0) { $0 + $1.length }, fileHash: Xet.fileHash(chunks),
            chunks: chunks, tensors: TensorMap.read(file.source(size: size)))
    }
}

/// A stretch of a file, with room before it for what the stretch before it leaves over.
///
/// Unchecked: one worker fills or cuts it; each chunk's place is written by the one that has it.
private final class SurveyWindow: @unchecked Sendable {
    private let buffer: UnsafeMutableRawBufferPointer
    private var end = 0
    private(set) var chunks: [Range<Int>] = []
    private(set) var isLast = false
    private let places: UnsafeMutableBufferPointer<Hash256>

    /// What was read.
    var length: Int { end - Xet.maximumChunkSize }
    var result: [Manifest.Chunk] {
        chunks.indices.map { Manifest.Chunk(hash: places[$0], length: chunks[$0].count) }
    }

    init(size: Int) {
        buffer = .allocate(byteCount: size + Xet.maximumChunkSize, alignment: 64)
        places = .allocate(capacity: buffer.count / Xet.minimumChunkSize + 1)
        places.initialize(repeating: .zero)
    }

    deinit {
        buffer.deallocate()
        places.deinitialize()
        places.deallocate()
    }

    func fill(from file: InputFile, at offset: Int, _ size: Int, _ digest: FileDigest) throws(FileError) {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[Xet.maximumChunkSize...])
        let wanted = min(room.count, size - offset)
        let target = UnsafeMutableRawBufferPointer(rebasing: room[..<wanted])
        let count = try file.read(into: target, at: offset)
        digest.update(UnsafeRawBufferPointer(rebasing: target[..<count]))
        end = Xet.maximumChunkSize + count
        isLast = count < wanted || offset + count == size
    }

    /// Takes what the window before left over, and finds the chunks.
    func cut(after previous: SurveyWindow?) {
        var start = Xet.maximumChunkSize
        if let previous {
            let rest = UnsafeRawBufferPointer(rebasing: previous.buffer[previous.cutEnd..<previous.end])
            start -= rest.count
            UnsafeMutableRawBufferPointer(rebasing: buffer[start..<Xet.maximumChunkSize]).copyMemory(from: rest)
        }
        chunks.removeAll(keepingCapacity: true)
        cutEnd = start
        while cutEnd < end {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[cutEnd..<end])
            guard let length = Xet.chunkLength(rest) ?? (isLast ? rest.count : nil) else { return }
            chunks.append(cutEnd..<cutEnd + length)
            cutEnd += length
        }
    }

    /// Where what was cut ends.
    private var cutEnd = 0

    func hash(_ index: Int) { places[index] = Xet.chunkHash(UnsafeRawBufferPointer(rebasing: buffer[chunks[index]])) }
}
