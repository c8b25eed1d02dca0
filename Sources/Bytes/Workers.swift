internal import Glibc
internal import Synchronization

/// Threads for one heavy operation. Work is handed out item by item, so that uneven items balance by themselves.
public enum Workers {
    /// How many processors this process may use.
    public static let processorCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Calls `body(worker, item)` once for each item of `0..<count` on up to `workers` threads, the caller's among
    /// them, and returns when all are done. `worker` is `0..<workers`: an index for scratch buffers.
    ///
    /// - Throws: the first error that a call threw; items not yet begun are left out then.
    public static func forEach<Failure: Error>(
        _ count: Int, workers: Int = processorCount,
        _ body: @Sendable (_ worker: Int, _ item: Int) throws(Failure) -> Void
    ) throws(Failure) {
        guard count > 0 else { return }
        let threads = max(1, min(workers, count))
        if threads == 1 {
            for item in 0..<count { try body(0, item) }
            return
        }
        let next = Atomic<Int>(0)
        let failure = Mutex<Failure?>(nil)
        withoutActuallyEscaping(body) { body in
            Threads.run(threads) { worker in
                while true {
                    let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard item < count else { return }
                    do throws(Failure) {
                        try body(worker, item)
                    } catch {
                        failure.withLock { if $0 == nil { $0 = error } }
                        next.store(count, ordering: .relaxed)
                        return
                    }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// A fixed number of threads that run one closure each.
enum Threads {
    private final class Start: Sendable {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }

    /// Runs `body(0)` on the calling thread and `body(1..<count)` on new ones; returns when all have ended. Where the
    /// system gives no thread, fewer run: `body` must not need its siblings.
    static func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            var threads: [pthread_t] = []
            for index in 1..<max(count, 1) {
                var thread = pthread_t()
                let start = Unmanaged.passRetained(Start(index, body))
                let result = pthread_create(
                    &thread, nil,
                    { argument in
                        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                        start.body(start.index)
                        return nil
                    }, start.toOpaque())
                if result == 0 { threads.append(thread) } else { start.release() }
            }
            body(0)
            for thread in threads { pthread_join(thread, nil) }
        }
    }
}
