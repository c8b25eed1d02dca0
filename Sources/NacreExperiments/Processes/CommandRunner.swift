internal import Bytes
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Runs one command of a run or stage, its output going to the log.
struct CommandRunner: Sendable {
    /// The program and its arguments.
    let words: [String]
    /// Where it runs.
    let directory: FilePath
    /// Variables put over this process's environment.
    let variables: [(name: String, value: String)]
    /// Where its output goes.
    let log: RunLog
    /// Whether it may read this process's standard input.
    let readsInput: Bool

    /// The commands that run now, by process number: what is left besides them when one ends was left behind by it.
    private static let running = Mutex<Set<Int32>>([])

    /// What became of a command.
    struct Outcome: Sendable {
        /// How it ended.
        let status: ExitStatus
        /// The process's number.
        let process: Int32
        /// How many processes it left behind, which were ended.
        let leftBehind: Int
    }

    /// Runs the command to its end.
    ///
    /// - Throws: ``SpawnError`` where it cannot be found or run.
    func run() throws -> Outcome {
        var request = ChildProcess.Request(words[0], Array(words.dropFirst()))
        request.workingDirectory = directory
        request.variables = variables
        request.input = readsInput ? .inherited : .null
        request.output = .pipe
        request.error = .pipe
        var child = try Self.running.withLock { running in
            let child = try ChildProcess(request)
            running.insert(child.identifier)
            return child
        }
        let identifier = child.identifier
        copy(from: [child.output, child.error], until: identifier)
        let status = child.wait()
        _ = Self.running.withLock { $0.remove(identifier) }
        return Outcome(status: status, process: identifier, leftBehind: Self.endOrphans())
    }

    /// Copies what the command writes until it has ended; a process that it left behind may hold the pipes open.
    private func copy(from descriptors: [Int32], until process: Int32) {
        var open = descriptors
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var hasEnded = false
        while open.contains(where: { $0 >= 0 }) {
            var polls = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&polls, nfds_t(polls.count), hasEnded ? 0 : 100)
            if ready < 0 && errno != EINTR { return }
            for index in open.indices where open[index] >= 0 && polls[index].revents != 0 {
                let count = read(open[index], &buffer, buffer.count)
                if count > 0 {
                    log.write(buffer[..<count], stream: index == 0 ? 1 : 2)
                } else if count == 0 || errno != EINTR {
                    open[index] = -1
                }
            }
            if ready == 0 {
                if hasEnded { return }
                hasEnded = Self.hasEnded(process)
            }
        }
    }

    /// Whether a child has ended; it can still be waited for.
    private static func hasEnded(_ process: Int32) -> Bool {
        var information = siginfo_t()
        let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
        return result != 0 || information.si_signo != 0
    }

    /// Ends the processes that became this one's children because their parents ended.
    private static func endOrphans() -> Int {
        func orphans() -> [Int32] {
            running.withLock { running in ProcessTree.children(of: getpid()).filter { !running.contains($0) } }
        }
        let first = orphans()
        guard !first.isEmpty else { return 0 }
        for process in first { kill(process, SIGTERM) }
        var seen = Set(first)
        for round in 0..<100 {
            let left = orphans()
            seen.formUnion(left)
            if left.isEmpty { break }
            if round > 25 { for process in left { kill(process, SIGKILL) } }
            usleep(20_000)
        }
        var status: Int32 = 0
        for process in seen { _ = waitpid(process, &status, WNOHANG) }
        return first.count
    }
}
