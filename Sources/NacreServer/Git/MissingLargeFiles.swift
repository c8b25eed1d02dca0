internal import Bytes
internal import GitObjects
internal import GitStorage
internal import LargeFiles
internal import SystemPackage

/// Pointers without content: a push must not name what nobody can fetch.
enum MissingLargeFiles {
    /// The SHA-256 of each large file that the new objects point to and that is not there.
    ///
    /// Looks at what is in the quarantine, which is what the push brings and nothing else.
    static func find(
        quarantine: FilePath, algorithm: HashAlgorithm, in content: LargeContent
    ) throws -> [String] {
        let objects = try ObjectDatabase(objectsDirectory: quarantine, algorithm: algorithm)
        var missing: Set<String> = []
        for pack in try objects.packs() {
            for position in 0..<pack.index.count {
                let id = pack.index.id(at: position)
                guard let header = try objects.headerIfPresent(id), header.kind == .blob,
                    header.size <= Pointer.maximumLength, let pointer = Pointer(parsing: try objects.read(id).content)
                else { continue }
                let oid = pointer.oid.hex
                if pointer.size > 0, try content.size(of: oid) != pointer.size { missing.insert(oid) }
            }
        }
        return missing.sorted()
    }
}
