import Bytes
import GitObjects
import GitStorage

/// Opens any bytes as a pack index and looks at every entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let index = try? PackIndex(MappedFile(copying: input.span.bytes), path: "fuzz.idx", algorithm: .sha1) else {
        return 0
    }
    for position in 0..<min(index.count, 1000) {
        _ = try? index.offset(at: position)
        _ = index.crc(at: position)
        _ = index.position(of: index.id(at: position))
    }
    try? index.verify()
    return 0
}
