internal import Bytes
internal import CPosix
internal import Glibc
internal import SystemPackage

/// This process's descendants, as Linux tells of them under `/proc`.
enum ProcessTree {
    /// Makes this process the parent of every descendant whose own parent ends: a command that puts itself into the
    /// background stays in reach.
    static func adoptOrphans() { _ = nacre_adopt_orphans() }

    /// Has this process get a signal when its parent ends.
    static func signalOnParentDeath(_ signal: Int32) { _ = nacre_signal_on_parent_death(signal) }

    /// The processes whose parent is `parent`.
    static func children(of parent: Int32) -> [Int32] {
        parents().filter { $0.value == parent }.map(\.key).sorted()
    }

    /// All processes below `root`, `root` left out.
    static func descendants(of root: Int32) -> [Int32] {
        let parents = parents()
        var children: [Int32: [Int32]] = [:]
        for (process, parent) in parents { children[parent, default: []].append(process) }
        var result: [Int32] = []
        var pending = children[root] ?? []
        while let process = pending.popLast() {
            result.append(process)
            pending += children[process] ?? []
        }
        return result
    }

    private static func parents() -> [Int32: Int32] {
        var result: [Int32: Int32] = [:]
        for entry in (try? Files.list("/proc")) ?? [] {
            guard let process = Int32(String(decoding: entry.name, as: UTF8.self)),
                let (parent, isZombie, _) = status(process), !isZombie
            else { continue }
            result[process] = parent
        }
        return result
    }

    /// When a process was started, in clock ticks since boot; with its number this names it for good.
    static func startTime(of process: Int32) -> UInt64? { status(process).flatMap { $0.isZombie ? nil : $0.start } }

    private static func status(_ process: Int32) -> (parent: Int32, isZombie: Bool, start: UInt64)? {
        guard let bytes = try? Files.readIfPresent(FilePath("/proc/\(process)/stat")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        // After the name in parentheses: state, parent, …, start time as the 20th.
        let fields = bytes[(close + 1)...].split(separator: 0x20)
        guard fields.count > 19, let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
            let start = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        let state = fields[0].first
        return (parent, state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"), start)
    }

    /// The processes that were started with `NAME=value` in their environment.
    static func processes(withVariable variable: String) -> [Int32] {
        let wanted = Array(variable.utf8)
        return ((try? Files.list("/proc")) ?? []).compactMap { entry in
            guard let process = Int32(String(decoding: entry.name, as: UTF8.self)), process != getpid(),
                let bytes = try? Files.readIfPresent(FilePath("/proc/\(process)/environ")),
                bytes.split(separator: 0).contains(where: { $0.elementsEqual(wanted) }), startTime(of: process) != nil
            else { return nil }
            return process
        }
    }

    /// Ends every descendant of this process: asks first, and after `grace` seconds no longer asks.
    ///
    /// - Returns: how many there were.
    @discardableResult
    static func endDescendants(asking signal: Int32 = SIGTERM, grace: Double = 3) -> Int {
        let first = descendants(of: getpid())
        guard !first.isEmpty else { return 0 }
        for process in first { kill(process, signal) }
        var waited = 0.0
        while waited < grace {
            usleep(20_000)
            waited += 0.02
            if descendants(of: getpid()).isEmpty { return first.count }
        }
        // One that forks while it is being ended is met again.
        for _ in 0..<200 {
            let left = descendants(of: getpid())
            if left.isEmpty { break }
            for process in left { kill(process, SIGKILL) }
            usleep(5_000)
        }
        return first.count
    }
}
