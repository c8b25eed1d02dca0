internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// Where an archive goes: standard output or a file, compressed on the way where that is asked for.
final class ArchiveSink {
    private let context: Context
    private let descriptor: Int32
    private let isFile: Bool
    private var gzip: GzipStream?
    private var child: ChildHolder?

    init(_ context: Context, _ file: FilePath?) throws {
        self.context = context
        isFile = file != nil
        guard let file else {
            descriptor = 1
            return
        }
        descriptor = file.withPlatformString {
            open($0, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else {
            throw CommandError.fatal(
                "could not create archive file '\(file)': \(String(cString: strerror(errno)))")
        }
    }

    func close() { if isFile { Glibc.close(descriptor) } }

    /// Compresses everything that is written from here on: with gzip, or by a command.
    func compress(command: String?, level: Int) throws {
        guard let command else {
            gzip = try GzipStream(level: level)
            return
        }
        context.output.flush()
        var request = ChildProcess.Request(shell: level >= 0 ? "\(command) -\(level)" : command)
        request.input = .pipe
        request.output = .descriptor(descriptor)
        child = ChildHolder(try ChildProcess(request))
    }

    func write(_ bytes: [UInt8]) throws {
        if let child {
            try ArchiveSink.write(bytes, to: child.input)
        } else if let gzip {
            try put(gzip.add(bytes, isLast: false))
        } else {
            try put(bytes)
        }
    }

    private func put(_ bytes: [UInt8]) throws {
        if bytes.isEmpty { return }
        if isFile { try ArchiveSink.write(bytes, to: descriptor) } else { context.output.write(bytes) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandError.fatal("write error: \(String(cString: strerror(errno)))")
            }
            done += count
        }
    }

    /// Writes out what was kept back.
    func finish() throws -> ExitCode {
        if let gzip { try put(gzip.add([], isLast: true)) }
        guard let child else { return .success }
        guard child.end() else { throw CommandError.fatal("the archive's filter command failed") }
        return .success
    }
}

/// A compressor for one gzip stream.
private final class GzipStream {
    private var deflater: Deflater

    init(level: Int) throws { deflater = try Deflater(level: level, format: .gzip) }

    func add(_ bytes: [UInt8], isLast: Bool) -> [UInt8] {
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var consumed = 0
        while true {
            let step = bytes.withUnsafeBytes { source in
                piece.withUnsafeMutableBytes { target in
                    deflater.step(
                        input: UnsafeRawBufferPointer(rebasing: source[consumed...]), output: target,
                        isLast: isLast)
                }
            }
            consumed += step.consumed
            result += piece[..<step.produced]
            if step.isFinished || (consumed == bytes.count && step.produced < piece.count) {
                return result
            }
        }
    }
}

/// Keeps a running command.
private final class ChildHolder {
    private var child: ChildProcess?

    /// The end to write to.
    let input: Int32

    init(_ child: consuming ChildProcess) {
        input = child.input
        self.child = consume child
    }

    /// Waits for its end; whether that was good.
    func end() -> Bool {
        guard var running = child.take() else { return false }
        running.closeInput()
        return running.wait().isSuccess
    }
}
