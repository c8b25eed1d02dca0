internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

struct PackObjectsCommand: Command {
    static let name = "pack-objects"
    static let summary = "create a pack of the objects that standard input names"
    static let usage = [
        "--stdout [<options>] [< <ref-list> | < <object-list>]",
        "[<options>] <base-name> [< <ref-list> | < <object-list>]",
    ]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", negatable: false, "do not show progress"),
        .flag("progress", "accepted: progress is shown on a terminal only"),
        .flag("all-progress", hidden: true, "accepted"),
        .flag("all-progress-implied", hidden: true, "accepted"),
        .value("window", "n", "limit pack window by objects"),
        .value("window-memory", "n", "limit pack window by memory in addition to object limit"),
        .value("depth", "n", "maximum length of delta chain allowed in the resulting pack"),
        .flag("reuse-delta", "reuse existing deltas"),
        .flag("reuse-object", "reuse existing objects"),
        .flag("delta-base-offset", "use OFS_DELTA objects"),
        .value("threads", "n", "use threads when searching for best delta matches"),
        .flag("non-empty", "do not create an empty pack output"),
        .flag("revs", "read revision arguments from standard input"),
        .flag("all", negatable: false, "include objects reachable from any reference"),
        .flag("reflog", negatable: false, "include objects referred by reflog entries"),
        .flag("indexed-objects", negatable: false, "include objects referred to by the index"),
        .flag("unpacked", negatable: false, "limit the objects to those that are not yet packed"),
        .flag("incremental", "ignore packed objects"),
        .flag("local", "ignore borrowed objects from alternate object store"),
        .flag("honor-pack-keep", "ignore objects in packs that have companion .keep file"),
        .flag("include-tag", "include tag objects that refer to objects to be packed"),
        .flag("stdout", "output pack to stdout"),
        .flag("thin", "create thin packs"),
        .flag("shallow", "accepted: the pack's history may be shallow"),
        .value("compression", "n", "pack compression level"),
        .value("filter", "args", "object filtering"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let toOutput = arguments.isOn("stdout")
        guard arguments.operands.count == (toOutput ? 0 : 1) else {
            throw CommandError.usage("a base name, or --stdout")
        }
        if arguments.isOn("thin"), !toOutput {
            throw CommandError.fatal("--thin cannot be used to build an indexable pack")
        }
        let repository = try context.repository()
        let options = try builderOptions(arguments, repository)
        var builder = PackBuilder(repository.objects, options: options)
        let isRevisions = ["revs", "all", "reflog", "indexed-objects"].contains { arguments.isOn($0) }
        let selection = try Selection(arguments, repository)
        if isRevisions {
            try selection.addRevisions(to: &builder, arguments, context)
        } else {
            try selection.addList(to: &builder, context)
        }
        if builder.count == 0 && arguments.isOn("non-empty") { return .success }
        if toOutput {
            _ = try builder.write { piece throws(StorageError) in context.output.write([UInt8](piece)) }
            return .success
        }
        let base = FilePath(bytes: arguments.operands[0])
        let folder = base.removingLastComponent()
        let prefix = base.lastComponent?.string ?? "pack"
        guard
            let result = try builder.write(
                into: folder.isEmpty ? "." : folder, prefix: prefix, writesReverseIndex: false)
        else { throw CommandError.fatal("no objects to pack (use --stdout for an empty pack)") }
        context.output.line(result.outcome.checksum.hex)
        return .success
    }

    /// The options that packing takes from the command line and `pack.*`.
    static func builderOptions(_ arguments: Arguments, _ repository: Repository) throws -> PackBuilder.Options {
        var options = PackBuilder.Options()
        let config = repository.config
        options.window = try arguments.integer("window") ?? config.int("pack.window") ?? 10
        options.depth = min(try arguments.integer("depth") ?? config.int("pack.depth") ?? 50, 4095)
        if let memory = try arguments.integer("window-memory") ?? config.int("pack.windowmemory") {
            options.windowMemory = memory
        }
        if let threads = try arguments.integer("threads") ?? config.int("pack.threads"), threads > 0 {
            options.workers = threads
        }
        options.reusesDeltas = arguments.flag("reuse-delta") ?? true
        options.reusesObjects = arguments.flag("reuse-object") ?? true
        options.usesOffsetDeltas = arguments.flag("delta-base-offset") ?? false
        options.isThin = arguments.isOn("thin")
        options.compression = try arguments.integer("compression")
        if let level = options.compression, !(-1...9).contains(level) {
            throw CommandError.fatal("bad pack compression level \(level)")
        }
        return options
    }

