internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import Glibc
internal import SystemPackage

/// The scripts in a repository's `hooks` that a push runs: <https://git-scm.com/docs/githooks>.
struct PushHook {
    /// The repository.
    let directory: FilePath
    /// What arrived.
    let push: ReceivedPush
    /// What the hook is told of.
    let updates: [RefUpdate]
    /// Who pushes.
    let user: String

    /// Runs a hook where there is one; what it prints is shown to who pushes.
    ///
    /// - Returns: whether it said yes, or there is none.
    func run(_ name: String, _ arguments: [String]) throws -> Bool {
        let path = directory.appending("hooks").appending(name)
        guard let status = try FileStatus.of(path, followingLinks: true), status.kind == .regular, status.isExecutable
        else { return true }
        var request = ChildProcess.Request(path.string, arguments)
        request.environment = environment(name)
        request.workingDirectory = directory
        request.output = .pipe
        request.error = .pipe
        // Only those two read it; for others, who need not, an empty input avoids a broken pipe.
        let lines = name == "update" ? "" : updates.map { "\($0.old.hex) \($0.new.hex) \($0.text)\n" }.joined()
        let result = try ChildProcess.run(request, input: Array(lines.utf8))
        let output = String(decoding: result.output, as: UTF8.self) + String(decoding: result.error, as: UTF8.self)
        if !output.isEmpty { push.message(output) }
        return result.status.isSuccess
    }

    private func environment(_ hook: String) -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        var variables = [
            "PATH=\(path)", "HOME=\(directory.string)", "LANG=C.UTF-8", "GIT_DIR=.", "NACRE_USER=\(user)",
            "GIT_PUSH_OPTION_COUNT=\(push.options.count)",
        ]
        for (index, option) in push.options.enumerated() { variables.append("GIT_PUSH_OPTION_\(index)=\(option)") }
        for (name, value) in push.certificate?.variables ?? [] { variables.append("\(name)=\(value)") }
        // Once refs have moved, the objects are where all objects are.
        if hook != "post-receive", let quarantine = push.quarantine {
            variables += [
                "GIT_QUARANTINE_PATH=\(quarantine)", "GIT_OBJECT_DIRECTORY=\(quarantine)",
                "GIT_ALTERNATE_OBJECT_DIRECTORIES=\(directory.appending("objects"))",
            ]
        }
        return variables
    }
}
