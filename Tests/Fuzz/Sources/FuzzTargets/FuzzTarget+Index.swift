import Bytes
import GitWorktree

extension FuzzTarget {
    /// Reads any bytes as an index; the hash is set to zeros, which means that it was left out, so that content is reached.
    static let index = FuzzTarget("Index") { input in
        var input = input
        _ = try? Index(parsing: input.span.bytes, algorithm: .sha1)
        guard input.count >= 20 else { return }
        input.replaceSubrange((input.count - 20)..., with: [UInt8](repeating: 0, count: 20))
        guard let index = try? Index(parsing: input.span.bytes, algorithm: .sha1) else { return }
        let encoded = index.encoded()
        let again = try? Index(parsing: encoded.span.bytes, algorithm: .sha1)
        precondition(again?.entries == index.entries, "an index that was read is written as it was")
    }
}
