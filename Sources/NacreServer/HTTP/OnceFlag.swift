internal import Synchronization

/// Something that happens once.
final class OnceFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether it has happened.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Says that it happened; returns whether this call was the first.
    func set() -> Bool { !flag.exchange(true, ordering: .acquiringAndReleasing) }
}
