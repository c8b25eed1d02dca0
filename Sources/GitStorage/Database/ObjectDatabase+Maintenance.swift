internal import Bytes
public import GitObjects
internal import Glibc
internal import SystemPackage

extension ObjectDatabase {
    /// Removes loose objects that a pack of this directory holds too.
    ///
    /// - Returns: how many were removed.
    @discardableResult
    public func prunePacked(isDryRun: Bool = false, report: (ObjectID) -> Void = { _ in }) throws(StorageError) -> Int {
        let packs = try openPacks()
        guard !packs.isEmpty else { return 0 }
        var count = 0
        for bucket in UInt8.min...UInt8.max {
            var removed = false
            for id in try loose.ids(inBucket: bucket) where packs.contains(where: { $0.index.position(of: id) != nil })
            {
                report(id)
                count += 1
                guard !isDryRun else { continue }
                removed = true
                do { try Files.remove(loose.path(of: id)) } catch { throw .file(error) }
            }
            if removed {
                do { try Files.removeEmptyDirectory(directory.appending(bytes: Hex.encode([bucket]))) } catch {
                    throw .file(error)
                }
            }
        }
        return count
    }

    /// Gives back the memory of the packs' pages that were read: for who reads a great part of a pack, each object once.
    public func releasePages() {
        for pack in (try? openPacks()) ?? [] { pack.releasePages() }
        for alternate in alternates { alternate.releasePages() }
    }

    /// The loose objects that were last written before a moment, in seconds since 1970.
    public func looseObjects(before: Int64) throws(StorageError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for id in try looseIDs() {
            let status: FileStatus?
            do { status = try FileStatus.of(loose.path(of: id)) } catch { throw .file(error) }
            if let status, status.modified.seconds < before { ids.append(id) }
        }
        return ids
    }

    /// Whether the object is in this directory, not only in an alternate.
    public func isLocal(_ id: ObjectID) -> Bool {
        if ((try? locate(id)) ?? nil) != nil { return true }
        return (try? loose.contains(id)) ?? false
    }

    /// Makes a packed object loose as well, with the time of its pack, so that it ages on.
    public func loosen(_ id: ObjectID, modified: Int64) throws(StorageError) {
        if try loose.contains(id) { return }
        let object = try read(id)
        try scratch.with { scratch throws(StorageError) in
            try writeLoose(id, object.kind, object.content.span.bytes, scratch: scratch)
        }
        do throws(FileError) {
            try Files.setModified(loose.path(of: id), seconds: modified)
        } catch {
            throw .file(error)
        }
    }

    /// Removes what killed processes left: `tmp_…` files last written before a moment.
    public func removeStaleTemporaryFiles(before: Int64) throws(StorageError) {
        var folders = [directory, packDirectory]
        for bucket in UInt8.min...UInt8.max { folders.append(directory.appending(bytes: Hex.encode([bucket]))) }
        do throws(FileError) {
            for folder in folders {
                for entry in try Files.list(folder) ?? [] where entry.name.starts(with: Array("tmp_".utf8)) {
                    let path = folder.appending(bytes: entry.name)
                    guard let status = try FileStatus.of(path), status.kind == .regular,
                        status.modified.seconds < before
                    else { continue }
                    try Files.remove(path)
                }
            }
        } catch {
            throw .file(error)
        }
    }

    /// How many loose objects there are, judged by one of the 256 folders, as Git judges.
    public func estimatedLooseCount() throws(StorageError) -> Int { try loose.ids(inBucket: 0x17).count * 256 }
}

extension Pack {
    /// When the pack was last changed, in seconds since 1970.
    public var modifiedTime: Int64 { modified.seconds }
}
