import Bytes
import GitRefs

extension FuzzTarget {
    /// Reads any bytes as a ref's file, a ref's name and a refspec.
    static let refs = FuzzTarget("Refs") { input in
        _ = RefStore.parse(input, algorithm: .sha1)
        _ = RefStore.parse(input, algorithm: .sha256)
        _ = RefName.isValid(input, options: [.oneLevel, .pattern])
        _ = try? Refspec(String(decoding: input, as: UTF8.self), forPush: false)
        _ = try? Refspec(String(decoding: input, as: UTF8.self), forPush: true)
    }
}
