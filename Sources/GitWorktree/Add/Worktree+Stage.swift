internal import Bytes
public import GitObjects
public import GitStorage
internal import Synchronization

extension Worktree {
    /// A file on its way into the index.
    private struct Candidate: Sendable {
        let path: GitPath
        let status: FileStatus
        let mode: FileMode
        let previous: IndexEntry?
    }

    /// Brings the entries of paths up to date with their files: reads, converts and hashes on all cores, new blobs going
    /// into `batch`. A path whose file is gone is taken out.
    ///
    /// - Parameter batch: finished by the caller, before the index is written.
    /// - Throws: the first file's error, unless errors are ignored; the index is as it was then.
    public func stage(
        _ paths: [GitPath], in index: inout Index, batch: ObjectBatch, _ options: StageOptions = StageOptions()
    ) throws(WorktreeError) -> StageOutcome {
        var outcome = StageOutcome()
        var paths = paths
        var (candidates, missing) = try examine(paths, index, options)
        if filter != nil, options.claimsNewFiles, try addAttributes(candidates, index, &outcome, options) {
            let own = outcome.changed
            paths += own.filter { !paths.contains($0) }
            outcome.changed = []
            (candidates, missing) = try examine(paths, index, options)
        }
        for path in missing where index.contains(path) { outcome.removed.append(path) }
        let entries = try hash(candidates, index, batch, options, &outcome)
        candidates = []
        var replacements: [IndexEntry] = []
        replacements.reserveCapacity(entries.count)
        for entry in entries {
            if let old = index[entry.path], old.id == entry.id, old.mode == entry.mode,
                !old.flags.contains(.intentToAdd)
            {
                if case .found(let position) = index.position(of: entry.path) {
                    index.setStat(entry.stat, at: position)
                }
                continue
            }
            replacements.append(entry)
            outcome.changed.append(entry.path)
        }
        outcome.changed.sort()
        outcome.removed.sort()
        index.apply(adding: replacements, removing: outcome.removed)
        return outcome
    }

    /// Looks at each path; leaves out those whose file is unchanged.
    private func examine(
        _ paths: [GitPath], _ index: Index, _ options: StageOptions
    ) throws(WorktreeError) -> (candidates: [Candidate], missing: [GitPath]) {
        let size = 512
        let found = Mutex<[Int: (candidates: [Candidate], missing: [GitPath])]>([:])
        try Workers.forEach((paths.count + size - 1) / size, workers: workers) { (_, chunk) throws(WorktreeError) in
            var cursor = DirectoryCursor(root: rootDescriptor)
            var candidates: [Candidate] = []
            var missing: [GitPath] = []
            for path in paths[(chunk * size)..<min((chunk + 1) * size, paths.count)] {
                guard path.isSafe() else { throw .invalidPath(path) }
                let status: FileStatus?
                do throws(FileError) { status = try self.status(path.bytes, &cursor) } catch { throw .file(error) }
                let previous = index[path]
                guard let status else {
                    missing.append(path)
                    continue
                }
                if status.kind == .directory && nestedHead(path) == nil {
                    missing.append(path)
                    continue
                }
                guard let mode = mode(of: status, previous: previous?.mode) else { throw .unsupportedFile(path) }
                guard path.isSafe(mode: mode) else { throw .invalidPath(path) }
                if let previous, !options.isRenormalizing, options.executable == nil, previous.mode == mode,
                    mode != .gitlink, !previous.flags.contains(.intentToAdd),
                    previous.stat.matches(status, settings.stat), !index.isRacy(previous)
                {
                    continue
                }
                candidates.append(Candidate(path: path, status: status, mode: mode, previous: previous))
            }
            let part = (candidates, missing)
            found.withLock { $0[chunk] = part }
        }
        // Each part goes when it has been taken over: with many files the parts are most of what is in memory.
        var parts = found.withLock { $0 }
        found.withLock { $0 = [:] }
        var candidates: [Candidate] = []
        candidates.reserveCapacity(parts.values.reduce(0) { $0 + $1.candidates.count })
        var missing: [GitPath] = []
        for chunk in parts.keys.sorted() {
            guard let part = parts.removeValue(forKey: chunk) else { continue }
            candidates += part.candidates
            missing += part.missing
        }
        return (candidates, missing)
    }

