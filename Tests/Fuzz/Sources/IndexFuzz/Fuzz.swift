import Bytes
import GitWorktree

/// Reads any bytes as an index; the hash is set to zeros, which means that it was left out, so that content is reached.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    var input = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? Index(parsing: input.span.bytes, algorithm: .sha1)
    guard input.count >= 20 else { return 0 }
    input.replaceSubrange((input.count - 20)..., with: [UInt8](repeating: 0, count: 20))
    guard let index = try? Index(parsing: input.span.bytes, algorithm: .sha1) else { return 0 }
    let encoded = index.encoded()
    let again = try? Index(parsing: encoded.span.bytes, algorithm: .sha1)
    precondition(again?.entries == index.entries, "an index that was read is written as it was")
    return 0
}
