internal import Bytes
public import GitObjects
internal import GitStorage

extension Worktree {
    /// What a file is as a blob: stored in `batch`, or only hashed without one.
    ///
    /// - Returns: nil where the file is gone.
    func blob(
        _ path: GitPath, _ status: FileStatus, _ mode: FileMode, _ context: CleanContext, into batch: ObjectBatch?,
        _ cursor: inout DirectoryCursor
    ) throws(WorktreeError) -> ObjectID? {
        do {
            var content: [UInt8]
            if status.kind == .symbolicLink {
                guard let target = try readLink(path.bytes, &cursor) else { return nil }
                content = target
            } else {
                let size = Int(status.size)
                let values = mode == .symbolicLink ? AttributeValues() : attributes.attributes(of: path)
                if mode != .symbolicLink, let filter, filter.claims(path, values) {
                    let file = FilteredFile(
                        path: path, file: self.file(path), size: status.size, attributes: values,
                        previous: context.index?[path]?.id)
                    content = try filter.clean([file], isStoring: batch != nil).first ?? []
                } else {
                    guard let bytes = try readFile(path.bytes, &cursor, expected: size) else { return nil }
                    content = mode == .symbolicLink ? bytes : try clean(bytes, path: path, attributes: values, context)
                }
            }
            if let batch { return try batch.add(.blob, content) }
            return ObjectID.hash(.blob, content, objects.algorithm)
        } catch let error as WorktreeError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .filter(path, name: "lfs", reason: "\(error)")
        }
    }

    /// The id that a file's content has as a blob, without storing it; nil where there is no file or link.
    public func hash(_ path: GitPath, index: Index? = nil) throws(WorktreeError) -> (id: ObjectID, mode: FileMode)? {
        var cursor = DirectoryCursor(root: rootDescriptor)
        let status: FileStatus?
        do throws(FileError) { status = try self.status(path.bytes, &cursor) } catch { throw .file(error) }
        guard let status, let mode = mode(of: status, previous: index?[path]?.mode), mode != .gitlink,
            let id = try blob(path, status, mode, CleanContext(index: index), into: nil, &cursor)
        else { return nil }
        return (id, mode)
    }

    /// The commit that a nested repository has checked out; nil where there is none, or no commit in it.
    public func nestedHead(_ path: GitPath) -> ObjectID? {
        NestedRepository.head(file(path), algorithm: objects.algorithm)
    }
}
