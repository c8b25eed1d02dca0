internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

struct HashObjectCommand: Command {
    static let name = "hash-object"
    static let summary = "compute an object's id and store it if asked"
    static let usage = [
        "[-t <type>] [-w] [--no-filters] [--stdin] [--literally] [--] <file>...",
        "[-t <type>] [-w] --stdin-paths [--no-filters]",
    ]
    static let options: [OptionSpec] = [
        .shortValue("t", "type", "object type"),
        .shortFlag("w", "write the object into the object database"),
        .flag("stdin", "read the object from stdin"),
        .flag("stdin-paths", "read file names from stdin"),
        .flag("no-filters", "store file as is without filters"),
        .flag("literally", "accept content that is not well-formed"),
        .value("path", "file", "process file as if it were from this path"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let type = arguments.text("t") ?? "blob"
        guard let kind = ObjectKind(name: Array(type.utf8)) else {
            throw CommandError.fatal("invalid object type \"\(type)\"")
        }
        try checkCombination(arguments)
        let hasher = try Hasher(kind, arguments, context)
        if arguments.isOn("stdin-paths") {
            var lines = InputLines()
            while let line = try lines.next() { try hasher.file(line) }
            return .success
        }
        if arguments.isOn("stdin") { try hasher.input() }
        for path in arguments.operands { try hasher.file(path) }
        return .success
    }

    private static func checkCombination(_ arguments: Arguments) throws {
        if arguments.isOn("stdin-paths") {
            if arguments.count("stdin") > 0 { throw CommandError.usage("Can't use --stdin-paths with --stdin") }
            if !arguments.operands.isEmpty { throw CommandError.usage("Can't specify files with --stdin-paths") }
            if arguments.has("path") { throw CommandError.usage("Can't use --stdin-paths with --path") }
        }
        if arguments.count("stdin") > 1 { throw CommandError.usage("Multiple --stdin arguments are not supported") }
        if arguments.has("path"), arguments.isOn("no-filters") {
            throw CommandError.usage("Can't use --path with --no-filters")
        }
    }

    private struct Hasher {
        let kind: ObjectKind
        let context: Context
        let repository: Repository?
        let writes: Bool
        let isLiteral: Bool
        let filters: Bool
        let path: [UInt8]?

        init(_ kind: ObjectKind, _ arguments: Arguments, _ context: Context) throws {
            self.kind = kind
            self.context = context
            writes = arguments.isOn("w")
            repository = writes ? try context.repository() : try context.repositoryIfPresent()
            isLiteral = arguments.isOn("literally")
            filters = kind == .blob && !arguments.isOn("no-filters")
            path = arguments.bytes("path")
        }

        func input() throws {
            let content = try context.readInput()
            if let path { try hash(try converted(content, path)) } else { try hash(content) }
        }

        func file(_ name: [UInt8]) throws {
            let content: [UInt8]
            do {
                content = try Files.read(FilePath(bytes: name))
            } catch {
                let text = String(decoding: name, as: UTF8.self)
                throw CommandError.fatal("could not open '\(text)' for reading: \(error.code)")
            }
            try hash(try converted(content, path ?? name))
        }

        /// What `add` would store of a file at this path.
        private func converted(_ content: [UInt8], _ name: [UInt8]) throws -> [UInt8] {
            guard filters, let repository, repository.workTree != nil else { return content }
            // A path outside of the work tree has no attributes.
            guard let path = try? context.path(name) else { return content }
            return try context.worktree().contentForBlob(content, path: path)
        }

        private func hash(_ content: [UInt8]) throws {
            let algorithm = repository?.algorithm ?? .sha1
            let id = ObjectID.hash(kind, content, algorithm)
            if !isLiteral { try check(id, content) }
            if writes, let repository { _ = try repository.objects.write(kind, content) }
            context.output.line(id.hex)
        }

        private func check(_ id: ObjectID, _ content: [UInt8]) throws {
            do {
                switch kind {
                case .blob: break
                case .tree: _ = try Tree(parsing: content, algorithm: id.algorithm)
                case .commit: _ = try Commit(parsing: content, algorithm: id.algorithm)
                case .tag: _ = try Tag(parsing: content, algorithm: id.algorithm)
                }
            } catch {
                throw CommandError.fatal("corrupt \(kind.name)")
            }
        }
    }
}
