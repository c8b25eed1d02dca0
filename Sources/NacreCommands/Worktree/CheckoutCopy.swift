internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// Copies of the index's files elsewhere than at their paths: `checkout-index --prefix` and `--temp`.
struct CheckoutCopy {
    private let context: Context
    private let repository: Repository
    private let worktree: Worktree
    private let arguments: Arguments

    init(_ context: Context, _ repository: Repository, _ worktree: Worktree, _ arguments: Arguments) {
        self.context = context
        self.repository = repository
        self.worktree = worktree
        self.arguments = arguments
    }

    /// Writes each file at its path with `--prefix` before it, counted from the top of the work tree.
    ///
    /// - Returns: false where a file stood there already and `--force` was not given.
    func writePrefixed(_ entries: [IndexEntry]) throws -> Bool {
        let prefix = arguments.bytes("prefix") ?? []
        var isComplete = true
        for entry in entries where entry.mode.isBlob {
            guard entry.path.isSafe(mode: entry.mode) else { throw WorktreeError.invalidPath(entry.path) }
            let name = prefix + entry.path.bytes
            let target = worktree.root.pushing(FilePath(bytes: name))
            if try FileStatus.of(target) != nil {
                guard arguments.isOn("force") else {
                    if !arguments.isOn("quiet") {
                        context.errors.line(name + Array(" already exists, no checkout".utf8))
                    }
                    isComplete = false
                    continue
                }
                try Files.removeTree(target)
            } else if arguments.isOn("no-create") {
                continue
            }
            try Files.makeDirectory(target.removingLastComponent())
            try write(entry, to: target)
        }
        return isComplete
    }

    /// Writes each file under a name of its own at the top, and prints the names: `<name> TAB <path>`, or with `byStage`
    /// the three sides of each conflict in a line.
    func writeTemporary(_ entries: [IndexEntry], byStage: Bool) throws -> Bool {
        let end: UInt8 = arguments.isOn("z") ? 0 : 10
        var lines: [(path: GitPath, names: [String])] = []
        for entry in entries where entry.mode.isBlob {
            let name = try temporaryName(entry)
            try write(entry, to: worktree.root.appending(name), asFile: true)
            if lines.last?.path != entry.path {
                lines.append((entry.path, Array(repeating: ".", count: byStage ? 3 : 1)))
            }
            lines[lines.count - 1].names[byStage ? Int(entry.stage.rawValue) - 1 : 0] = name
        }
        for line in lines {
            let shown = end == 0 ? try context.relativeToWorkingDirectory(line.path) : context.shown(line.path)
            context.output.write(Array((line.names.joined(separator: " ") + "\t").utf8) + shown + [end])
        }
        return true
    }

    /// A name that nothing has yet.
    private func temporaryName(_ entry: IndexEntry) throws -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        while true {
            let end = String((0..<6).compactMap { _ in letters.randomElement() })
            let name = (entry.mode == .symbolicLink ? ".merge_link_" : ".merge_file_") + end
            if try FileStatus.of(worktree.root.appending(name)) == nil { return name }
        }
    }

    private func write(_ entry: IndexEntry, to target: FilePath, asFile: Bool = false) throws {
        let blob = try repository.objects.read(entry.id, as: .blob)
        if entry.mode == .symbolicLink {
            guard asFile else {
                let source = FilePath(bytes: blob)
                let result = source.withPlatformString { from in target.withPlatformString { symlink(from, $0) } }
                guard result == 0 else { throw FileError("create the link", target) }
                return
            }
            return try TemporaryFile.replace(target, with: blob, synchronizing: false)
        }
        let permissions: UInt32 = entry.mode == .executable ? 0o777 : 0o666
        let attributes = worktree.attributes.attributes(of: entry.path)
        if let filter = worktree.filter, filter.claims(entry.path, attributes) {
            let request = SmudgeRequest(
                path: entry.path, id: entry.id, blob: blob, destination: target, permissions: permissions,
                attributes: attributes, replaced: nil)
            switch try filter.smudge([request]).first {
            case .written?: return
            case .failed(let error)?: throw error
            case .contentMissing?, nil:
                throw CommandError.error("\(entry.path): content is not at hand (run 'nacre large fetch')")
            case .passThrough?: break
            }
        }
        var file = try TemporaryFile(in: target.removingLastComponent(), prefix: "copy", permissions: permissions)
        try file.output.write(try worktree.contentForFile(blob, path: entry.path, id: entry.id))
        try file.finish(as: target, synchronizing: false)
    }
}
