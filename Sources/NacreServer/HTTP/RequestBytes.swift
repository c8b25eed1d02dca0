internal import HTTPTypes

/// A request's body for a thread that reads it: inflated where it is compressed, and never more than was allowed.
final class RequestBytes {
    private let pipe: BytePipe
    private let limit: Int
    private var gzip: GzipInflater?
    private var pending: [[UInt8]] = []
    private var isAtEnd = false
    /// How many bytes came out so far.
    private(set) var count = 0
    private let didRead: (Int) -> Void

    init(_ pipe: BytePipe, isCompressed: Bool, limit: Int, didRead: @escaping (Int) -> Void = { _ in }) throws {
        self.pipe = pipe
        self.limit = limit
        self.didRead = didRead
        gzip = isCompressed ? try GzipInflater() : nil
    }

    /// The next bytes; empty at the end.
    func next() throws -> [UInt8] {
        while true {
            if !pending.isEmpty { return pending.removeFirst() }
            if isAtEnd { return [] }
            let piece = try pipe.read()
            didRead(piece.count)
            if piece.isEmpty {
                isAtEnd = true
                try gzip?.finish()
            } else if gzip != nil {
                try gzip?.inflate(piece) { inflated in
                    try admit(inflated.count)
                    pending.append(inflated)
                }
            } else {
                try admit(piece.count)
                return piece
            }
        }
    }

    private func admit(_ bytes: Int) throws {
        count += bytes
        guard count <= limit else {
            throw HTTPFailure(.contentTooLarge, "the request has more than \(limit) bytes")
        }
    }
}
