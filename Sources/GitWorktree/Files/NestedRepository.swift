internal import Bytes
internal import GitObjects
internal import SystemPackage

/// A repository inside a work tree (a submodule, or one that was cloned there).
enum NestedRepository {
    /// Its git directory; nil where the directory holds no repository.
    static func gitDirectory(_ directory: FilePath) -> FilePath? {
        let nested = directory.appending(".git")
        guard let status = (try? FileStatus.of(nested, followingLinks: true)) ?? nil else { return nil }
        if status.kind == .directory {
            let head = (try? FileStatus.of(nested.appending("HEAD"))) ?? nil
            return head == nil ? nil : nested
        }
        guard let content = try? Files.readIfPresent(nested, limit: 65536),
            content.starts(with: Array("gitdir: ".utf8))
        else { return nil }
        let target = FilePath(bytes: content.dropFirst(8).prefix { $0 != 10 && $0 != 13 })
        return directory.pushing(target)
    }

    /// The commit that it has checked out.
    static func head(_ directory: FilePath, algorithm: HashAlgorithm) -> ObjectID? {
        guard let gitDirectory = gitDirectory(directory) else { return nil }
        var name = Array("HEAD".utf8)
        // Symbolic refs lead to symbolic refs at most a few times.
        for _ in 0..<5 {
            guard GitPath(name).isSafe(),
                let content = try? Files.readIfPresent(gitDirectory.appending(bytes: name), limit: 65536)
            else { return packed(name, gitDirectory, algorithm) }
            let line = content.prefix { $0 != 10 }
            guard line.starts(with: Array("ref: ".utf8)) else {
                return ObjectID(hex: Array(line), algorithm: algorithm)
            }
            name = Array(line.dropFirst(5))
        }
        return nil
    }

    private static func packed(_ name: [UInt8], _ gitDirectory: FilePath, _ algorithm: HashAlgorithm) -> ObjectID? {
        guard let content = try? Files.readIfPresent(gitDirectory.appending("packed-refs")) else { return nil }
        for line in content.split(separator: 10) where line.count == algorithm.hexCount + 1 + name.count {
            if line.suffix(name.count).elementsEqual(name) {
                return ObjectID(hex: Array(line.prefix(algorithm.hexCount)), algorithm: algorithm)
            }
        }
        return nil
    }
}
