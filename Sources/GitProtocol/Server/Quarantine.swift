internal import Bytes
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// An objects directory for what a push brings, until it is known to be good. Removed with the value.
struct Quarantine: ~Copyable {
    /// The directory; its name is the one that Git's maintenance clears away.
    let directory: FilePath
    private let target: FilePath

    init(for objects: ObjectDatabase) throws {
        let target = objects.directory
        var template = target.appending("tmp_objdir-incoming-XXXXXX").bytes.map { CChar(bitPattern: $0) } + [0]
        guard mkdtemp(&template) != nil else { throw FileError("create directory", target) }
        let directory = FilePath(platformString: template)
        try Files.makeDirectory(directory.appending("pack"))
        self.target = target
        self.directory = directory
    }

    deinit { _ = try? Files.removeTree(directory) }

    /// Everything in the quarantine and everything in the repository.
    func database(over objects: ObjectDatabase) throws -> ObjectDatabase {
        try ObjectDatabase(
            objectsDirectory: directory, algorithm: objects.algorithm, options: objects.options,
            additionalAlternates: [objects.directory] + objects.alternateDirectories)
    }

    /// Makes the packs part of the repository, each index after its pack, so that no reader sees one without the other.
    func release() throws {
        let from = directory.appending("pack")
        let to = target.appending("pack")
        try Files.makeDirectory(to)
        let names = (try Files.list(from) ?? []).map(\.name)
        let index = Array(".idx".utf8)
        for isIndex in [false, true] {
            for name in names where name.suffix(4).elementsEqual(index) == isIndex {
                try Files.rename(from.appending(bytes: name), to: to.appending(bytes: name))
            }
        }
        try Files.synchronizeDirectory(to)
    }
}
