internal import Glibc
internal import Synchronization

/// How far the large files of a command are, on one line of standard error: from half a second on, ten times a second.
final class LargeFileProgress: Sendable {
    private struct State {
        var total = 0
        var done = 0
        var start: Int64?
        var shown: Int64 = 0
        var isShown = false
    }

    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// So many bytes more are to be done.
    func announce(_ bytes: Int) {
        let now = Self.milliseconds()
        state.withLock { state in
            state.total += bytes
            if state.start == nil { state.start = now }
        }
    }

    /// So many bytes more are done.
    func advance(_ bytes: Int) {
        let now = Self.milliseconds()
        let line = state.withLock { state -> String? in
            state.done += bytes
            guard let start = state.start, now - start >= 500, now - state.shown >= 100 else { return nil }
            state.shown = now
            state.isShown = true
            return Self.text(state.done, state.total, now - start)
        }
        if let line { write("\r\(line)") }
    }

    /// Ends the line, where there is one.
    func finish() {
        let now = Self.milliseconds()
        let line = state.withLock { state -> String? in
            guard state.isShown, let start = state.start else { return nil }
            state.isShown = false
            return Self.text(state.done, state.total, now - start)
        }
        if let line { write("\r\(line), done.\n") }
    }

    /// `Large files:  45% [#########           ] 512.0 MiB of 1.1 GiB, 210.3 MiB/s`.
    static func text(_ done: Int, _ total: Int, _ milliseconds: Int64) -> String {
        let share = total > 0 ? min(100, done * 100 / total) : 100
        let bar = String(repeating: "#", count: share / 5) + String(repeating: " ", count: 20 - share / 5)
        let percent = String(repeating: " ", count: 3 - "\(share)".utf8.count) + "\(share)"
        let speed = Int(Double(done) * 1000 / Double(max(1, milliseconds)))
        return "Large files: \(percent)% [\(bar)] \(LargeCommand.text(done)) of \(LargeCommand.text(total)), "
            + "\(LargeCommand.text(speed))/s"
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
