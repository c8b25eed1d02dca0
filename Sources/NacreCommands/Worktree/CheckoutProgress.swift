internal import Bytes
internal import Synchronization

/// `Updating files: 42% (420/1000)` on standard error, once writing files takes longer than two seconds: on a terminal, or
/// wherever `--progress` asks for it.
final class CheckoutProgress: Sendable {
    private struct State {
        var done = 0
        var shownPercent = -1
    }

    private let output: OutputStream
    private let start = ContinuousClock.now
    private let state = Mutex(State())
    private static let delay = Duration.seconds(2)

    /// Nil where nothing is to be shown.
    init?(_ arguments: Arguments, _ context: Context) {
        guard context.showsProgress(arguments) else { return nil }
        output = context.errors
    }

    /// For ``CheckoutRequest/progress``.
    var report: @Sendable (Int, Int) -> Void {
        { [self] more, total in
            let text: String? = state.withLock { state in
                state.done += more
                guard total > 0, ContinuousClock.now - start > Self.delay else { return nil }
                let percent = state.done * 100 / total
                guard percent > state.shownPercent else { return nil }
                state.shownPercent = percent
                let padding = String(repeating: " ", count: percent < 10 ? 2 : percent < 100 ? 1 : 0)
                return "Updating files: \(padding)\(percent)% (\(state.done)/\(total))"
            }
            guard let text else { return }
            output.write(text + "\r")
            output.flush()
        }
    }

    /// Ends the line, where there is one.
    func finish() {
        let wasShown = state.withLock { $0.shownPercent >= 0 }
        if wasShown { output.write(", done.\n") }
    }
}
