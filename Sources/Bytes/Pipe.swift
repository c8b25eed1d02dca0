internal import CPosix
internal import Glibc

/// Writing where the reader may be gone, and the three streams that every process expects to have.
public enum Pipe {
    /// Writes as `write(2)` does, but a reader that went away is `EPIPE` and never a signal, whatever the process does with
    /// `SIGPIPE`: a library cannot choose that for its program.
    ///
    /// - Returns: how many bytes were written, or -1 with `errno` set.
    public static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        var brokenPipe = sigset_t()
        var before = sigset_t()
        sigemptyset(&brokenPipe)
        sigaddset(&brokenPipe, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &brokenPipe, &before)
        let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        let code = errno
        if count < 0, code == EPIPE {
            // The signal is this thread's and waits for it: taken here, it is not delivered when it may be again.
            var atOnce = timespec()
            while sigtimedwait(&brokenPipe, nil, &atOnce) < 0, errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        errno = code
        return count
    }

    /// Opens `/dev/null` for each of the three standard streams that this process was started without, so that no file or
    /// pipe takes its number and is written to by accident.
    public static func fillStandardStreams() {
        var descriptor: Int32
        repeat { descriptor = open("/dev/null", O_RDWR) } while descriptor >= 0 && descriptor < 2
        if descriptor > 2 { close(descriptor) }
    }
}
