import Bytes
import GitObjects
import GitStorage

extension FuzzTarget {
    /// Reads any bytes as a pack: entries, deltas, checks.
    static let pack = FuzzTarget("Pack") { input in
        _ = try? PackInspection(
            MappedFile(copying: input.span.bytes), algorithm: .sha1, limits: Limits(objectSize: 16 << 20),
            checker: ObjectChecker(isStrict: true), workers: 1)
    }
}
