internal import Bytes
internal import GitDiff
internal import GitObjects
internal import SystemPackage

/// `diff --no-index`: files and directories outside any repository.
enum NoIndexDiff {
    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 2 else {
            if !arguments.isOn("no-index") {
                context.errors.write(
                    "warning: Not a git repository. Use --no-index to compare two paths outside a working tree\n")
            }
            throw CommandError.usage("two paths are needed")
        }
        var options = try DiffOptionTable.read(arguments, context, base: try DiffDefaults.options(context))
        if options.formats.isEmpty { options.formats = .patch }
        options.setsExitCode = true
        options.relativeTo = nil
        let source = FileSystemSource(context.workingDirectory)
        var paths = arguments.operands.map { GitPath(trimmed($0)) }
        // A directory and a file: the file of that name in the directory.
        let areDirectories = try paths.map { try source.kind($0) == .directory }
        if areDirectories[0] != areDirectories[1] {
            let directory = areDirectories[0] ? 0 : 1
            paths[directory] = paths[directory].appending(paths[1 - directory].name)
        }
        var entries: [DiffEntry] = []
        try compare(paths[0], paths[1], source, &entries)
        if !options.isQuiet { try context.startPager("diff") }
        return try DiffRun(context: context, source: source, options: options).finish(entries)
    }

    private static func trimmed(_ path: [UInt8]) -> [UInt8] {
        var path = path
        while path.count > 1, path.last == UInt8(ascii: "/") { path.removeLast() }
        return path
    }

    private static func compare(
        _ old: GitPath?, _ new: GitPath?, _ source: FileSystemSource, _ entries: inout [DiffEntry]
    ) throws {
        let oldKind = try old.map { try source.kind($0) } ?? nil
        let newKind = try new.map { try source.kind($0) } ?? nil
        if let old, oldKind == nil { throw CommandError(.error, "Could not access '\(old)'") }
        if let new, newKind == nil { throw CommandError(.error, "Could not access '\(new)'") }
        if oldKind == .directory || newKind == .directory {
            let before = oldKind == .directory ? try old.map(source.names) ?? [] : []
            let after = newKind == .directory ? try new.map(source.names) ?? [] : []
            if let old, oldKind != .directory { try compare(old, nil, source, &entries) }
            if let new, newKind != .directory { try compare(nil, new, source, &entries) }
            for name in Set(before + after).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                try compare(
                    before.contains(name) ? old?.appending(name) : nil,
                    after.contains(name) ? new?.appending(name) : nil,
                    source, &entries)
            }
            return
        }
        let none = new ?? old ?? .root
        let left = try old.map(source.side) ?? .absent(none, .sha1)
        let right = try new.map(source.side) ?? .absent(old ?? .root, .sha1)
        if left.exists, right.exists, left.mode == right.mode, try source.content(of: left) == source.content(of: right)
        {
            return
        }
        var entry = DiffEntry(old: left, new: right)
        if left.exists, right.exists, entry.status == .modified { entry.status = .modified }
        entries.append(entry)
    }
}

/// Files of the file system as sides.
struct FileSystemSource: DiffSource {
    let algorithm = HashAlgorithm.sha1
    private let directory: FilePath

    init(_ directory: FilePath) { self.directory = directory }

    private func file(_ path: GitPath) -> FilePath { directory.pushing(FilePath(bytes: path.bytes)) }

    func kind(_ path: GitPath) throws -> FileStatus.Kind? { try FileStatus.of(file(path))?.kind }

    func names(_ path: GitPath) throws -> [[UInt8]] {
        try (Files.list(file(path)) ?? []).map(\.name).filter { $0 != Array(".git".utf8) }
    }

    func side(_ path: GitPath) throws -> DiffSide {
        let status = try FileStatus.of(file(path))
        let mode: GitObjects.FileMode =
            status?.kind == .symbolicLink ? .symbolicLink : status?.isExecutable == true ? .executable : .regular
        return DiffSide(path: path, mode: mode, id: .zero(algorithm))
    }

    func treeContent(_ id: ObjectID) throws(DiffError) -> [UInt8] {
        throw .refused("there are no trees outside a repository")
    }

    func content(of side: DiffSide) throws(DiffError) -> [UInt8] {
        do throws(FileError) {
            if side.mode == .symbolicLink { return try Files.readLink(file(side.path)) ?? [] }
            return try Files.read(file(side.path))
        } catch {
            throw .unreadableFile(side.path, reason: "\(error)")
        }
    }
}
