public import Bytes
internal import GitObjects
public import GitStorage
public import SystemPackage

extension Index {
    /// Reads an index file; an empty index where there is none. A split index is put together from its two files.
    ///
    /// - Parameters:
    ///   - objects: where a sparse index's directories are read; without it a sparse index is refused.
    ///   - keepsDirectories: whether entries of a sparse index that stand for directories are left as they are.
    ///   - sharedDirectory: where the shared file of a split index stands; nil for beside the file itself.
    public static func read(
        _ path: FilePath, algorithm: HashAlgorithm, objects: ObjectDatabase? = nil, keepsDirectories: Bool = false,
        sharedDirectory: FilePath? = nil
    ) throws(IndexError) -> Index {
        do {
            guard let status = try FileStatus.of(path, followingLinks: true),
                let content = try Files.readIfPresent(path)
            else { return Index(algorithm: algorithm) }
            let directory = sharedDirectory ?? path.removingLastComponent()
            var index = try Index(parsing: content.span.bytes, algorithm: algorithm) { (id) throws(IndexError) in
                let shared = directory.appending("sharedindex.\(id)")
                do throws(FileError) {
                    if let content = try Files.readIfPresent(shared) { return content }
                } catch {
                    throw .file(error)
                }
                throw .missingShared(shared)
            }
            index.timestamp = status.modified
            if keepsDirectories { return index }
            if let objects {
                try index.expandDirectories(objects)
            } else if index.entries.contains(where: { $0.mode == .tree }) {
                throw IndexError.unsupportedExtension("sdir")
            }
            return index
        } catch let error as IndexError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .malformed(offset: 0, what: "\(error)")
        }
    }

    /// Whether a file may have changed after its status was recorded without the status showing it, because it changed in
    /// the same tick of the clock in which the index was written. Only its content can tell.
    public func isRacy(_ entry: IndexEntry) -> Bool {
        guard let timestamp, entry.mode != .gitlink else { return false }
        let seconds = UInt32(truncatingIfNeeded: timestamp.seconds)
        if entry.stat.modifiedSeconds != seconds { return entry.stat.modifiedSeconds > seconds }
        // A writer without nanoseconds leaves zero: the whole second is in doubt then.
        return entry.stat.modifiedNanoseconds == 0 || entry.stat.modifiedNanoseconds >= timestamp.nanoseconds
    }

    /// Marks entries that are racily clean with regard to the file that was read, so that their content is looked at again
    /// after the next write has moved the file's time on.
    ///
    /// - Parameter isUnchanged: whether the file's content still is the entry's; asked only of racy entries.
    public mutating func smudgeRacyEntries(isUnchanged: (IndexEntry) -> Bool) {
        guard timestamp != nil else { return }
        for position in entries.indices where entries[position].stage == .merged && entries[position].stat.size != 0 {
            // What was compared just now is in doubt only with regard to the file that is about to be written.
            if entries[position].isVerified { continue }
            if isRacy(entries[position]) && !isUnchanged(entries[position]) { entries[position].stat.size = 0 }
        }
    }
}

/// The right to replace an index file: `<index>.lock`, taken before the index is read and renamed over it at the end.
public struct IndexLock: ~Copyable {
    private var lock: LockFile

    /// Takes the lock.
    ///
    /// - Throws: ``IndexError/lock(_:)`` where somebody holds it.
    public init(_ path: FilePath, waiting milliseconds: Int = 0) throws(IndexError) {
        do throws(LockError) {
            lock = try LockFile(path, waiting: milliseconds)
        } catch {
            throw .lock(error)
        }
    }

    /// Writes an index and puts it in the file's place. Call ``Index/smudgeRacyEntries(isUnchanged:)`` first where entries
    /// were carried over from the file.
    public consuming func commit(_ index: Index) throws(IndexError) {
        do throws(FileError) {
            try lock.output.write(index.encoded())
            try lock.commit()
        } catch {
            throw .file(error)
        }
    }

    /// Writes an index into the lock file and keeps the lock, for a program (a hook) that is to read it there.
    public mutating func write(_ index: Index) throws(IndexError) {
        do throws(FileError) {
            try lock.output.write(index.encoded())
            try lock.close()
        } catch {
            throw .file(error)
        }
    }

    /// Where the new content stands until it is in place.
    public var path: FilePath { lock.output.path }

    /// Puts what ``write(_:)`` wrote in the file's place.
    public consuming func commitWritten() throws(IndexError) {
        do throws(FileError) { try lock.commit() } catch { throw .file(error) }
    }
}
