internal import Bytes
internal import GitObjects
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// Runs the commands of `filter.<name>`: one process for each file, or one that stays (`filter.<name>.process`).
final class FilterProcesses: Sendable {
    enum Direction: String, Sendable { case clean, smudge }

    private let workTree: FilePath
    private let environment: [String]?
    private let running = Mutex<[String: FilterProcess]>([:])

    init(workTree: FilePath, environment: [String]?) {
        self.workTree = workTree
        self.environment = environment
    }

    /// The filtered content; nil where the filter does not apply or failed without being required.
    func run(
        _ direction: Direction, _ driver: FilterDriver, path: GitPath, content: [UInt8], id: ObjectID?
    ) throws(WorktreeError) -> [UInt8]? {
        do {
            let result: [UInt8]?
            if let process = driver.process {
                result = try runLong(process, direction, path: path, content: content, id: id)
                if result == nil && driver.isRequired {
                    throw WorktreeError.filter(path, name: driver.name, reason: "the process refused")
                }
            } else if let command = direction == .clean ? driver.clean : driver.smudge {
                result = try runOnce(command, path: path, content: content)
            } else {
                result = nil
            }
            return result
        } catch {
            guard driver.isRequired else { return nil }
            if let error = error as? WorktreeError { throw error }
            throw .filter(path, name: driver.name, reason: "\(error)")
        }
    }

    private func runOnce(_ command: String, path: GitPath, content: [UInt8]) throws -> [UInt8] {
        let quoted =
            "'" + path.description.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
        let line = command.split(separator: "%f", omittingEmptySubsequences: false).joined(separator: quoted)
        var request = ChildProcess.Request(shell: line)
        request.workingDirectory = workTree
        request.environment = environment
        request.output = .pipe
        let result = try ChildProcess.run(request, input: content)
        guard result.status.isSuccess else {
            throw WorktreeError.filter(path, name: command, reason: "exit code \(result.status.code)")
        }
        return result.output
    }

    private func runLong(
        _ command: String, _ direction: Direction, path: GitPath, content: [UInt8], id: ObjectID?
    ) throws -> [UInt8]? {
        // One conversation at a time: the protocol has no parallel requests.
        try running.withLock { running in
            let process: FilterProcess
            if let known = running[command] {
                process = known
            } else {
                process = try FilterProcess(command, workTree: workTree, environment: environment)
                running[command] = process
            }
            guard !process.isBroken, process.capabilities.contains(direction.rawValue) else { return nil }
            do {
                return try process.filter(direction.rawValue, path: path, content: content, id: id)
            } catch {
                process.isBroken = true
                throw error
            }
        }
    }
}
