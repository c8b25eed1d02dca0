import Bytes
import GitObjects
import GitRefs
import SystemPackage

extension FuzzTarget {
    /// Takes any bytes as the file `packed-refs`.
    static let packedRefs = FuzzTarget("PackedRefs") { input in
        _ = Workplace.write("refs/packed-refs", input)
        let directory = Workplace.directory.appending("refs")
        let store = RefStore(gitDirectory: directory, commonDirectory: directory, algorithm: .sha1)
        _ = try? store.list()
        if let name = try? RefName("refs/heads/main") { _ = try? store.read(name) }
    }
}
