import GitRefs

/// Reads any bytes as a ref's file, a ref's name and a refspec.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    _ = RefStore.parse(input, algorithm: .sha1)
    _ = RefStore.parse(input, algorithm: .sha256)
    _ = RefName.isValid(input, options: [.oneLevel, .pattern])
    _ = try? Refspec(String(decoding: input, as: UTF8.self), forPush: false)
    _ = try? Refspec(String(decoding: input, as: UTF8.self), forPush: true)
    return 0
}
