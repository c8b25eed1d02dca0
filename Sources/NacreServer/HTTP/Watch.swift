internal import NIOCore
internal import Synchronization

/// Closes a connection whose client takes nothing for a long time: an answer would otherwise hold its thread for ever.
final class Watch: Sendable {
    private let channel: any Channel
    private let seconds: Int64
    private let notes = Atomic<Int>(0)
    private let isOver = OnceFlag()

    /// Watches from now on.
    init(_ channel: any Channel, seconds: Int64 = 300) {
        self.channel = channel
        self.seconds = seconds
        schedule(seen: 0)
    }

    /// Says that the client took something.
    func note() { notes.wrappingAdd(1, ordering: .relaxed) }

    /// Ends the watch.
    func stop() { _ = isOver.set() }

    private func schedule(seen: Int) {
        channel.eventLoop.scheduleTask(in: .seconds(seconds)) { [weak self] in
            guard let self, !isOver.isSet else { return }
            let now = notes.load(ordering: .relaxed)
            if now == seen { channel.close(promise: nil) } else { schedule(seen: now) }
        }
    }
}
