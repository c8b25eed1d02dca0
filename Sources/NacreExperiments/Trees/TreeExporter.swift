internal import Bytes
public import GitObjects
internal import GitStorage
public import GitWorktree
public import SystemPackage

/// What stops files of a tree from being written out.
public enum ExportError: Error, CustomStringConvertible {
    /// The content of large files is not at hand.
    case contentMissing([GitPath])
    /// A file could not be written.
    case failed(GitPath, String)
    /// A name that must not be written.
    case unsafePath(GitPath)

    public var description: String {
        switch self {
        case .contentMissing(let paths):
            "the content of '\(paths.first?.description ?? "")'"
                + (paths.count > 1 ? " and \(paths.count - 1) more large files" : "")
                + " is not here (run 'nacre large fetch' or 'nacre pull')"
        case .failed(let path, let reason): "cannot write '\(path)': \(reason)"
        case .unsafePath(let path): "refusing to write '\(path)': a component of it is not safe"
        }
    }
}

/// Writes files of a tree into a directory as a checkout would: line endings, large files and links included.
public struct TreeExporter: Sendable {
    private let objects: ObjectDatabase
    private let tree: ObjectID
    private let target: Worktree

    /// Writes files of `tree` below `directory`, by the settings and filter of `template`.
    public init(_ tree: ObjectID, to directory: FilePath, like template: Worktree) throws {
        objects = template.objects
        self.tree = tree
        try Files.makeDirectory(directory)
        let source = try TreeSource(template.objects, tree)
        let rules = AttributeRules { path in (try? source.read(path)) ?? nil }
        target = try Worktree(
            root: directory, objects: template.objects, settings: template.settings, attributes: rules,
            ignores: template.ignores, filter: template.filter)
    }

    /// Writes every file of the tree. Where content of large files is missing the rest is written first.
    ///
    /// - Throws: ``ExportError/contentMissing(_:)``.
    public func writeAll() throws {
        try write(try TreeChanges.files(of: tree, in: objects).map { ($0.path, $0.entry) })
    }

    /// Writes the files of these paths; paths that the tree does not have are passed over.
    public func write(_ paths: [GitPath]) throws {
        let source = try TreeSource(objects, tree)
        try write(paths.compactMap { path in try source.entry(path).map { (path, $0) } })
    }

    private func write(_ files: [(path: GitPath, entry: TreeEntry)]) throws {
        var requests: [SmudgeRequest] = []
        for (path, entry) in files where entry.mode.isBlob {
            for component in path.components
            where [".", "..", ".git"].contains(String(decoding: component, as: UTF8.self).lowercased()) {
                throw ExportError.unsafePath(path)
            }
            let destination = target.file(path)
            if try target.linkAbove(path) != nil { throw ExportError.unsafePath(path) }
            try Files.makeDirectory(destination.removingLastComponent())
            let content = try objects.read(entry.id).content
            if entry.mode == .symbolicLink {
                try Files.remove(destination)
                try makeLink(destination, to: content, path)
                continue
            }
            let permissions: UInt32 = entry.mode == .executable ? 0o777 : 0o666
            let values = target.attributes.attributes(of: path)
            if let filter = target.filter, filter.claims(path, values) {
                requests.append(
                    SmudgeRequest(
                        path: path, id: entry.id, blob: content, destination: destination, permissions: permissions,
                        attributes: values, replaced: nil))
                continue
            }
            try replace(destination, with: try target.contentForFile(content, path: path, id: entry.id), permissions)
        }
        try smudge(requests)
    }

    private func smudge(_ requests: [SmudgeRequest]) throws {
        guard let filter = target.filter, !requests.isEmpty else { return }
        var missing: [GitPath] = []
        for (request, outcome) in zip(requests, try filter.smudge(requests)) {
            switch outcome {
            case .written: break
            case .passThrough: try replace(request.destination, with: request.blob, request.permissions)
            case .contentMissing: missing.append(request.path)
            case .failed(let error): throw ExportError.failed(request.path, "\(error)")
            }
        }
        if !missing.isEmpty { throw ExportError.contentMissing(missing) }
    }

    private func replace(_ destination: FilePath, with bytes: [UInt8], _ permissions: UInt32) throws {
        var file = try TemporaryFile(
            in: destination.removingLastComponent(), prefix: "export", permissions: permissions)
        try file.output.write(bytes)
        try file.finish(as: destination, synchronizing: false)
    }

    private func makeLink(_ destination: FilePath, to target: [UInt8], _ path: GitPath) throws {
        let result = FilePath(bytes: target).withPlatformString { text in
            destination.withPlatformString { SymbolicLink.make(text, $0) }
        }
        if result != 0 { throw FileError("create link", destination) }
    }
}
