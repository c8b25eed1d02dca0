internal import Glibc
internal import Synchronization

/// Signals that ask a run to stop, for the process that runs its commands.
///
/// The handler only notes the signal and wakes a thread; the thread ends the commands.
enum RunSignals {
    private static let received = Atomic<Int32>(0)
    private nonisolated(unsafe) static var wakeUp: [Int32] = [-1, -1]

    /// The signal that asked the run to stop; 0 while none did.
    static var stopSignal: Int32 { received.load(ordering: .acquiring) }

    private static let handler: @convention(c) (Int32) -> Void = { signal in
        let saved = errno
        _ = RunSignals.received.compareExchange(expected: 0, desired: signal, ordering: .acquiringAndReleasing)
        var byte: UInt8 = 1
        _ = write(RunSignals.wakeUp[1], &byte, 1)
        errno = saved
    }

    /// Catches the signals, and ends all descendants when one comes. Called once, before the first command.
    static func install() {
        guard wakeUp[0] < 0, pipe(&wakeUp) == 0 else { return }
        for end in wakeUp { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                var byte: UInt8 = 0
                while read(RunSignals.wakeUp[0], &byte, 1) >= 0 || errno == EINTR {
                    guard RunSignals.stopSignal != 0 else { continue }
                    let signal = RunSignals.stopSignal
                    // The terminal sends an interrupt to everything that runs in it: the commands have it already.
                    ProcessTree.endDescendants(
                        asking: signal == SIGINT ? SIGINT : SIGTERM, grace: signal == SIGHUP ? 0.3 : 5)
                }
                return nil
            }, nil)
        StopSignals.unblock()
        for signal in StopSignals.all {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = handler
            action.sa_flags = Int32(SA_RESTART)
            sigaction(signal, &action, nil)
        }
    }
}

/// For the process that waits: an interrupt is the run's, and must not end the one that records it.
public enum InterruptShield {
    private static let interrupted = Atomic<Int32>(0)
    private static let worker = Atomic<Int32>(0)

    /// The signal that came, or 0.
    public static var signal: Int32 { interrupted.load(ordering: .acquiring) }

    /// Passes what comes on to the process that does the work.
    public static func forward(to process: Int32) { worker.store(process, ordering: .releasing) }

    /// Notes interrupts and the terminal's end instead of ending.
    public static func raise() {
        StopSignals.unblock()
        for signal in StopSignals.all {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in
                InterruptShield.interrupted.store(signal, ordering: .releasing)
                let worker = InterruptShield.worker.load(ordering: .acquiring)
                if worker > 0 { kill(worker, signal) }
            }
            action.sa_flags = 0
            sigaction(signal, &action, nil)
        }
    }
}

/// The signals by which a person or a terminal ends a program.
private enum StopSignals {
    static let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Lets them through: a program that was started by a thread which blocks them has inherited that.
    static func unblock() {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in all { sigaddset(&set, signal) }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}
