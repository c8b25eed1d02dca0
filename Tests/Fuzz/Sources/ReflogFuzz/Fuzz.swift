import GitRefs

/// Reads any bytes as a reflog.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let log = Reflog(parsing: input, algorithm: .sha1)
    for position in 0...min(log.entries.count, 100) { _ = log.id(before: position) }
    for entry in log.entries.prefix(100) { _ = entry.encoded }
    return 0
}