    /// Asks the filter which new files it wants, and writes the attribute lines that say so.
    ///
    /// - Returns: whether lines were written; their files are in `outcome.changed`.
    private func addAttributes(
        _ candidates: [Candidate], _ index: Index, _ outcome: inout StageOutcome, _ options: StageOptions
    ) throws(WorktreeError) -> Bool {
        guard let filter else { return false }
        var files: [FilteredFile] = []
        for candidate in candidates where candidate.previous == nil && candidate.status.kind == .regular {
            let values = attributes.attributes(of: candidate.path)
            if filter.claims(candidate.path, values) { continue }
            files.append(
                FilteredFile(
                    path: candidate.path, file: file(candidate.path), size: candidate.status.size, attributes: values,
                    previous: nil))
        }
        guard !files.isEmpty else { return false }
        do {
            let additions = try filter.additions(files, index: index)
            outcome.notices += additions.compactMap(\.notice)
            guard !additions.isEmpty, !options.isDryRun else { return false }
            for (directory, lines) in Dictionary(grouping: additions, by: \.directory) {
                let path = directory.appending(Array(".gitattributes".utf8))
                if try append(lines.map(\.line), to: path) { outcome.changed.append(path) }
            }
            attributes.reload()
            return !outcome.changed.isEmpty
        } catch let error as WorktreeError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .filter(files[0].path, name: "lfs", reason: "\(error)")
        }
    }

    private func append(_ lines: [[UInt8]], to path: GitPath) throws -> Bool {
        let file = file(path)
        var content = try Files.readIfPresent(file) ?? []
        let present = Set(content.split(separator: 10).map { Array($0) })
        let new = lines.filter { !present.contains($0) }
        guard !new.isEmpty else { return false }
        if let last = content.last, last != 10 { content.append(10) }
        for line in new { content += line + [10] }
        try TemporaryFile.replace(file, with: content, synchronizing: false)
        return true
    }

    /// Reads and hashes files.
    private func hash(
        _ candidates: [Candidate], _ index: Index, _ batch: ObjectBatch, _ options: StageOptions,
        _ outcome: inout StageOutcome
    ) throws(WorktreeError) -> [IndexEntry] {
        struct Shared {
            var entries: [IndexEntry] = []
            var claimed: [Candidate] = []
            var failures: [(path: GitPath, error: WorktreeError)] = []
        }
        let shared = Mutex(Shared())
        shared.withLock { $0.entries.reserveCapacity(candidates.count) }
        let size = 64
        var context = CleanContext(index: index)
        context.isRenormalizing = options.isRenormalizing
        context.checksLineEndings = !options.isRenormalizing
        let clean = context
        try Workers.forEach((candidates.count + size - 1) / size, workers: workers) {
            (_, chunk) throws(WorktreeError) in
            var cursor = DirectoryCursor(root: rootDescriptor)
            var part = Shared()
            for candidate in candidates[(chunk * size)..<min((chunk + 1) * size, candidates.count)] {
                if isClaimed(candidate) {
                    part.claimed.append(candidate)
                    continue
                }
                do throws(WorktreeError) {
                    if let entry = try entry(candidate, clean, batch, options, &cursor) { part.entries.append(entry) }
                } catch {
                    guard options.ignoresErrors else { throw error }
                    part.failures.append((candidate.path, error))
                }
            }
            let done = part
            shared.withLock {
                $0.entries += done.entries
                $0.claimed += done.claimed
                $0.failures += done.failures
            }
        }
        var all = shared.withLock { $0 }
        if !all.claimed.isEmpty {
            all.claimed.sort { $0.path < $1.path }
            all.entries += try filtered(all.claimed, batch, options)
        }
        outcome.failures = all.failures.sorted { $0.path < $1.path }
        return all.entries
    }

    private func isClaimed(_ candidate: Candidate) -> Bool {
        guard let filter, candidate.status.kind == .regular, candidate.mode != .symbolicLink else { return false }
        return filter.claims(candidate.path, attributes.attributes(of: candidate.path))
    }

    private func entry(
        _ candidate: Candidate, _ context: CleanContext, _ batch: ObjectBatch, _ options: StageOptions,
        _ cursor: inout DirectoryCursor
    ) throws(WorktreeError) -> IndexEntry? {
        let id: ObjectID?
        if candidate.mode == .gitlink {
            id = nestedHead(candidate.path)
        } else {
            id = try blob(
                candidate.path, candidate.status, candidate.mode, context, into: options.isDryRun ? nil : batch, &cursor
            )
        }
        guard let id else { return nil }
        return finished(candidate, id, options)
    }

    private func finished(_ candidate: Candidate, _ id: ObjectID, _ options: StageOptions) -> IndexEntry {
        var mode = candidate.mode
        if let executable = options.executable, mode == .regular || mode == .executable {
            mode = executable ? .executable : .regular
        }
        var flags = candidate.previous?.flags ?? []
        flags.remove(.intentToAdd)
        flags.remove(.skipWorktree)
        var entry = IndexEntry(path: candidate.path, id: id, mode: mode, stat: StatData(candidate.status), flags: flags)
        entry.isVerified = true
        return entry
    }

    /// Claimed files, all at once.
    private func filtered(
        _ candidates: [Candidate], _ batch: ObjectBatch, _ options: StageOptions
    ) throws(WorktreeError) -> [IndexEntry] {
        guard let filter else { return [] }
        let files = candidates.map {
            FilteredFile(
                path: $0.path, file: file($0.path), size: $0.status.size,
                attributes: attributes.attributes(of: $0.path),
                previous: $0.previous?.id)
        }
        do {
            let blobs = try filter.clean(files, isStoring: !options.isDryRun)
            guard blobs.count == candidates.count else {
                throw WorktreeError.filter(candidates[0].path, name: "lfs", reason: "gave too few blobs")
            }
            var entries: [IndexEntry] = []
            for (candidate, blob) in zip(candidates, blobs) {
                let id =
                    options.isDryRun ? ObjectID.hash(.blob, blob, objects.algorithm) : try batch.add(.blob, blob)
                entries.append(finished(candidate, id, options))
            }
            return entries
        } catch let error as WorktreeError {
            throw error
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            throw .filter(candidates[0].path, name: "lfs", reason: "\(error)")
        }
    }
}
