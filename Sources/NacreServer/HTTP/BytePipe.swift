internal import Dispatch
internal import Synchronization

/// Bytes on their way between a task and a thread, at most `capacity` of them at a time: whichever side is faster waits.
///
/// One reader and one writer; each may be a task (which suspends) or a thread (which blocks).
final class BytePipe: Sendable {
    /// The other side went away, for no reason of its own.
    struct Closed: Error {}

    private enum Waiter {
        case thread(DispatchSemaphore)
        case task(CheckedContinuation<Void, Never>)

        func wake() {
            switch self {
            case .thread(let semaphore): semaphore.signal()
            case .task(let continuation): continuation.resume()
            }
        }
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var count = 0
        var isFinished = false
        var isAbandoned = false
        var failure: (any Error)?
        var reader: Waiter?
        var writer: Waiter?
    }

    private enum Step<Value> {
        case done(Value)
        case failed(any Error)
        case wait
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int = 512 << 10) { self.capacity = capacity }

    // MARK: The steps, under the lock

    private static func takeReader(_ state: inout State) -> Step<[UInt8]> {
        if state.isAbandoned { return .done([]) }
        if !state.pieces.isEmpty {
            let piece = state.pieces.removeFirst()
            state.count -= piece.count
            return .done(piece)
        }
        if let failure = state.failure { return .failed(failure) }
        return state.isFinished ? .done([]) : .wait
    }

    private func offer(_ bytes: [UInt8], _ state: inout State) -> Step<Void> {
        if state.isAbandoned { return .failed(Closed()) }
        guard state.count == 0 || state.count + bytes.count <= capacity else { return .wait }
        // Small pieces travel together: each one alone would cost a system call at the other end.
        let isSmall = bytes.count < 16 << 10
        if isSmall, let last = state.pieces.indices.last, state.pieces[last].count < 48 << 10 {
            state.pieces[last] += bytes
        } else {
            state.pieces.append(bytes)
        }
        state.count += bytes.count
        return .done(())
    }

    private func change<Value>(_ body: (inout sending State) -> Step<Value>, wakingReader: Bool) -> Step<Value> {
        var waiter: Waiter?
        var result: Step<Value> = .wait
        state.withLock { state in
            result = body(&state)
            guard case .done = result else { return }
            if wakingReader {
                waiter = state.reader
                state.reader = nil
            } else {
                waiter = state.writer
                state.writer = nil
            }
        }
        waiter?.wake()
        return result
    }

    // MARK: Threads

    /// Takes the next bytes, blocking the thread; empty at the end.
    func read() throws -> [UInt8] {
        while true {
            switch change(BytePipe.takeReader, wakingReader: false) {
            case .done(let bytes): return bytes
            case .failed(let error): throw error
            case .wait: block(asReader: true)
            }
        }
    }

    /// Gives bytes, blocking the thread while the pipe is full.
    func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        while true {
            switch change({ offer(bytes, &$0) }, wakingReader: true) {
            case .done: return
            case .failed(let error): throw error
            case .wait: block(asReader: false)
            }
        }
    }

    private func block(asReader: Bool) {
        let semaphore = DispatchSemaphore(value: 0)
        if park(.thread(semaphore), asReader: asReader) { semaphore.wait() }
    }

    /// Leaves a waiter where there is still something to wait for.
    private func park(_ waiter: Waiter, asReader: Bool) -> Bool {
        state.withLock { state in
            if state.isAbandoned { return false }
            if asReader {
                guard state.pieces.isEmpty, !state.isFinished, state.failure == nil else { return false }
                state.reader = waiter
            } else {
                guard state.count > 0 else { return false }
                state.writer = waiter
            }
            return true
        }
    }

    // MARK: Tasks

    /// Takes the next bytes, suspending the task; nil at the end.
    func receive() async throws -> [UInt8]? {
        while true {
            switch change(BytePipe.takeReader, wakingReader: false) {
            case .done(let bytes): return bytes.isEmpty ? nil : bytes
            case .failed(let error): throw error
            case .wait: await suspend(asReader: true)
            }
        }
    }

    /// Gives bytes, suspending the task while the pipe is full.
    ///
    /// - Returns: false where nobody reads any more.
    func send(_ bytes: [UInt8]) async -> Bool {
        guard !bytes.isEmpty else { return true }
        while true {
            switch change({ offer(bytes, &$0) }, wakingReader: true) {
            case .done: return true
            case .failed: return false
            case .wait: await suspend(asReader: false)
            }
        }
    }

    private func suspend(asReader: Bool) async {
        await withCheckedContinuation { continuation in
            if !park(.task(continuation), asReader: asReader) { continuation.resume() }
        }
    }

    // MARK: Ends

    /// The writer has given everything, or, with an error, gives up.
    func finish(throwing failure: (any Error)? = nil) {
        end { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            state.failure = failure
        }
    }

    /// The reader wants no more: what is in the pipe is dropped, and the writer learns of it.
    func abandon() {
        end { state in
            state.isAbandoned = true
            state.pieces = []
            state.count = 0
        }
    }

    private func end(_ body: (inout State) -> Void) {
        var waiters: [Waiter?] = []
        state.withLock { state in
            body(&state)
            waiters = [state.reader, state.writer]
            state.reader = nil
            state.writer = nil
        }
        for waiter in waiters { waiter?.wake() }
    }
}