    /// Which of the objects that are named go into the pack.
    private struct Selection {
        let repository: Repository
        let excluded: [Pack]
        let skipsBorrowed: Bool

        init(_ arguments: Arguments, _ repository: Repository) throws {
            self.repository = repository
            let packs = try repository.objects.packs()
            if arguments.isOn("incremental") || arguments.isOn("unpacked") {
                excluded = packs
            } else if arguments.isOn("honor-pack-keep") {
                excluded = packs.filter { $0.hasCompanion("keep") }
            } else {
                excluded = []
            }
            skipsBorrowed = arguments.isOn("local")
        }

        func takes(_ id: ObjectID) -> Bool {
            if excluded.contains(where: { $0.index.position(of: id) != nil }) { return false }
            return !skipsBorrowed || repository.objects.isLocal(id)
        }

        /// Lines of `<id> [<path>]`; with a `-` before the id, a base that the receiver has.
        func addList(to builder: inout PackBuilder, _ context: Context) throws {
            var lines = InputLines()
            while let line = try lines.next() {
                let isBase = line.first == UInt8(ascii: "-")
                let hex = line.dropFirst(isBase ? 1 : 0).prefix(repository.algorithm.hexCount)
                guard let id = ObjectID(hex: hex, algorithm: repository.algorithm) else {
                    throw CommandError.fatal(
                        "expected object ID, got garbage:\n \(String(decoding: line, as: UTF8.self))\n")
                }
                let path = line.dropFirst((isBase ? 1 : 0) + hex.count + 1)
                if isBase {
                    // The name is that of an edge commit: what its tree holds can serve as a base.
                    try addBases(of: id, to: &builder)
                } else if takes(id) {
                    builder.add(id, path: path)
                }
            }
        }

        func addBases(of commit: ObjectID, to builder: inout PackBuilder) throws {
            guard let tree = try? repository.objects.peel(commit, to: .tree) else { return }
            var walk = ObjectWalk(repository.objects)
            try walk.visit(tree: tree) { id, _, path throws(StorageError) in builder.addBase(id, path: [UInt8](path)) }
        }

        func addRevisions(to builder: inout PackBuilder, _ arguments: Arguments, _ context: Context) throws {
            var include: [ObjectID] = []
            var exclude: [ObjectID] = []
            try readRevisions(&include, &exclude, context, arguments)
            var options = ObjectWalk.Options()
            options.shallow = repository.shallowCommits
            if let text = arguments.text("filter") {
                guard let filter = ObjectFilter(text) else {
                    throw CommandError.fatal("invalid filter-spec '\(text)'")
                }
                options.filter = filter
            }
            var walk = ObjectWalk(repository.objects, options: options)
            try walk.walk(include: include, exclude: exclude) { id, kind, path throws(StorageError) in
                if takes(id) { builder.add(id, kind: kind, nameHash: PackNameHash.of(path)) }
            }
            if arguments.isOn("include-tag") { try addTags(to: &builder) }
            if arguments.isOn("thin") {
                for id in exclude { try addBases(of: id, to: &builder) }
            }
        }

        private func readRevisions(
            _ include: inout [ObjectID], _ exclude: inout [ObjectID], _ context: Context, _ arguments: Arguments
        ) throws {
            let resolver = try context.objectNames()
            var isNegated = false
            var lines = InputLines()
            while let line = try lines.next(), !line.isEmpty {
                let text = String(decoding: line, as: UTF8.self)
                if text == "--not" {
                    isNegated.toggle()
                } else if text.hasPrefix("^") {
                    let id = try resolver.resolve(String(text.dropFirst()))
                    if isNegated { include.append(id) } else { exclude.append(id) }
                } else if text.hasPrefix("--") {
                    throw CommandError.fatal("not a rev '\(text)'")
                } else {
                    let id = try resolver.resolve(text)
                    if isNegated { exclude.append(id) } else { include.append(id) }
                }
            }
            let roots = try repository.reachabilityRoots(
                reflogs: arguments.isOn("reflog"), indexes: arguments.isOn("indexed-objects"))
            if arguments.isOn("all") { include += roots.refs.map(\.id) }
            include += (roots.reflogs.map(\.id) + roots.index.map(\.id)).filter { repository.objects.contains($0) }
        }

        private func addTags(to builder: inout PackBuilder) throws {
            for ref in try repository.refs.list(prefix: "refs/tags/") {
                guard let id = ref.id, try repository.objects.header(id).kind == .tag else { continue }
                let target = try repository.objects.peelTags(id).id
                if builder.contains(target) { builder.add(id, kind: .tag, path: []) }
            }
        }
    }
}
