import Bytes
import GitRefs

extension FuzzTarget {
    /// Reads any bytes as a reflog.
    static let reflog = FuzzTarget("Reflog") { input in
        let log = Reflog(parsing: input, algorithm: .sha1)
        for position in 0...min(log.entries.count, 100) { _ = log.id(before: position) }
        for entry in log.entries.prefix(100) { _ = entry.encoded }
    }
}
