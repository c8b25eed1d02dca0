import GitStorage

/// Applies any bytes as a delta: the first byte says how long the base is, which follows.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let length = input.first, input.count > Int(length) else { return 0 }
    let base = Array(input[1...Int(length)].prefix(Int(length)))
    let delta = Array(input[(1 + Int(length))...])
    _ = try? Delta.apply(delta.span.bytes, to: base.span.bytes)
    return 0
}
