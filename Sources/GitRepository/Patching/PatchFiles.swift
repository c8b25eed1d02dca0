internal import Bytes
public import GitObjects
internal import GitStorage
public import GitWorktree
internal import Glibc
public import SystemPackage

/// The files that a patch is applied to.
public protocol PatchFiles {
    /// What stands at a path; nil for nothing.
    func mode(_ path: GitPath) throws -> GitObjects.FileMode?
    /// Whether a path leads through a symbolic link.
    func isBeyondLink(_ path: GitPath) throws -> Bool
    /// A file's content as a blob would have it.
    func content(_ path: GitPath, _ mode: GitObjects.FileMode) throws -> [UInt8]
    /// Takes files away, then writes others.
    ///
    /// - Returns: the status of what was written, where an index wants to know it.
    func change(removing: [GitPath], writing: [PatchedFile]) throws -> [(path: GitPath, stat: StatData)]
    /// Writes a file beside the others, as it is (`x.rej`).
    func writePlain(_ path: GitPath, _ content: [UInt8]) throws
}

/// A file as a patch leaves it.
public struct PatchedFile: Sendable {
    /// The path.
    public var path: GitPath
    /// The kind of file.
    public var mode: GitObjects.FileMode
    /// The content, as a blob has it; a commit's digits for a nested repository.
    public var content: [UInt8]

    /// Makes a file.
    public init(path: GitPath, mode: GitObjects.FileMode, content: [UInt8]) {
        self.path = path
        self.mode = mode
        self.content = content
    }
}

/// The files of a repository's work tree, with its filters and its witness.
public struct WorktreePatchFiles: PatchFiles {
    private let worktree: Worktree
    private let keptDirectory: GitPath?

    /// Takes a work tree; `keptDirectory` is where the person stands, which is not removed.
    public init(_ worktree: Worktree, keptDirectory: GitPath?) {
        self.worktree = worktree
        self.keptDirectory = keptDirectory
    }

    /// What stands at a path.
    public func mode(_ path: GitPath) throws -> GitObjects.FileMode? {
        guard let status = try worktree.status(path) else { return nil }
        if status.kind == .directory { return worktree.nestedHead(path) == nil ? .tree : .gitlink }
        return worktree.mode(of: status, previous: nil)
    }

    /// Whether a link stands above a path.
    public func isBeyondLink(_ path: GitPath) throws -> Bool { try worktree.linkAbove(path) != nil }

    /// A file as a blob would have it.
    public func content(_ path: GitPath, _ mode: GitObjects.FileMode) throws -> [UInt8] {
        if mode == .gitlink { return Array((worktree.nestedHead(path)?.hex ?? "").utf8) }
        let file = worktree.file(path)
        if mode == .symbolicLink { return try Files.readLink(file) ?? [] }
        let values = worktree.attributes.attributes(of: path)
        if let filter = worktree.filter, filter.claims(path, values), let status = try worktree.status(path) {
            let file = FilteredFile(path: path, file: file, size: status.size, attributes: values, previous: nil)
            return try filter.clean([file], isStoring: false).first ?? []
        }
        return try worktree.contentForBlob(try Files.read(file), path: path)
    }

    /// Takes files away, then writes others.
    public func change(
        removing: [GitPath], writing: [PatchedFile]
    ) throws -> [(path: GitPath, stat: StatData)] {
        var request = CheckoutRequest()
        request.removals = removing
        request.keptDirectory = keptDirectory
        for file in writing {
            let id: ObjectID
            if file.mode == .gitlink {
                id = ObjectID(hex: file.content, algorithm: worktree.objects.algorithm) ?? .zero(.sha1)
            } else {
                id = try worktree.objects.write(.blob, file.content)
            }
            request.writes.append(IndexEntry(path: file.path, id: id, mode: file.mode))
        }
        request.writes.sort { $0.path < $1.path }
        let outcome = try worktree.checkOut(request)
        if let failure = outcome.failures.first { throw RepositoryError(.system, failure.message) }
        return outcome.written
    }

    /// Writes a file as it is.
    public func writePlain(_ path: GitPath, _ content: [UInt8]) throws {
        try worktree.willChange([path])
        try TemporaryFile.replace(worktree.file(path), with: content, synchronizing: false)
    }
}

/// Files outside of any repository, below a directory.
public struct PlainPatchFiles: PatchFiles {
    private let root: FilePath

    /// Takes the directory.
    public init(_ root: FilePath) { self.root = root }

    private func file(_ path: GitPath) -> FilePath { root.appending(bytes: path.bytes) }

    /// What stands at a path.
    public func mode(_ path: GitPath) throws -> GitObjects.FileMode? {
        guard let status = try FileStatus.of(file(path)) else { return nil }
        switch status.kind {
        case .regular: return status.isExecutable ? .executable : .regular
        case .symbolicLink: return .symbolicLink
        case .directory: return .tree
        case .other: return nil
        }
    }

    /// Whether a link stands above a path.
    public func isBeyondLink(_ path: GitPath) throws -> Bool {
        var parent = path.parent
        while let directory = parent, !directory.isRoot {
            if try FileStatus.of(file(directory))?.kind == .symbolicLink { return true }
            parent = directory.parent
        }
        return false
    }

    /// A file as a blob would have it.
    public func content(_ path: GitPath, _ mode: GitObjects.FileMode) throws -> [UInt8] {
        if mode == .symbolicLink { return try Files.readLink(file(path)) ?? [] }
        return try Files.read(file(path))
    }

    /// Takes files away, then writes others.
    public func change(
        removing: [GitPath], writing: [PatchedFile]
    ) throws -> [(path: GitPath, stat: StatData)] {
        for path in removing {
            try Files.remove(file(path))
            var parent = path.parent
            while let directory = parent, !directory.isRoot, try Files.removeEmptyDirectory(file(directory)) {
                parent = directory.parent
            }
        }
        for written in writing {
            let target = file(written.path)
            try Files.makeDirectory(target.removingLastComponent())
            if written.mode == .symbolicLink {
                try Files.remove(target)
                let link = FilePath(bytes: written.content)
                let code = target.withPlatformString { path in link.withPlatformString { symlink($0, path) } }
                guard code == 0 else { throw FileError("create link", target) }
            } else {
                try TemporaryFile.replace(target, with: written.content, synchronizing: false)
                if written.mode == .executable {
                    let mask = umask(0)
                    umask(mask)
                    _ = target.withPlatformString { chmod($0, 0o777 & ~mask) }
                }
            }
        }
        return []
    }

    /// Writes a file as it is.
    public func writePlain(_ path: GitPath, _ content: [UInt8]) throws {
        try TemporaryFile.replace(file(path), with: content, synchronizing: false)
    }
}
