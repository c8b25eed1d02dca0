import Bytes
import GitObjects
import GitStorage
import SystemPackage

extension FuzzTarget {
    /// Opens any bytes as a pack index and looks at every entry.
    static let packIndex = FuzzTarget("PackIndex") { input in
        guard let index = try? PackIndex(MappedFile(copying: input.span.bytes), path: "fuzz.idx", algorithm: .sha1)
        else {
            return
        }
        for position in 0..<min(index.count, 1000) {
            _ = try? index.offset(at: position)
            _ = index.crc(at: position)
            _ = index.position(of: index.id(at: position))
        }
        try? index.verify()
    }
}
