internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

/// The files of a tree as `archive` has them: converted as for a work tree, large files instead of their pointers.
final class ArchiveSource {
    let repository: Repository
    /// The commit; nil for a tree.
    let commit: ObjectID?
    let time: Int64
    private let context: Context
    private let arguments: Arguments
    private let tree: ObjectID
    private let pathspec: Pathspec
    private let files: Worktree
    private let drivers: DiffDriverTable
    private let prefix: [UInt8]
    private lazy var pretty = PrettyContext(
        repository, now: context.now, localZone: context.localZone)

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        let name = arguments.texts[0]
        let resolver = try context.revisionResolver()
        guard let found = try resolver.find(name) else {
            throw CommandError.fatal("not a valid object name: \(name)")
        }
        let objects = repository.objects
        let commit = try resolver.peel(found.id, to: .commit)
        self.commit = commit
        guard let top = try resolver.peel(found.id, to: .tree) else {
            throw CommandError.fatal("not a tree object: \(found.id)")
        }
        time = try commit.map { try objects.links($0).time } ?? context.now
        let folder = try repository.workTree == nil ? .root : context.prefix()
        if folder.isRoot {
            tree = top
        } else {
            guard let entry = try resolver.entry(folder, in: top), entry.mode == .tree else {
                throw CommandError.fatal("current working directory is untracked")
            }
            tree = entry.id
        }
        prefix = arguments.bytes("prefix") ?? []
        drivers = try DiffDriverTable(repository.config)
        files = try ArchiveSource.converter(
            context, repository, tree, usesWorktree: arguments.isOn("worktree-attributes"))
        pathspec = try Pathspec(Array(arguments.operands.dropFirst()), prefix: .root, root: [])
        for operand in arguments.operands.dropFirst() where !operand.isEmpty {
            let one = try Pathspec([operand], prefix: .root, root: [])
            guard try entries(one).contains(where: { one.matches($0.path, isDirectory: $0.isDirectory) })
            else {
                throw CommandError.fatal(
                    "pathspec '\(String(decoding: operand, as: UTF8.self))' did not match any files")
            }
        }
    }

    /// A work tree whose attributes are those of the tree.
    private static func converter(
        _ context: Context, _ repository: Repository, _ tree: ObjectID, usesWorktree: Bool
    ) throws -> Worktree {
        if usesWorktree { return try context.worktree() }
        var sources = AttributeRules.Sources()
        sources.userFile = try repository.config.path("core.attributesfile", home: context.home)
        sources.infoFile = repository.commonDirectory.appending("info/attributes")
        let objects = repository.objects
        let rules = AttributeRules(sources: sources) { path in
            let entry = (try? RevisionResolver(repository).entry(path, in: tree)) ?? nil
            guard let entry, entry.mode.isBlob else { return nil }
            return try? objects.read(entry.id, as: .blob)
        }
        let errors = context.errors
        let filter = try LargeFileFilter(
            repository, fetch: try LargeCommand.fetcher(context), warn: { errors.line($0) })
        let root = repository.workTree ?? repository.gitDirectory
        return try Worktree(
            root: root, objects: objects, settings: try repository.worktreeSettings(), attributes: rules,
            ignores: IgnoreRules(workTree: root, sources: Context.noIgnores), filter: filter,
            warn: { errors.line($0) })
    }

    private struct Item {
        let path: GitPath
        let mode: GitObjects.FileMode
        let id: ObjectID
        var isDirectory: Bool { mode == .tree }
    }

    private func entries(_ pathspec: Pathspec) throws -> [Item] {
        var options = TreeDiff.Options()
        options.reportsTrees = true
        options.mayMatch = { path, isDirectory in
            isDirectory
                ? pathspec.mayMatch(inside: GitPath(path))
                    || pathspec.matches(GitPath(path), isDirectory: true)
                : pathspec.matches(GitPath(path))
        }
        return try TreeDiff.compare(nil, tree, source: repository.objects, options: options).compactMap { entry in
            entry.new.mode.map { Item(path: entry.new.path, mode: $0, id: entry.new.id) }
        }
    }

    /// Hands over the entries in order. A directory comes before the first file in it, even an ignored one, and not at all
    /// without a file.
    func forEach(_ body: (ArchiveEntry) throws -> Void) throws {
        func give(_ entry: ArchiveEntry) throws {
            if arguments.isOn("verbose") { context.errors.line(entry.path) }
            try body(entry)
        }
        if prefix.last == UInt8(ascii: "/") {
            var path = prefix
            while path.count > 1, path[path.count - 2] == UInt8(ascii: "/") { path.removeLast() }
            try give(ArchiveEntry(path: path, mode: .tree, id: tree))
        }
        var waiting: [Item] = []
        var ignored: GitPath?
        for item in try entries(pathspec) {
            if let ignored, item.path.isInside(ignored) { continue }
            while let last = waiting.last, !item.path.isInside(last.path) { waiting.removeLast() }
            let attributes = files.attributes.attributes(of: item.path, isDirectory: item.isDirectory)
            let isIgnored = attributes.isSet("export-ignore")
            if item.isDirectory {
                if isIgnored { ignored = item.path } else { waiting.append(item) }
                continue
            }
            for directory in waiting {
                try give(
                    ArchiveEntry(path: prefix + directory.path.bytes + [0x2f], mode: .tree, id: directory.id))
            }
            waiting = []
            if !isIgnored { try give(entry(item, attributes)) }
        }
    }

    private func entry(_ item: Item, _ attributes: AttributeValues) throws -> ArchiveEntry {
        let path = prefix + item.path.bytes
        if item.mode == .gitlink {
            return ArchiveEntry(path: path + [0x2f], mode: .gitlink, id: item.id)
        }
        var content = try repository.objects.read(item.id, as: .blob)
        if item.mode != .symbolicLink {
            content =
                try large(content, item, attributes)
                ?? files.contentForFile(content, path: item.path, id: item.id)
            if let commit, attributes.isSet("export-subst") { content = try substituted(content, commit) }
        }
        let facts = drivers.attributes(attributes)
        let isBinary = facts.isBinary ?? facts.driver?.isBinary ?? content.prefix(8000).contains(0)
        return ArchiveEntry(
            path: path, mode: item.mode, id: item.id, content: content, isText: !isBinary)
    }

    /// The content behind a pointer.
    private func large(_ blob: [UInt8], _ item: Item, _ attributes: AttributeValues) throws
        -> [UInt8]?
    {
        guard let filter = files.filter, filter.claims(item.path, attributes) else { return nil }
        let directory = try TemporaryDirectory.make()
        defer { _ = try? Files.removeTree(directory) }
        let file = directory.appending("content")
        let request = SmudgeRequest(
            path: item.path, id: item.id, blob: blob, destination: file, permissions: 0o666,
            attributes: attributes,
            replaced: nil)
        switch try filter.smudge([request]).first {
        case .written: return try Files.read(file)
        case .passThrough, nil: return blob
        case .contentMissing:
            let content = Pointer(parsing: blob).map { "content \($0.oid)" } ?? "the content"
            throw CommandError.fatal(
                "\(item.path): \(content) is not here (run 'nacre large fetch', or archive where it is)")
        case .failed(let error): throw error
        }
    }

    /// `$Format:…$` replaced by what the commit makes of it.
    private func substituted(_ content: [UInt8], _ commit: ObjectID) throws -> [UInt8] {
        let mark = Array("$Format:".utf8)
        var result: [UInt8] = []
        var rest = content[...]
        while let start = rest.withUnsafeBytes({ ByteSearch.find(mark, in: $0) }) {
            let begin = rest.startIndex + start
            guard let end = rest[(begin + mark.count)...].firstIndex(of: UInt8(ascii: "$")) else { break }
            result += rest[..<begin]
            var expansion = PrettyFormat(pretty, try CommitText(commit, repository.objects))
            pretty.makeDecorations = { [repository] in
                try Decorations(repository, include: [], exclude: [], configExclude: [])
            }
            pretty.describe = { [repository] id, options in try Describer.format(repository, id, options)
            }
            result += try expansion.expand(Array(rest[(begin + mark.count)..<end]))
            rest = rest[(end + 1)...]
        }
        return result + rest
    }
}
