internal import Bytes
internal import GitObjects
internal import GitStorage
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
                    header.size <= 1024, let pointer = pointer(try objects.read(id).content)
                else { continue }
                if pointer.size > 0, try content.size(of: pointer.oid) != pointer.size { missing.insert(pointer.oid) }
            }
        }
        return missing.sorted()
    }

    private static func pointer(_ content: [UInt8]) -> (oid: String, size: Int)? {
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        guard lines.first == "version https://git-lfs.github.com/spec/v1",
            let oid = lines.first(where: { $0.hasPrefix("oid sha256:") })?.dropFirst(11),
            let size = lines.first(where: { $0.hasPrefix("size ") }).flatMap({ Int($0.dropFirst(5)) }),
            LargeObjectStore.isValid(String(oid))
        else { return nil }
        return (String(oid), size)
    }
}
