public import Bytes
public import GitObjects
public import SystemPackage

/// The file `shallow` cannot be read or written.
public enum ShallowFileError: Error, CustomStringConvertible {
    /// A line is no object id.
    case badLine(FilePath, line: Int)
    /// The file system refused.
    case file(FileError)
    /// Another process is changing it.
    case locked(LockError)

    /// What is wrong, and where.
    public var description: String {
        switch self {
        case .badLine(let path, let line): "bad shallow line \(line) in '\(path)'"
        case .file(let error): error.description
        case .locked(let error): error.description
        }
    }
}

/// `shallow`: the commits whose parents a repository does not have, one id a line.
public enum ShallowFile {
    /// The commits; none where there is no such file.
    ///
    /// - Throws: ``ShallowFileError``.
    public static func read(
        _ gitDirectory: FilePath, algorithm: HashAlgorithm
    ) throws(ShallowFileError) -> Set<ObjectID> {
        let path = gitDirectory.appending("shallow")
        let content: [UInt8]?
        do throws(FileError) { content = try Files.readIfPresent(path) } catch { throw .file(error) }
        var result: Set<ObjectID> = []
        for (index, line) in (content ?? []).split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let id = ObjectID(hex: line, algorithm: algorithm) else {
                throw .badLine(path, line: index + 1)
            }
            result.insert(id)
        }
        return result
    }

    /// Replaces the commits, under the file's lock; removes the file where there are none.
    ///
    /// - Throws: ``ShallowFileError``; the file is as it was then.
    public static func write(
        _ commits: Set<ObjectID>, _ gitDirectory: FilePath
    ) throws(ShallowFileError) {
        let path = gitDirectory.appending("shallow")
        do {
            var lock = try LockFile(path)
            if commits.isEmpty {
                try Files.remove(path)
                return
            }
            try lock.output.write(commits.sorted().flatMap { $0.hexBytes + [UInt8(ascii: "\n")] })
            try lock.commit(synchronizing: true)
        } catch let error as LockError {
            throw .locked(error)
        } catch let error as FileError {
            throw .file(error)
        } catch {
            // Nothing else is thrown above.
            throw .file(FileError("write", path))
        }
    }
}
