internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import LargeFiles
internal import SystemPackage

/// Reads everything that a repository holds and says what is wrong with it.
struct Integrity {
    /// The repository.
    let path: FilePath

    /// What is wrong, a line each.
    func problems() throws -> [String] {
        let repository = try Repository.open(path)
        var problems: [String] = []
        var pointers: [Pointer] = []
        for pack in try repository.objects.refreshPacks() {
            do throws(TableError) { try pack.index.verify() } catch {
                problems.append("pack \(pack.index.path): \(error)")
            }
            for position in 0..<pack.index.count {
                check(pack.index.id(at: position), repository.objects, &problems, &pointers)
            }
        }
        for id in try looseIDs(repository) { check(id, repository.objects, &problems, &pointers) }
        let refs = try repository.refs.list()
        let cut = try ShallowFile.read(path, algorithm: repository.algorithm)
        for ref in refs {
            guard let id = ref.id else { continue }
            if try !Connectivity.isComplete([id], excluding: [], cut: cut, repository.objects) {
                problems.append("\(ref.name.string): objects that it leads to are missing")
            }
        }
        problems += try largeFileProblems(pointers)
        return problems
    }

    private func looseIDs(_ repository: Repository) throws -> [ObjectID] {
        var ids: [ObjectID] = []
        let objects = path.appending("objects")
        for bucket in try Files.list(objects) ?? [] where bucket.name.count == 2 {
            for entry in try Files.list(objects.appending(bytes: bucket.name)) ?? [] {
                if let id = ObjectID(hex: bucket.name + entry.name, algorithm: repository.algorithm) { ids.append(id) }
            }
        }
        return ids
    }

    private func check(
        _ id: ObjectID, _ objects: ObjectDatabase, _ problems: inout [String], _ pointers: inout [Pointer]
    ) {
        do throws(StorageError) {
            let object = try objects.read(id)
            guard ObjectID.hash(object.kind, object.content, id.algorithm) == id else {
                problems.append("object \(id): its content has another id")
                return
            }
            for finding in ObjectChecker().findings(id, object.kind, object.content.span.bytes)
            where finding.severity >= .error {
                problems.append("object \(id): \(finding)")
            }
            if object.kind == .blob, object.content.count <= Pointer.maximumLength,
                let pointer = Pointer(parsing: object.content)
            {
                pointers.append(pointer)
            }
        } catch {
            problems.append("object \(id): \(error)")
        }
    }

    private func largeFileProblems(_ pointers: [Pointer]) throws -> [String] {
        var problems: [String] = []
        let store = LargeFileStore(commonDirectory: path)
        let content = LargeContent(repository: path, store: store)
        for pointer in pointers {
            let oid = pointer.oid.hex
            if pointer.size > 0, try content.size(of: oid) != pointer.size {
                problems.append("large file \(oid): it is not here")
            }
        }
        problems += try store.chunks.check().problems
        for first in try Files.list(store.lfsObjects) ?? [] {
            let directory = store.lfsObjects.appending(bytes: first.name)
            for second in try Files.list(directory) ?? [] {
                for entry in try Files.list(directory.appending(bytes: second.name)) ?? [] {
                    let oid = String(decoding: entry.name, as: UTF8.self)
                    if try !content.isSound(oid) {
                        problems.append("large file \(oid): its content has another SHA-256")
                    }
                }
            }
        }
        return problems
    }
}

extension LargeContent {
    /// Whether a file that is kept whole has the content that its name says.
    func isSound(_ oid: String) throws -> Bool {
        guard let size = try size(of: oid) else { return false }
        var digest = Digest(.sha256)
        try send(oid, 0..<size) { digest.update($0) }
        return Hex.string(digest.finish()) == oid
    }
}
