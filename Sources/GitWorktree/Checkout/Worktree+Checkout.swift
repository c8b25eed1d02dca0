internal import Bytes
public import GitObjects
internal import GitStorage
internal import Glibc
internal import Synchronization
internal import SystemPackage

extension Worktree {
    /// Removes and writes files, on all cores. Nothing is checked here: see ``TreeSwitch`` for what may be overwritten.
    ///
    /// Files are created exclusively, after whatever stands there was taken away, so that a link is never written through.
    public func checkOut(_ request: CheckoutRequest) throws(WorktreeError) -> CheckoutOutcome {
        var outcome = CheckoutOutcome()
        try willChange(request.removals + request.writes.map(\.path))
        removeFiles(request, &outcome)
        for entry in request.writes where !entry.path.isSafe(mode: entry.mode) { throw .invalidPath(entry.path) }
        let size = 64
        let entries = request.writes
        // A partial clone fetches what it lacks at once, not file by file.
        objects.prefetch(entries.lazy.filter { $0.mode.isBlob }.map(\.id))
        let shared = Mutex((outcome: outcome, claimed: [SmudgeRequest](), unreleased: 0))
        let chunks = (entries.count + size - 1) / size
        try Workers.forEach(chunks, workers: workers) { (_, turn) throws(WorktreeError) in
            let chunk = Worktree.spread(turn, of: chunks)
            var cursor = DirectoryCursor(root: rootDescriptor)
            var part = CheckoutOutcome()
            var claimed: [SmudgeRequest] = []
            for entry in entries[(chunk * size)..<min((chunk + 1) * size, entries.count)] {
                try write(entry, request, &cursor, &part, &claimed)
            }
            let done = part
            let more = claimed
            let isReleasing = shared.withLock { shared in
                shared.outcome.written += done.written
                shared.outcome.failures += done.failures
                shared.outcome.existing += done.existing
                shared.claimed += more
                shared.unreleased += done.written.reduce(0) { $0 + Int($1.stat.size) }
                guard shared.unreleased > Worktree.releaseInterval else { return false }
                shared.unreleased = 0
                return true
            }
            if isReleasing { objects.releasePages() }
            if let progress = request.progress {
                let end = min((chunk + 1) * size, entries.count)
                progress(end - chunk * size, entries.count)
            }
        }
        let (result, claimed) = shared.withLock { ($0.outcome, $0.claimed) }
        outcome = result
        if !claimed.isEmpty { try smudge(claimed.sorted { $0.path < $1.path }, &outcome) }
        outcome.failures.sort { $0.path < $1.path }
        outcome.existing.sort()
        return outcome
    }

    /// After so many bytes of files, the packs' pages that they came from are given back.
    private static let releaseInterval = 16 << 20

    /// The chunk of a turn, neighbours in time half the list apart: two threads that make files in one directory wait for
    /// each other.
    private static func spread(_ turn: Int, of count: Int) -> Int {
        let half = (count + 1) / 2
        return turn % 2 == 0 ? turn / 2 : half + turn / 2
    }

    // MARK: Removing

    private func removeFiles(_ request: CheckoutRequest, _ outcome: inout CheckoutOutcome) {
        var cursor = DirectoryCursor(root: rootDescriptor)
        var emptied: Set<GitPath> = []
        for path in request.removals {
            guard path.isSafe(), let directory = (try? cursor.descriptor(above: path.bytes)) ?? nil else { continue }
            let code = withName(of: path.bytes) { name -> Int32 in
                if unlinkat(directory, name, 0) == 0 { return 0 }
                // A nested repository's directory goes only while it is empty.
                if errno == EISDIR || errno == EPERM {
                    return unlinkat(directory, name, AT_REMOVEDIR) == 0 ? 0 : ENOENT
                }
                return errno
            }
            if code == 0 || code == ENOENT {
                if let parent = path.parent, !parent.isRoot { emptied.insert(parent) }
            } else {
                outcome.failures.append(
                    (path, "warning: unable to unlink '\(path)': \(String(cString: strerror(code)))"))
            }
        }
        cursor.reset()
        removeEmptyDirectories(emptied, keeping: request.keptDirectory)
    }

