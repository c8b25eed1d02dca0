internal import Bytes
internal import Glibc
internal import Synchronization
public import SystemPackage

/// What a run's commands write: shown at once, and kept in a file. Safe from several threads.
public final class RunLog: Sendable {
    /// The file.
    public let path: FilePath
    private let file: Mutex<OutputFile>
    private let isShown: Bool

    /// Appends to a file; with `isShown` also to standard output and standard error.
    public init(_ path: FilePath, isShown: Bool) throws {
        self.path = path
        try Files.makeDirectory(path.removingLastComponent())
        file = Mutex(try OutputFile(appendingTo: path))
        self.isShown = isShown
    }

    /// Adds bytes that a command wrote to descriptor 1 or 2. A log that cannot be written does not stop the command.
    func write(_ bytes: ArraySlice<UInt8>, stream: Int32) {
        file.withLock { file in
            _ = try? file.write(Array(bytes))
            guard isShown else { return }
            bytes.withUnsafeBytes { buffer in
                var written = 0
                while written < buffer.count {
                    let count = Glibc.write(stream, buffer.baseAddress! + written, buffer.count - written)
                    if count < 0 && errno == EINTR { continue }
                    if count <= 0 { return }
                    written += count
                }
            }
        }
    }

    /// Adds a line of our own, to the log and to standard error.
    public func note(_ text: String) { write(Array((text + "\n").utf8)[...], stream: 2) }

    /// Forces what was written to the disk.
    public func synchronize() { file.withLock { _ = try? $0.synchronize() } }
}
