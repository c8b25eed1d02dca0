internal import Bytes
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Where files that are being restored are written: beside the chunks, whose maintenance removes what a killed process left.
final class RestorePlace: Sendable {
    let directory: FilePath
    private let isRefused = Atomic<Bool>(false)

    init(_ directory: FilePath) { self.directory = directory }

    /// Whether a file can be made here and renamed into `target`: both are on one device.
    func reaches(_ target: FilePath) -> Bool {
        guard !isRefused.load(ordering: .relaxed), let there = device(target) else { return false }
        if let here = device(directory) { return here == there }
        return (try? Files.makeDirectory(directory)) != nil && device(directory) == there
    }

    /// Remembers that files cannot be made here, or not renamed from here (another mount of one device).
    func refuse() { isRefused.store(true, ordering: .relaxed) }

    private func device(_ path: FilePath) -> dev_t? {
        var status = stat()
        return path.withPlatformString { stat($0, &status) } == 0 ? status.st_dev : nil
    }
}

/// A file that is being restored. Until it is whole it stands where no scan of the work tree meets it, even if the process is
/// killed: in the git directory, or, where that is on another device, without a name beside its target.
struct RestoreFile: ~Copyable {
    private enum Form {
        case named(FilePath, isStaged: Bool)
        case unnamed
    }

    /// The file's descriptor, open as long as this value lives and the file is not finished.
    private(set) var descriptor: Int32
    private let form: Form
    private let place: RestorePlace
    private var isFinished = false

    private static let counter = Atomic<UInt64>(0)
    /// Linux' `O_TMPFILE`, which is a macro of several.
    private static let withoutName = 0o20000000 | O_DIRECTORY

    /// Creates the file that will be renamed to `destination`, whose directory stands.
    init(for destination: FilePath, in place: RestorePlace, permissions: UInt32) throws(FileError) {
        let beside = destination.removingLastComponent()
        let directory = beside.isEmpty ? FilePath(".") : beside
        self.place = place
        if place.reaches(directory) {
            if let (opened, path) = try? RestoreFile.create(in: place.directory, permissions) {
                (descriptor, form) = (opened, .named(path, isStaged: true))
                return
            }
            place.refuse()
        }
        let opened = directory.withPlatformString {
            open($0, O_RDWR | O_CLOEXEC | RestoreFile.withoutName, permissions)
        }
        if opened >= 0, access(RestoreFile.link(to: opened), F_OK) == 0 {
            (descriptor, form) = (opened, .unnamed)
            return
        }
        if opened >= 0 { close(opened) }
        let (created, path) = try RestoreFile.create(in: directory, permissions)
        (descriptor, form) = (created, .named(path, isStaged: false))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isFinished, case .named(let path, _) = form { _ = try? Files.remove(path) }
    }

    private static func create(
        in directory: FilePath, _ permissions: UInt32
    ) throws(FileError) -> (descriptor: Int32, path: FilePath) {
        while true {
            let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
            let path = directory.appending("tmp_large_\(getpid())_\(number)")
            let descriptor = path.withPlatformString { open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, permissions) }
            if descriptor >= 0 { return (descriptor, path) }
            guard errno == EEXIST else { throw FileError("create", path) }
        }
    }

    private static func link(to descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

    /// Appends bytes.
    func write(_ bytes: UnsafeRawBufferPointer, for destination: FilePath) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", destination)
            }
            written += count
        }
    }

    /// Gives the file its name, in place of what stands there.
    ///
    /// - Returns: false where the git directory turns out to be mounted apart: to be done again, which goes another way then.
    mutating func finish(as destination: FilePath) throws(FileError) -> Bool {
        switch form {
        case .unnamed: try name(destination)
        case .named(let path, let isStaged):
            let closed = close(descriptor)
            descriptor = -1
            guard closed == 0 else { throw FileError("write", destination) }
            do throws(FileError) {
                try Files.rename(path, to: destination)
            } catch {
                guard isStaged, error.code == .improperLink else { throw error }
                place.refuse()
                return false
            }
        }
        isFinished = true
        return true
    }

    /// A file without a name cannot be renamed over another: that one goes first, as git removes what it writes anew.
    private mutating func name(_ destination: FilePath) throws(FileError) {
        let source = RestoreFile.link(to: descriptor)
        for _ in 0..<16 {
            let code = destination.withPlatformString { linkat(AT_FDCWD, source, AT_FDCWD, $0, AT_SYMLINK_FOLLOW) }
            if code == 0 { break }
            guard errno == EEXIST else { throw FileError("create", destination) }
            try Files.remove(destination)
        }
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw FileError("write", destination) }
    }
}
