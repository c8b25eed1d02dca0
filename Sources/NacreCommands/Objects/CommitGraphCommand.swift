internal import GitObjects
internal import GitRepository
internal import GitStorage

struct CommitGraphCommand: Command {
    static let name = "commit-graph"
    static let summary = "write and verify the commit-graph file"
    static let usage = [
        "verify [--shallow] [--[no-]progress]", "write [--append] [--reachable | --stdin-commits] [--[no-]progress]",
    ]
    static let options: [OptionSpec] = [
        .flag("reachable", negatable: false, "start walk at all refs"),
        .flag("stdin-commits", negatable: false, "start walk at commits listed by stdin"),
        .flag("append", "include all commits already in the commit-graph file"),
        .flag("shallow", negatable: false, "accepted: every layer is verified"),
        .flag("progress", "accepted: nothing is shown"),
        .value("object-dir", "dir", hidden: true, "the objects directory to work on"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("need a subcommand") }
        if arguments.has("object-dir") { throw CommandError.fatal("--object-dir is not supported") }
        switch arguments.texts[0] {
        case "write": return try write(arguments, context)
        case "verify": return try verify(context)
        default: throw CommandError.usage("unknown subcommand: `\(arguments.texts[0])'")
        }
    }

    private static func write(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        if arguments.isOn("reachable"), arguments.isOn("stdin-commits") {
            throw CommandError.fatal("use at most one of --reachable, --stdin-commits, or --stdin-packs")
        }
        // A shallow history has no generation numbers: Git writes no graph then either.
        guard repository.shallowCommits.isEmpty else { return .success }
        var writer = CommitGraphWriter(repository.objects)
        if arguments.isOn("append"), let graph = repository.objects.commitGraph {
            try writer.add((0..<graph.count).compactMap { graph.id(at: $0) })
        }
        if arguments.isOn("stdin-commits") {
            var lines = InputLines()
            while let line = try lines.next() {
                guard let id = ObjectID(hex: line, algorithm: repository.algorithm) else {
                    throw CommandError.error("unexpected non-hex object ID: \(String(decoding: line, as: UTF8.self))")
                }
                guard try repository.objects.peelTags(id).kind == .commit else {
                    throw CommandError.error("invalid object: \(id)")
                }
                try writer.add([id])
            }
        } else if arguments.isOn("reachable") {
            try writer.add(repository.reachabilityRoots(reflogs: false, indexes: false).refs.map(\.id))
        } else {
            try addPacked(repository.objects, to: &writer)
        }
        try writer.write()
        return .success
    }

    /// Without options: all commits in packs.
    private static func addPacked(_ database: ObjectDatabase, to writer: inout CommitGraphWriter) throws {
        for pack in try database.packs() {
            for position in 0..<pack.index.count {
                let id = pack.index.id(at: position)
                if try database.header(id).kind == .commit { try writer.add([id]) }
            }
        }
    }

    private static func verify(_ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let database = repository.objects
        guard let graph = try CommitGraph.open(objectsDirectory: database.directory, algorithm: repository.algorithm)
        else {
            return .success
        }
        do {
            try graph.verify()
        } catch {
            context.errors.write("error: commit-graph: \(error)\n")
            return .failure
        }
        var code = ExitCode.success
        func fail(_ message: String) {
            context.errors.write("error: \(message)\n")
            code = .failure
        }
        for position in 0..<graph.count {
            guard let id = graph.id(at: position), let links = graph.links(at: position) else {
                fail("commit-graph has a broken entry at position \(position)")
                continue
            }
            guard let commit = try? database.commit(id) else {
                fail("failed to parse commit \(id) from object database for commit-graph")
                continue
            }
            if commit.tree != links.tree {
                fail("root tree OID for commit \(id) in commit-graph is \(links.tree) != \(commit.tree)")
            }
            if commit.parents != links.parents { fail("commit-graph parent for \(id) differs from the commit") }
            if commit.committer.time != links.time {
                fail("commit date for commit \(id) in commit-graph is \(links.time) != \(commit.committer.time)")
            }
            _ = graph.forEachParent(at: position) { parent in
                guard let own = graph.generation(at: position), let before = graph.generation(at: parent) else {
                    return
                }
                if before >= own { fail("commit-graph generation for commit \(id) is \(own) < \(before + 1)") }
            }
        }
        return code
    }
}
