import Bytes
import GitObjects
import GitStorage

/// Reads any bytes as a pack: entries, deltas, checks.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? PackInspection(
        MappedFile(copying: input.span.bytes), algorithm: .sha1, limits: Limits(objectSize: 16 << 20),
        checker: ObjectChecker(isStrict: true), workers: 1)
    return 0
}
