internal import Glibc
internal import Synchronization
public import SystemPackage

/// A file that is written beside its target and takes its place in one step: a reader sees the old content or the new,
/// and a killed process leaves at most a file named `tmp_…`, which maintenance removes.
public struct TemporaryFile: ~Copyable {
    /// The file being written.
    public var output: OutputFile
    private var isFinished = false

    private static let counter = Atomic<UInt64>(0)

    /// Creates a file `tmp_<prefix>_<pid>_<n>` in `directory`.
    public init(in directory: FilePath, prefix: String = "file", permissions: UInt32 = 0o666) throws(FileError) {
        while true {
            let number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
            let path = directory.appending("tmp_\(prefix)_\(getpid())_\(number)")
            do throws(FileError) {
                output = try OutputFile(creating: path, permissions: permissions)
                return
            } catch {
                guard error.code == .fileExists else { throw error }
            }
        }
    }

    deinit {
        if !isFinished { _ = try? Files.remove(output.path) }
    }

    /// Where the file stands until it is finished.
    public var path: FilePath { output.path }

    /// Closes the file and renames it to `target`; with `synchronizing`, the content reaches the disk first.
    ///
    /// - Throws: ``FileError``; the temporary file is removed then and `target` is as it was.
    public mutating func finish(as target: FilePath, synchronizing: Bool = true) throws(FileError) {
        if synchronizing { try output.synchronize() }
        try output.close()
        try Files.rename(output.path, to: target)
        isFinished = true
    }

    /// Replaces the content of `target` in one step.
    public static func replace(
        _ target: FilePath, with bytes: [UInt8], synchronizing: Bool = true
    ) throws(FileError) {
        var file = try TemporaryFile(in: target.removingLastComponent(), prefix: "replace")
        try file.output.write(bytes)
        try file.finish(as: target, synchronizing: synchronizing)
    }
}
