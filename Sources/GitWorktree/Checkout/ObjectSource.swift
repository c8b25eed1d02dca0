internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitStorage

/// Trees and blobs of the object database, for comparing trees.
struct ObjectSource: DiffSource {
    let objects: ObjectDatabase
    var algorithm: HashAlgorithm { objects.algorithm }

    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] {
        if id == ObjectID.emptyTree(algorithm) { return [] }
        return try read(id, .tree)
    }

    func content(of side: DiffSide) throws(DiffError) -> [UInt8] { try read(side.id, .blob) }

    func size(of side: DiffSide) throws(DiffError) -> Int {
        do throws(StorageError) { return try objects.header(side.id).size } catch {
            throw .unreadable(side.id, reason: "\(error)")
        }
    }

    private func read(_ id: ObjectID, _ kind: ObjectKind) throws(DiffError) -> [UInt8] {
        do throws(StorageError) { return try objects.read(id, as: kind) } catch {
            throw .unreadable(id, reason: "\(error)")
        }
    }
}
