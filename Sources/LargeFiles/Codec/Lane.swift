internal import DataFormats

/// How a chunk's bytes line up as numbers.
struct Lane: Hashable, Sendable {
    /// Bytes for one number: 1, 2, 4 or 8.
    let width: Int
    /// Bytes before the first whole number.
    let phase: Int
    /// Whether the numbers are floating point, with the sign in the highest bit.
    let isFloatingPoint: Bool

    init(width: Int, phase: Int, isFloatingPoint: Bool) {
        self.width = width
        self.phase = phase
        self.isFloatingPoint = isFloatingPoint
    }

    /// The lane of the tensor that holds most of a chunk at `range` of a file; nil where its elements have no width.
    init?(_ tensor: TensorMap.Tensor, in range: Range<Int>) {
        let width = tensor.type.laneWidth
        guard [1, 2, 4, 8].contains(width) else { return nil }
        // Euclidean: the tensor may begin before the chunk or inside it.
        let distance = (tensor.range.lowerBound - range.lowerBound) % width
        self.init(
            width: width, phase: distance < 0 ? distance + width : distance,
            isFloatingPoint: tensor.type.isFloatingPoint)
    }

    /// Judges a sample of bytes of unknown kind by how even they are in each position: the width whose planes would code best,
    /// where that gains enough; nil for bytes without such an order.
    init?(sniffing sample: UnsafeRawBufferPointer, startingAt offset: Int) {
        let plain = ByteStatistics.entropyBytes(sample)
        var best: (width: Int, bytes: Int)?
        for width in [2, 4, 8] where sample.count >= width * 256 {
            let count = sample.count / width
            var total = 0
            withUnsafeTemporaryAllocation(byteCount: count * width, alignment: 16) { planes in
                ByteStatistics.split(sample, count: count, width: width, into: planes)
                for plane in 0..<width {
                    total += ByteStatistics.entropyBytes(
                        UnsafeRawBufferPointer(rebasing: planes[plane * count..<(plane + 1) * count]))
                }
            }
            if total < best?.bytes ?? .max { best = (width, total) }
        }
        // Planes of few bytes look more even than they are: a small gain means nothing.
        guard let best, best.bytes * 100 < plain * 92 else { return nil }
        let distance = offset % best.width
        self.init(width: best.width, phase: distance == 0 ? 0 : best.width - distance, isFloatingPoint: false)
    }
}
