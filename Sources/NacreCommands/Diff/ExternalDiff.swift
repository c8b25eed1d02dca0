internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

/// Programs of the user's that show changes in place of patches: `GIT_EXTERNAL_DIFF`, `diff.external` and
/// `diff.<driver>.command`.
struct ExternalDiff: Sendable {
    private let program: String?
    private let commands: [String: String]
    private let output: OutputStream
    private let directory: FilePath
    private let temporaryDirectory: FilePath

    /// Reads what is configured.
    init(_ context: Context) throws {
        let config = try context.configuration()
        program = context.environment.nonEmpty("GIT_EXTERNAL_DIFF") ?? config.string("diff.external")
        var commands: [String: String] = [:]
        for bytes in config.subsections(of: "diff") {
            let name = String(decoding: bytes, as: UTF8.self)
            commands[name] = config.string("diff.\(name).command")
        }
        self.commands = commands
        output = context.output
        directory = try context.repository().workTree ?? context.workingDirectory
        temporaryDirectory = FilePath(context.environment.nonEmpty("TMPDIR") ?? "/tmp")
    }

    /// Whether there is any.
    var isEmpty: Bool { program == nil && commands.isEmpty }

    private func command(_ driver: String?) -> String? { driver.flatMap { commands[$0] } ?? program }

    /// Runs the program for an entry; false where there is none.
    func show(
        _ entry: DiffEntry, metadata: [UInt8], position: (index: Int, count: Int), _ source: RepositoryDiffSource
    ) throws(DiffError) -> Bool {
        guard let command = command(source.attributes(of: entry.old.path).driver?.name) else { return false }
        let name = entry.old.exists ? entry.old.path : entry.new.path
        var arguments = [String(decoding: name.bytes, as: UTF8.self)]
        var temporaries: [FilePath] = []
        defer { for file in temporaries { _ = try? Files.removeTree(file) } }
        do {
            if entry.status != .unmerged {
                arguments += try self.arguments(entry.old, source, &temporaries)
                arguments += try self.arguments(entry.new, source, &temporaries)
                if entry.status == .renamed || entry.status == .copied {
                    arguments.append(String(decoding: entry.new.path.bytes, as: UTF8.self))
                    arguments.append(String(decoding: metadata, as: UTF8.self))
                }
            }
            output.flush()
            var request = ChildProcess.Request(shell: command, arguments: arguments)
            request.workingDirectory = directory
            request.variables = [
                ("GIT_DIFF_PATH_COUNTER", "\(position.index + 1)"), ("GIT_DIFF_PATH_TOTAL", "\(position.count)"),
            ]
            let result = try ChildProcess.run(request, input: [])
            guard result.status.isSuccess else { throw DiffError.refused("external diff died, stopping at \(name)") }
        } catch let error as DiffError {
            throw error
        } catch {
            throw .refused("external diff died, stopping at \(name): \(error)")
        }
        return true
    }

    /// A file's name, id and mode. What the work tree has as it is is not copied.
    private func arguments(
        _ side: DiffSide, _ source: RepositoryDiffSource, _ temporaries: inout [FilePath]
    ) throws -> [String] {
        guard let mode = side.mode else { return ["/dev/null", ".", "."] }
        let isFile = mode == .regular || mode == .executable
        if try isFile && (side.isUnhashed || source.isInWorkTree(side)) {
            return [String(decoding: side.path.bytes, as: UTF8.self), side.id.hex, mode.octal]
        }
        let content =
            mode == .gitlink ? Array("Subproject commit \(side.id)\n".utf8) : try source.wholeContent(of: side)
        let folder = temporaryDirectory.appending("git-blob-\(String(UInt64.random(in: 0 ... .max), radix: 36))")
        try Files.makeDirectory(folder)
        temporaries.append(folder)
        let file = folder.appending(String(decoding: side.path.name, as: UTF8.self))
        try TemporaryFile.replace(file, with: content, synchronizing: false)
        return [file.string, side.id.hex, mode.octal]
    }
}
