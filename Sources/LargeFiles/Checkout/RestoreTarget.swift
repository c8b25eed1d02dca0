internal import Bytes
internal import Glibc
internal import SystemPackage

/// A file that is being restored, written to at any offset, and the ranges of it that it has in common with the file that
/// it will replace: on file systems that can (Btrfs, XFS, bcachefs) those are shared by reflink and take no space and no writing.
final class RestoreTarget: Sendable {
    private let path: FilePath
    private let descriptor: Int32
    /// Whole chunks that stand in the file already, in order.
    let shared: [Range<Int>]

    /// Shorter runs are copied: a reflink of each would cost more than it saves.
    private static let minimumRun = 256 << 10
    /// What file systems share are blocks, of this size on all that are common.
    private static let blockSize = 4096

    /// Shares what can be shared with the file behind `descriptor`, which outlives this value and will stand at `path`.
    init(
        _ path: FilePath, _ descriptor: Int32, _ manifest: Manifest,
        reusing: (file: InputFile, version: EarlierVersion)?
    ) throws(FileError) {
        self.path = path
        self.descriptor = descriptor
        var shared: [Range<Int>] = []
        if let (file, version) = reusing {
            for run in RestoreTarget.runs(manifest, version) {
                let blocks = RestoreTarget.blocks(run.target)
                guard
                    file.share(run.shift + blocks.lowerBound, count: blocks.count, with: descriptor, blocks.lowerBound)
                else { break }
                shared += RestoreTarget.whole(run.chunks, in: blocks)
            }
        }
        self.shared = shared
    }

    /// Chunks, one after the other, that stand in both versions at the same distance, a multiple of the block size.
    struct Run: Equatable {
        var chunks: [Range<Int>]
        /// How much further on the old version has them.
        let shift: Int

        var target: Range<Int> { (chunks.first?.lowerBound ?? 0)..<(chunks.last?.upperBound ?? 0) }
    }

    static func runs(_ manifest: Manifest, _ version: EarlierVersion) -> [Run] {
        var runs: [Run] = []
        var current: Run?
        var offset = 0
        func close(_ run: Run?) {
            if let run, blocks(run.target).count >= minimumRun { runs.append(run) }
        }
        for chunk in manifest.chunks {
            let range = offset..<offset + chunk.length
            offset = range.upperBound
            guard let old = version.place(of: chunk.hash, near: range.lowerBound) else {
                close(current)
                current = nil
                continue
            }
            let shift = old - range.lowerBound
            if current?.shift == shift {
                current?.chunks.append(range)
            } else {
                close(current)
                current = shift % blockSize == 0 ? Run(chunks: [range], shift: shift) : nil
            }
        }
        close(current)
        return runs
    }

    /// The whole blocks in a range.
    private static func blocks(_ range: Range<Int>) -> Range<Int> {
        let start = (range.lowerBound + blockSize - 1) / blockSize * blockSize
        return start..<max(start, range.upperBound / blockSize * blockSize)
    }

    /// The chunks that lie in whole blocks entirely, joined: at most one at each end does not.
    private static func whole(_ chunks: [Range<Int>], in blocks: Range<Int>) -> [Range<Int>] {
        let inside = chunks.filter { $0.lowerBound >= blocks.lowerBound && $0.upperBound <= blocks.upperBound }
        guard let first = inside.first, let last = inside.last else { return [] }
        return [first.lowerBound..<last.upperBound]
    }

    /// Whether a chunk stands in the file already.
    func has(_ range: Range<Int>) -> Bool {
        var low = 0
        var high = shared.count
        while low < high {
            let middle = (low + high) / 2
            if shared[middle].upperBound < range.upperBound { low = middle + 1 } else { high = middle }
        }
        return low < shared.count && shared[low].lowerBound <= range.lowerBound
    }

    /// Reads back what stands in the file; fewer bytes where it ends.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            done += count
        }
        return done
    }

    /// Writes what of these bytes is not shared.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var position = offset
        let end = offset + bytes.count
        for range in shared where range.upperBound > offset && range.lowerBound < end {
            try writeAll(bytes, position - offset..<max(position, range.lowerBound) - offset, at: position)
            position = min(end, range.upperBound)
        }
        try writeAll(bytes, position - offset..<bytes.count, at: position)
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, at offset: Int) throws(FileError) {
        var written = 0
        guard let base = bytes.baseAddress else { return }
        while written < range.count {
            let count = pwrite(
                descriptor, base + range.lowerBound + written, range.count - written, off_t(offset + written))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            written += count
        }
    }
}