    /// Removes directories that are empty, and those above them that become so.
    public func removeEmptyDirectories(_ directories: Set<GitPath>, keeping kept: GitPath?) {
        // The deepest first.
        for directory in directories.sorted(by: { $0.bytes.count > $1.bytes.count }) {
            var current: GitPath? = directory
            while let path = current, !path.isRoot {
                if let kept, kept.isInside(path) { break }
                guard (try? linkAbove(path)) == .some(nil), (try? Files.removeEmptyDirectory(file(path))) == true else {
                    break
                }
                current = path.parent
            }
        }
    }

    // MARK: Writing

    private func write(
        _ entry: IndexEntry, _ request: CheckoutRequest, _ cursor: inout DirectoryCursor, _ part: inout CheckoutOutcome,
        _ claimed: inout [SmudgeRequest]
    ) throws(WorktreeError) {
        do {
            let creation: DirectoryCursor.Creation = request.keepsExisting ? .missing : .replacingFiles
            guard let directory = try cursor.descriptor(above: entry.path.bytes, creating: creation) else { return }
            if entry.mode == .gitlink {
                _ = withName(of: entry.path.bytes) { mkdirat(directory, $0, 0o777) }
                if let status = try status(entry.path.bytes, &cursor) {
                    part.written.append((entry.path, StatData(status)))
                }
                return
            }
            // The empty blob is known everywhere, whether it is stored or not.
            let blob = entry.id == emptyBlob ? [] : try objects.read(entry.id, as: .blob)
            let values = entry.mode == .symbolicLink ? AttributeValues() : attributes.attributes(of: entry.path)
            if entry.mode != .symbolicLink, let filter, filter.claims(entry.path, values) {
                if request.keepsExisting, try status(entry.path.bytes, &cursor) != nil {
                    part.existing.append(entry.path)
                    return
                }
                claimed.append(smudgeRequest(entry, blob, values, request))
                return
            }
            let content =
                entry.mode == .symbolicLink
                ? blob : try smudge(blob, path: entry.path, id: entry.id, attributes: values)
            let outcome = try create(entry, content, directory, keeping: request.keepsExisting)
            switch outcome {
            case .written(let stat): part.written.append((entry.path, stat))
            case .existing: part.existing.append(entry.path)
            }
        } catch let error as StorageError {
            throw .storage(error)
        } catch let error as WorktreeError {
            throw error
        } catch {
            part.failures.append(
                (
                    entry.path,
                    "error: unable to create file \(entry.path): \((error as? FileError)?.code.description ?? "\(error)")"
                ))
        }
    }

    private var emptyBlob: ObjectID {
        objects.algorithm == .sha1 ? Worktree.emptyBlobs.sha1 : Worktree.emptyBlobs.sha256
    }

    private static let emptyBlobs = (sha1: ObjectID.emptyBlob(.sha1), sha256: ObjectID.emptyBlob(.sha256))

    private func smudgeRequest(
        _ entry: IndexEntry, _ blob: [UInt8], _ values: AttributeValues, _ request: CheckoutRequest
    ) -> SmudgeRequest {
        SmudgeRequest(
            path: entry.path, id: entry.id, blob: blob, destination: file(entry.path),
            permissions: entry.mode == .executable ? 0o777 : 0o666, attributes: values,
            replaced: request.replaced[entry.path])
    }

    private enum Creation { case written(StatData), existing }

