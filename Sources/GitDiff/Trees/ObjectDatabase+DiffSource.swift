internal import Bytes
public import GitObjects
public import GitStorage

/// The plain source: objects as they are, no attributes.
extension ObjectDatabase: DiffSource {
    /// Fetches objects that a partial clone left out.
    public func prefetch(_ ids: [ObjectID]) { prefetch(ids[...]) }

    /// The content of a tree object.
    public func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] {
        do throws(StorageError) {
            return try read(id, as: .tree)
        } catch {
            throw .unreadable(id, reason: "\(error)")
        }
    }

    /// The content of a side's blob; a side that is not hashed cannot be read here.
    public func content(of side: DiffSide) throws(DiffError) -> [UInt8] {
        guard !side.id.isZero else { throw .unreadableFile(side.path, reason: "there is no work tree") }
        do throws(StorageError) {
            return try read(side.id, as: .blob)
        } catch {
            throw .unreadable(side.id, reason: "\(error)")
        }
    }

    /// The size of a side's blob, from its header.
    public func size(of side: DiffSide) throws(DiffError) -> Int {
        guard !side.id.isZero else { throw .unreadableFile(side.path, reason: "there is no work tree") }
        do throws(StorageError) {
            return try header(side.id).size
        } catch {
            throw .unreadable(side.id, reason: "\(error)")
        }
    }
}
