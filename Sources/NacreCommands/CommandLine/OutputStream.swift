internal import Glibc
internal import Synchronization

/// Buffered output to a descriptor. Safe from several threads; each call's bytes stay together.
final class OutputStream: Sendable {
    let descriptor: Int32
    private let buffer = Mutex<[UInt8]>([])
    private let limit: Int

    /// Writes to `descriptor`, keeping up to `limit` bytes back (0: nothing).
    init(_ descriptor: Int32, limit: Int = 1 << 16) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Whether a person reads it.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    func write(_ bytes: [UInt8]) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: bytes)
            if buffer.count > limit { drain(&buffer) }
        }
    }

    func write(_ bytes: ArraySlice<UInt8>) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: bytes)
            if buffer.count > limit { drain(&buffer) }
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    /// The text and a newline.
    func line(_ text: String = "") { write(text + "\n") }

    /// The bytes and a newline.
    func line(_ bytes: [UInt8]) { write(bytes + [UInt8(ascii: "\n")]) }

    /// Writes out what was kept back.
    func flush() { buffer.withLock { drain(&$0) } }

    private func drain(_ buffer: inout [UInt8]) {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                // Nobody reads any more: end as the signal would have ended us.
                if errno == EPIPE { _exit(141) }
                if errno == EAGAIN {
                    var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = Glibc.poll(&poll, 1, -1)
                    continue
                }
                let reason = String(cString: strerror(errno))
                if descriptor != 2 { StandardError.write("fatal: write failure on standard output: \(reason)\n") }
                _exit(128)
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Standard error without a buffer, for places that have no ``Context``.
enum StandardError {
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
