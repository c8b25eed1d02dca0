public import GitObjects
public import GitStorage

/// Whether everything that objects lead to is there.
public enum Connectivity {
    /// Walks from `tips` to what `existing` leads to, which is taken to be complete.
    ///
    /// - Parameter cut: commits whose parents need not be there.
    /// - Throws: ``StorageError`` where something that is there cannot be read.
    public static func isComplete(
        _ tips: [ObjectID], excluding existing: [ObjectID], cut: Set<ObjectID> = [], _ objects: ObjectDatabase
    ) throws(StorageError) -> Bool {
        var options = ObjectWalk.Options()
        options.checksBlobs = true
        options.shallow = cut
        var walk = ObjectWalk(objects, options: options)
        do throws(StorageError) {
            let known = Set(existing).filter { objects.contains($0) }
            try walk.walk(include: tips, exclude: Array(known)) { _, _, _ in }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }
}
