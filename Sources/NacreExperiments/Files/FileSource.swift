public import GitObjects

/// Where files are read from: a commit's tree or the work tree. Paths count from the top of the repository.
public protocol FileSource: Sendable {
    /// A file's content as the person sees it, but never a large file's: that is nil, as is a file that is not there.
    ///
    /// - Throws: where a file is there and cannot be read.
    func read(_ path: GitPath) throws -> [UInt8]?

    /// The entries of a directory in order; empty where there is none.
    func list(_ directory: GitPath) throws -> [FileSourceEntry]
}

/// An entry of a directory.
public struct FileSourceEntry: Sendable, Hashable {
    /// The name.
    public let name: [UInt8]
    /// Whether it is a directory.
    public let isDirectory: Bool

    /// Makes an entry.
    public init(name: [UInt8], isDirectory: Bool) {
        self.name = name
        self.isDirectory = isDirectory
    }
}

/// Limits of what is read as a parameter, metric or series.
enum FileLimit {
    /// The largest file of values, in bytes.
    static let values = 64 << 20
}

extension FileSource {
    /// The files below a directory that `isWanted` accepts, in order; never more than `limit`.
    func files(
        below directory: GitPath, depth: Int = 8, limit: Int = 10_000, where isWanted: (GitPath) -> Bool
    ) throws -> [GitPath] {
        guard depth > 0 else { return [] }
        var result: [GitPath] = []
        for entry in try list(directory) {
            let path = directory.appending(entry.name)
            if entry.isDirectory {
                result += try files(below: path, depth: depth - 1, limit: limit - result.count, where: isWanted)
            } else if isWanted(path) {
                result.append(path)
            }
            guard result.count < limit else { return result }
        }
        return result
    }

    /// A file of values, or nil where it is not there.
    func value(_ path: GitPath) throws -> Value? {
        guard let bytes = try read(path) else { return nil }
        guard bytes.count <= FileLimit.values else {
            throw ValueError(path.description, "it has more than \(FileLimit.values >> 20) MiB")
        }
        return try ValueFile.read(bytes, name: path.description)
    }
}
