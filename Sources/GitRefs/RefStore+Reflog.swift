internal import Bytes
internal import GitObjects
public import SystemPackage

extension RefStore {
    /// Where a ref's log stands.
    public func reflogPath(_ name: RefName) -> FilePath {
        let place = directory(for: name)
        return place.base.appending("logs").appending(bytes: place.name.bytes)
    }

    /// A ref's log; nil where it has none.
    public func reflog(_ name: RefName) throws(RefError) -> Reflog? {
        do throws(FileError) {
            return try Files.readIfPresent(reflogPath(name)).map { Reflog(parsing: $0, algorithm: algorithm) }
        } catch {
            if error.code == .isDirectory { return nil }
            throw .file(error)
        }
    }

    /// Whether a ref has a log, an empty one counted.
    public func hasReflog(_ name: RefName) -> Bool {
        (try? FileStatus.of(reflogPath(name), followingLinks: true))?.kind == .regular
    }

    /// The names of all refs that have a log, in order: `HEAD` first, then those below `refs/`.
    public func reflogNames() throws(RefError) -> [RefName] {
        var names: Set<RefName> = []
        try collectLogs(commonDirectory, [], into: &names, isShared: true, depth: 0)
        if gitDirectory != commonDirectory {
            try collectLogs(gitDirectory, [], into: &names, isShared: false, depth: 0)
        }
        return names.sorted()
    }

    private func collectLogs(
        _ base: FilePath, _ directory: [UInt8], into names: inout Set<RefName>, isShared: Bool, depth: Int
    ) throws(RefError) {
        guard depth < 64 else { return }
        let entries: [Files.Entry]?
        do throws(FileError) {
            entries = try Files.list(base.appending("logs").appending(bytes: directory))
        } catch {
            throw .file(error)
        }
        for entry in entries ?? [] where !entry.name[...].ends(with: ".lock") {
            let path = directory.isEmpty ? entry.name : directory + [UInt8(ascii: "/")] + entry.name
            if entry.kind == .directory {
                try collectLogs(base, path, into: &names, isShared: isShared, depth: depth + 1)
            } else if RefName.isValid(path, options: .oneLevel) {
                let name = RefName(unchecked: path)
                if gitDirectory == commonDirectory || name.isPerWorktree != isShared { names.insert(name) }
            }
        }
    }

    /// Adds a change to a ref's log, where it has one or the policy gives it one.
    ///
    /// - Throws: ``RefError/file(_:)``.
    public func appendReflog(
        _ name: RefName, _ entry: ReflogEntry, creating: Bool = false
    ) throws(RefError) {
        let path = reflogPath(name)
        do throws(FileError) {
            if !hasReflog(name) {
                guard creating || isLogged(name) else { return }
                try Files.makeDirectory(path.removingLastComponent())
                // An empty directory may stand there from a ref that is gone.
                try removeEmptyDirectories(path)
            }
            var file = try OutputFile(appendingTo: path)
            try file.write(entry.encoded)
            if options.synchronizes { try file.synchronize() }
            try file.close()
        } catch {
            throw .file(error)
        }
    }

    /// Creates an empty log, where there is none.
    public func createReflog(_ name: RefName) throws(RefError) {
        let path = reflogPath(name)
        do throws(FileError) {
            try Files.makeDirectory(path.removingLastComponent())
            try removeEmptyDirectories(path)
            var file = try OutputFile(appendingTo: path)
            try file.close()
        } catch {
            throw .file(error)
        }
    }

    /// Rewrites a ref's log while nobody can add to it: the entries that `change` is given are those that stand there when the
    /// ref is locked. Nothing is written where it gives nil.
    ///
    /// - Throws: ``RefError/locked(_:_:)`` where somebody holds the ref; what `change` throws.
    public func rewriteReflog(_ name: RefName, _ change: ([ReflogEntry]) throws -> [ReflogEntry]?) throws {
        let lock: LockFile
        do throws(LockError) {
            lock = try LockFile(path(name), waiting: options.lockTimeout)
        } catch {
            throw RefError.locked(name, error)
        }
        if let log = try reflog(name), let entries = try change(log.entries) { try write(entries, toReflogOf: name) }
        _ = consume lock
    }

    private func write(_ entries: [ReflogEntry], toReflogOf name: RefName) throws(FileError) {
        let path = reflogPath(name)
        var file = try TemporaryFile(in: path.removingLastComponent(), prefix: "log")
        try file.output.write(entries.flatMap(\.encoded))
        try file.finish(as: path, synchronizing: options.synchronizes)
    }

    /// Replaces a ref's log, under the ref's lock. Entries are written as given.
    public func replaceReflog(_ name: RefName, with entries: [ReflogEntry]) throws(RefError) {
        let lock: LockFile
        do throws(LockError) {
            lock = try LockFile(path(name), waiting: options.lockTimeout)
        } catch {
            throw .locked(name, error)
        }
        do throws(FileError) { try write(entries, toReflogOf: name) } catch { throw .file(error) }
        _ = consume lock
    }

    /// Removes a ref's log; returns whether there was one.
    @discardableResult
    public func removeReflog(_ name: RefName) throws(RefError) -> Bool {
        let path = reflogPath(name)
        do throws(FileError) {
            let isRemoved = try Files.remove(path)
            try removeEmptyParents(path, below: name)
            return isRemoved
        } catch {
            throw .file(error)
        }
    }

    func isLogged(_ name: RefName) -> Bool {
        switch options.reflogPolicy {
        case .none: false
        case .always: name == .head || name.starts(with: "refs/")
        case .branches:
            name == .head || name.isBranch || name.isRemote || name.starts(with: "refs/notes/")
        }
    }

    /// Removes directories above a file that became empty, up to `refs/<kind>`.
    func removeEmptyParents(_ path: FilePath, below name: RefName) throws(FileError) {
        var levels = name.bytes.split(separator: UInt8(ascii: "/")).count - 1
        var directory = path.removingLastComponent()
        while levels > 2, try Files.removeEmptyDirectory(directory) {
            directory.removeLastComponent()
            levels -= 1
        }
    }

    /// Removes a directory that holds nothing but empty directories; other things stay.
    func removeEmptyDirectories(_ path: FilePath) throws(FileError) {
        guard try FileStatus.of(path)?.kind == .directory else { return }
        for entry in try Files.list(path) ?? [] where entry.kind == .directory {
            try removeEmptyDirectories(path.appending(bytes: entry.name))
        }
        try Files.removeEmptyDirectory(path)
    }
}
