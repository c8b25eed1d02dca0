internal import Glibc
public import SystemPackage

/// A lock could not be taken.
public enum LockError: Error, CustomStringConvertible {
    /// Somebody holds it.
    case held(lock: FilePath)
    /// The file system refused.
    case file(FileError)

    public var description: String {
        switch self {
        case .held(let lock):
            """
            Unable to create '\(lock)': File exists.

            Another git process seems to be running in this repository, e.g.
            an editor opened by 'git commit'. Please make sure all processes
            are terminated then try again. If it still fails, a git process
            may have crashed in this repository earlier:
            remove the file manually to continue.
            """
        case .file(let error): error.description
        }
    }
}

/// Git's lock: `<target>.lock`, created exclusively, is written and renamed over the target.
///
/// Going away without ``commit(synchronizing:)`` gives the lock back and leaves the target as it was.
public struct LockFile: ~Copyable {
    /// The file that is protected.
    public let target: FilePath
    /// The new content being written; it stands in `<target>.lock`.
    public var output: OutputFile
    private var isReleased = false

    /// Takes the lock, waiting up to `milliseconds` for somebody who holds it.
    public init(_ target: FilePath, waiting milliseconds: Int = 0) throws(LockError) {
        self.target = target
        let path = FilePath(bytes: target.bytes + Array(".lock".utf8))
        var left = milliseconds
        while true {
            do throws(FileError) {
                output = try OutputFile(creating: path)
                return
            } catch {
                guard error.code == .fileExists else { throw .file(error) }
                guard left > 0 else { throw .held(lock: path) }
            }
            usleep(10_000)
            left -= 10
        }
    }

    deinit {
        if !isReleased { _ = try? Files.remove(output.path) }
    }

    /// Puts the written content in the target's place and gives the lock back.
    public mutating func commit(synchronizing: Bool = false) throws(FileError) {
        if synchronizing { try output.synchronize() }
        try output.close()
        try Files.rename(output.path, to: target)
        isReleased = true
    }

    /// Closes the lock file and keeps the lock, so that the content can be renamed later or another program can read it.
    public mutating func close() throws(FileError) { try output.close() }
}
