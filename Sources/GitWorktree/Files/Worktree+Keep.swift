internal import Bytes
public import GitObjects
internal import GitStorage
internal import Glibc
internal import SystemPackage

/// A work-tree file whose exact bytes were kept as an object.
public struct KeptFile: Sendable, Hashable {
    /// How the object holds the file.
    public enum Form: UInt8, Sendable, Hashable {
        /// As it would be committed; checking it out gives the file back.
        case committed = 0x63
        /// As it is: no conversion was done, and none is to be done.
        case raw = 0x72
        /// As the large-file filter's blob.
        case filtered = 0x66
    }

    /// The path.
    public let path: GitPath
    /// How the object holds the file.
    public let form: Form
    /// What it was.
    public let mode: GitObjects.FileMode
    /// The blob.
    public let id: ObjectID

    /// Makes a description.
    public init(path: GitPath, form: Form, mode: GitObjects.FileMode, id: ObjectID) {
        self.path = path
        self.form = form
        self.mode = mode
        self.id = id
    }
}

extension Worktree {
    /// Files from this size on go through the large-file filter when they are kept, tracked or not.
    private static let largeSize = 8 << 20

    /// Keeps the exact bytes of files and links as objects, whatever conversions their attributes ask for. The objects
    /// stand when this returns. Paths at which there is no file or link are left out.
    public func keep(_ paths: [GitPath]) throws(WorktreeError) -> [KeptFile] {
        let batch = objects.beginBatch()
        var result: [KeptFile] = []
        var large: [(file: FilteredFile, mode: GitObjects.FileMode)] = []
        do {
            for path in paths {
                guard let status = try FileStatus.of(file(path)) else { continue }
                if status.kind == .symbolicLink, let target = try Files.readLink(file(path)) {
                    let id = try batch.add(.blob, target)
                    result.append(KeptFile(path: path, form: .raw, mode: .symbolicLink, id: id))
                } else if status.kind == .regular {
                    let mode: GitObjects.FileMode = status.isExecutable ? .executable : .regular
                    if status.size >= Self.largeSize, filter != nil {
                        let description = FilteredFile(
                            path: path, file: file(path), size: status.size,
                            attributes: attributes.attributes(of: path), previous: nil)
                        large.append((description, mode))
                    } else {
                        let id = try batch.add(.blob, try Files.read(file(path)))
                        result.append(KeptFile(path: path, form: .raw, mode: mode, id: id))
                    }
                }
            }
            if !large.isEmpty, let filter {
                for (blob, entry) in zip(try filter.clean(large.map(\.file), isStoring: true), large) {
                    let id = try batch.add(.blob, blob)
                    result.append(KeptFile(path: entry.file.path, form: .filtered, mode: entry.mode, id: id))
                }
            }
            try batch.finish()
        } catch let error as StorageError {
            throw .storage(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .witness("\(error)")
        }
        return result
    }

    /// Puts kept files back, replacing what stands at their paths.
    ///
    /// - Returns: the files that could not be put back, with the reason.
    public func putBack(_ files: [KeptFile]) throws(WorktreeError) -> [(path: GitPath, message: String)] {
        var request = CheckoutRequest()
        request.writes = files.filter { $0.form == .committed }
            .map { IndexEntry(path: $0.path, id: $0.id, mode: $0.mode) }
        let outcome = try checkOut(request)
        var failures = outcome.failures + outcome.missing.map { ($0, "error: \($0): content is not at hand") }
        let exact = files.filter { $0.form != .committed }
        try willChange(exact.map(\.path))
        for file in exact {
            do { try putBack(file) } catch { failures.append((file.path, "error: \(error)")) }
        }
        return failures
    }

    private func putBack(_ kept: KeptFile) throws {
        guard kept.path.isSafe(mode: kept.mode) else { throw WorktreeError.invalidPath(kept.path) }
        var cursor = DirectoryCursor(root: rootDescriptor)
        _ = try cursor.descriptor(above: kept.path.bytes, creating: .replacingFiles)
        let target = file(kept.path)
        if try FileStatus.of(target)?.kind == .directory { try Files.removeTree(target) }
        let content = try objects.read(kept.id, as: .blob)
        if kept.mode == .symbolicLink {
            try Files.remove(target)
            let link = FilePath(bytes: content)
            let result = link.withPlatformString { from in target.withPlatformString { symlink(from, $0) } }
            guard result == 0 else { throw FileError("create the link", target) }
            return
        }
        let permissions: UInt32 = kept.mode == .executable ? 0o777 : 0o666
        if kept.form == .filtered, let filter {
            let request = SmudgeRequest(
                path: kept.path, id: kept.id, blob: content, destination: target, permissions: permissions,
                attributes: attributes.attributes(of: kept.path), replaced: nil)
            switch try filter.smudge([request]).first {
            case .written?: return
            case .failed(let error)?: throw error
            case .contentMissing?, nil: throw WorktreeError.witness("content of \(kept.path) is not at hand")
            case .passThrough?: break
            }
        }
        var output = try TemporaryFile(
            in: target.removingLastComponent(), prefix: "undo", permissions: permissions)
        try output.output.write(content)
        try output.finish(as: target, synchronizing: false)
    }
}
