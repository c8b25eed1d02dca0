import Bytes
import Glibc
import SystemPackage

/// A directory in memory for the decoders that open files themselves.
enum Workplace {
    static let directory: FilePath = {
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        let path = FilePath("\(base)/nacre-fuzz-\(getpid())")
        _ = try? Files.makeDirectory(path)
        atexit { _ = try? Files.removeTree(Workplace.directory) }
        return path
    }()

    /// Writes a file below the directory.
    static func write(_ name: String, _ bytes: some Collection<UInt8>) -> FilePath {
        let path = directory.appending(name)
        _ = try? Files.makeDirectory(path.removingLastComponent())
        _ = try? TemporaryFile.replace(path, with: Array(bytes), synchronizing: false)
        return path
    }
}
