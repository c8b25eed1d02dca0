internal import Bytes
internal import Glibc
public import SystemPackage

/// A run that is going on, or that nobody has recorded yet: `.git/nacre/runs/<name>/`.
///
/// `start.json` is written and synced before the command starts, `log` grows while it runs, `result.json` is written when
/// it ends, `original/<path>` holds parameter files as they were. Whoever records the run holds `lock`.
public struct RunDirectory: Sendable {
    /// The directory.
    public let path: FilePath

    /// The directory of a run.
    public init(_ path: FilePath) { self.path = path }

    /// The file of the commands' output.
    public var log: FilePath { path.appending("log") }

    /// Where all runs stand.
    static func parent(_ nacreDirectory: FilePath) -> FilePath { nacreDirectory.appending("runs") }

    /// Claims a name; nil where a run of that name is going on.
    static func create(_ name: String, in nacreDirectory: FilePath) throws -> RunDirectory? {
        let parent = parent(nacreDirectory)
        try Files.makeDirectory(parent)
        let path = parent.appending(name)
        if path.withPlatformString({ mkdir($0, 0o777) }) != 0 {
            if errno == EEXIST { return nil }
            throw FileError("create directory", path)
        }
        return RunDirectory(path)
    }

    /// The runs that are going on or were left behind, in order of name.
    public static func all(in nacreDirectory: FilePath) throws -> [RunDirectory] {
        let parent = parent(nacreDirectory)
        return (try Files.list(parent) ?? []).map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
            .map { RunDirectory(parent.appending(bytes: $0)) }
    }

    /// The start record; nil where the runner was killed before it wrote one: then nothing had been changed.
    public func record() throws -> RunRecord? {
        guard let bytes = try Files.readIfPresent(path.appending("start.json"), limit: FileLimit.values) else {
            return nil
        }
        return RunRecord(try JSONReader.read(bytes, source: "start.json"))
    }

    func write(_ record: RunRecord) throws {
        try TemporaryFile.replace(path.appending("start.json"), with: JSONWriter.bytes(record.value, style: .pretty))
        try Files.synchronizeDirectory(path)
    }

    /// How the work ended; nil while it goes on, or where the process that ran it was killed.
    public func result() throws -> RunResult? {
        guard let bytes = try Files.readIfPresent(path.appending("result.json"), limit: FileLimit.values) else {
            return nil
        }
        return RunResult(try JSONReader.read(bytes, source: "result.json"))
    }

    func write(_ result: RunResult) throws {
        try TemporaryFile.replace(path.appending("result.json"), with: JSONWriter.bytes(result.value, style: .pretty))
    }

    /// A parameter file as it was before the run set parameters in it.
    func original(_ file: String) -> FilePath { path.appending("original").appending(file) }

    /// Removes everything.
    func remove() throws { try Files.removeTree(path) }
}

/// The right to record a run; given back when the value or the process goes away.
struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock; nil where another process has it.
    init?(_ directory: RunDirectory) {
        let path = directory.path.appending("lock")
        let descriptor = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