    private func create(
        _ entry: IndexEntry, _ content: [UInt8], _ directory: Int32, keeping: Bool
    ) throws(FileError) -> Creation {
        if entry.mode == .symbolicLink && settings.hasSymbolicLinks {
            return try createLink(entry, content, directory, keeping: keeping)
        }
        let permissions: mode_t = entry.mode == .executable ? 0o777 : 0o666
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        var failure: FileError?
        let result: Creation? = withName(of: entry.path.bytes) { name in
            var descriptor = openat(directory, name, flags, permissions)
            if descriptor < 0 && errno == EEXIST {
                if keeping { return .existing }
                do throws(FileError) { try clear(name, directory, entry.path) } catch {
                    failure = error
                    return nil
                }
                descriptor = openat(directory, name, flags, permissions)
            }
            guard descriptor >= 0 else {
                failure = FileError("create", file(entry.path))
                return nil
            }
            defer { close(descriptor) }
            var written = 0
            while written < content.count {
                let count = content.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress! + written, content.count - written)
                }
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else {
                    failure = FileError("write", file(entry.path))
                    return nil
                }
                written += count
            }
            guard let status = try? FileStatus.of(descriptor: descriptor, path: root) else { return nil }
            return .written(StatData(status))
        }
        if let failure { throw failure }
        guard let result else { throw FileError("write", file(entry.path)) }
        return result
    }

    private func createLink(
        _ entry: IndexEntry, _ content: [UInt8], _ directory: Int32, keeping: Bool
    ) throws(FileError) -> Creation {
        var target = content.map { CChar(bitPattern: $0) }
        target.append(0)
        var failure: FileError?
        let result: Creation? = withName(of: entry.path.bytes) { name in
            if symlinkat(target, directory, name) != 0 {
                guard errno == EEXIST else {
                    failure = FileError("create the link", file(entry.path))
                    return nil
                }
                if keeping { return .existing }
                do throws(FileError) { try clear(name, directory, entry.path) } catch {
                    failure = error
                    return nil
                }
                guard symlinkat(target, directory, name) == 0 else {
                    failure = FileError("create the link", file(entry.path))
                    return nil
                }
            }
            guard let status = (try? FileStatus.at(directory: directory, path: name)) ?? nil else { return nil }
            return .written(StatData(status))
        }
        if let failure { throw failure }
        guard let result else { throw FileError("create the link", file(entry.path)) }
        return result
    }

    /// Takes away what stands where a file is to be written.
    private func clear(_ name: UnsafePointer<CChar>, _ directory: Int32, _ path: GitPath) throws(FileError) {
        if unlinkat(directory, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw FileError("remove", file(path)) }
        try Files.removeTree(file(path))
    }

    /// Claimed files, all at once.
    private func smudge(_ requests: [SmudgeRequest], _ outcome: inout CheckoutOutcome) throws(WorktreeError) {
        guard let filter else { return }
        var cursor = DirectoryCursor(root: rootDescriptor)
        do {
            for request in requests {
                // The filter renames over files; a directory has to go first.
                if let status = try status(request.path.bytes, &cursor), status.kind == .directory {
                    try Files.removeTree(request.destination)
                }
            }
            let results = try filter.smudge(requests)
            guard results.count == requests.count else {
                throw WorktreeError.filter(requests[0].path, name: "lfs", reason: "gave too few answers")
            }
            for (request, result) in zip(requests, results) {
                switch result {
                case .contentMissing:
                    // Another version would pass for this one behind skip-worktree.
                    try Files.remove(request.destination)
                    outcome.missing.append(request.path)
                case .failed(let error): outcome.failures.append((request.path, "error: \(request.path): \(error)"))
                case .written:
                    if let status = try status(request.path.bytes, &cursor) {
                        outcome.written.append((request.path, StatData(status)))
                    }
                case .passThrough:
                    guard let directory = try cursor.descriptor(above: request.path.bytes, creating: .replacingFiles)
                    else { continue }
                    let mode: GitObjects.FileMode = request.permissions & 0o111 != 0 ? .executable : .regular
                    let entry = IndexEntry(path: request.path, id: request.id, mode: mode)
                    if case .written(let stat) = try create(entry, request.blob, directory, keeping: false) {
                        outcome.written.append((request.path, stat))
                    }
                }
            }
        } catch let error as WorktreeError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .filter(requests[0].path, name: "lfs", reason: "\(error)")
        }
    }

    /// Writes what a check-out found into the index: the status of the files, skip-worktree for missing content.
    public func record(_ outcome: CheckoutOutcome, in index: inout Index) {
        for (path, stat) in outcome.written {
            if case .found(let position) = index.position(of: path) {
                index.update(at: position) {
                    $0.stat = stat
                    $0.flags.remove(.skipWorktree)
                    $0.isVerified = true
                }
            }
        }
        for path in outcome.missing {
            if case .found(let position) = index.position(of: path) {
                index.update(at: position) { $0.flags.insert(.skipWorktree) }
            }
        }
    }
}
