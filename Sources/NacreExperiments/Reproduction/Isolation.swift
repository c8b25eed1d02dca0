internal import Bytes
internal import SystemPackage

/// Runs a stage's commands under bubblewrap: no network, and of the repository only what the stage declares.
///
/// The declared dependencies are copied into a fresh directory that is bound over the root's path; what the stage writes there
/// is moved back. The rest of the system is visible and read-only, so that interpreters work.
struct Isolation: Sendable {
    let root: FilePath
    let hidden: [FilePath]
    let scratch: FilePath

    /// The directory that stands for the root while a stage runs.
    func prepare(_ stage: PipelineStage) throws -> FilePath {
        let folder = scratch.appending("stage_\(UInt32.random(in: 0...UInt32.max))")
        try Files.makeDirectory(folder.appending(stage.directory))
        let wanted = stage.dependencies + stage.parameters.map(\.path) + stage.outputs.filter(\.persists).map(\.path)
        for path in wanted where !path.hasPrefix("/") {
            try copy(root.appending(path), to: folder.appending(path))
        }
        for output in stage.outputs { try Files.makeDirectory(folder.appending(output.path).removingLastComponent()) }
        return folder
    }

    /// Puts a stage's outputs where later stages and the comparison look for them.
    func collect(_ stage: PipelineStage, from folder: FilePath) throws {
        for output in stage.outputs {
            let made = folder.appending(output.path)
            guard try FileStatus.of(made) != nil else { continue }
            let target = root.appending(output.path)
            try Files.removeTree(target)
            try Files.makeDirectory(target.removingLastComponent())
            try Files.rename(made, to: target)
        }
        try Files.removeTree(folder)
    }

    /// The words before a command.
    func words(_ folder: FilePath, environment: [(name: String, value: String)]) -> [String] {
        var words = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
        for path in hidden { words += ["--tmpfs", path.string] }
        words += ["--bind", folder.string, root.string]
        if let virtual = environment.first(where: { $0.name == "VIRTUAL_ENV" })?.value {
            words += ["--ro-bind", virtual, virtual]
        }
        return words + ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent"]
    }

    private func copy(_ source: FilePath, to target: FilePath) throws {
        guard let status = try FileStatus.of(source, followingLinks: true) else { return }
        if status.kind == .directory {
            try Files.makeDirectory(target)
            for entry in try Files.list(source) ?? [] {
                try copy(source.appending(bytes: entry.name), to: target.appending(bytes: entry.name))
            }
            return
        }
        try Files.makeDirectory(target.removingLastComponent())
        let input = try FileDescriptor.open(source, .readOnly)
        defer { try? input.close() }
        var output = try OutputFile(creating: target, permissions: status.permissions & 0o777)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try input.read(into: $0) }
            if count == 0 { break }
            try buffer.withUnsafeBytes { try output.write(buffer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        try output.close()
    }
}
