internal import Bytes
public import GitObjects
public import SystemPackage

/// The files of a directory on disk.
public struct DirectorySource: FileSource {
    /// The directory at the top.
    public let directory: FilePath

    /// Reads below `directory`.
    public init(_ directory: FilePath) { self.directory = directory }

    /// The content of a file; nil where there is none.
    public func read(_ path: GitPath) throws -> [UInt8]? {
        let file = directory.appending(bytes: path.bytes)
        guard let status = try FileStatus.of(file, followingLinks: true), status.kind == .regular else { return nil }
        return try Files.readIfPresent(file, limit: FileLimit.values)
    }

    /// What stands in a directory.
    public func list(_ path: GitPath) throws -> [FileSourceEntry] {
        let entries = try Files.list(directory.appending(bytes: path.bytes)) ?? []
        return entries.compactMap { entry in
            guard entry.name != Array(".git".utf8) else { return nil }
            return FileSourceEntry(name: entry.name, isDirectory: entry.kind == .directory)
        }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
}
