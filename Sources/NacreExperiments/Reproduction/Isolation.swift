internal import Bytes
internal import SystemPackage

/// Runs a stage's commands under bubblewrap: no network, and of the repository only what the stage declares.
///
/// The declared dependencies are copied into a fresh directory that is bound over the root's path; what the stage writes there
/// is moved back. Of the rest, programs and libraries are visible and read-only, so that interpreters work.
struct Isolation: Sendable {
    let root: FilePath
    let hidden: [FilePath]
    let scratch: FilePath
    let system: IsolatedSystem

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
    func words(_ folder: FilePath, _ stage: PipelineStage) -> [String] {
        var words = ["bwrap"] + system.words(hiding: hidden)
        words += ["--bind", folder.string, root.string]
        for path in stage.dependencies where path.hasPrefix("/") { words += ["--ro-bind-try", path, path] }
        return words + ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent"]
    }

    /// The files and directories outside the repository that a text names and a stage does not see.
    func hiddenPaths(namedIn text: String, _ stage: PipelineStage) -> [String] {
        let words = text.split { " \t\n'\"`(),;:=<>[]".contains($0) }
        var result: [String] = []
        for word in words where word.hasPrefix("/") && word.utf8.count > 1 && !result.contains(String(word)) {
            let path = FilePath(String(word)).lexicallyNormalized()
            guard !path.starts(with: root), !system.shows(path), !stage.dependencies.contains(path.string),
                let status = try? FileStatus.of(path, followingLinks: true), status.kind != .other
            else { continue }
            result.append(String(word))
        }
        return result
    }

    /// Copies a stage's declared dependencies to another directory.
    func copyDependencies(of stage: PipelineStage, to folder: FilePath) throws {
        for path in stage.dependencies where !path.hasPrefix("/") {
            try Files.removeTree(folder.appending(path))
            try copy(root.appending(path), to: folder.appending(path))
        }
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
        // Declared twice, as a dependency and as a file of parameters, or with the directory that holds it.
        if try FileStatus.of(target) != nil { return }
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
