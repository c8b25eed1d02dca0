internal import Glibc
public import SystemPackage

/// A system call on a file failed.
public struct FileError: Error, CustomStringConvertible {
    /// What was tried, as a verb phrase: `open`, `create directory`.
    public let operation: String
    /// The file.
    public let path: FilePath
    /// The system's reason.
    public let code: Errno

    /// Makes an error; without `code`, the thread's current `errno`.
    public init(_ operation: String, _ path: FilePath, code: Errno? = nil) {
        let code = code ?? Errno(rawValue: errno)
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String { "cannot \(operation) '\(path)': \(code)" }
}
