internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `name-rev`: commits named by the refs that can reach them.
enum NameRevCommand: Command {
    static let name = "name-rev"
    static let summary = "find symbolic names for given revs"
    static let usage = [
        "[<options>] <commit>...", "[<options>] --all", "[<options>] --annotate-stdin",
    ]
    static let options: [OptionSpec] = [
        .flag("name-only", "print only ref-based names (no object names)"),
        .flag("tags", "only use tags to name the commits"),
        .value("refs", "pattern", "only use refs matching <pattern>"),
        .value("exclude", "pattern", "ignore refs matching <pattern>"),
        .flag("all", "list all commits reachable from all refs"),
        .flag("stdin", "deprecated: use --annotate-stdin instead"),
        .flag("annotate-stdin", "annotate text from stdin"),
        .flag("undefined", "allow to print `undefined` names (default)"),
        .flag("always", "show abbreviated commit object as fallback"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var annotates = arguments.isOn("annotate-stdin")
        if arguments.isOn("stdin") {
            context.errors.write(
                "warning: --stdin is deprecated. Please use --annotate-stdin instead, which is functionally equivalent.\n"
                    + "This option will be removed in a future release.\n")
            annotates = true
        }
        let listsAll = arguments.isOn("all")
        if [listsAll, annotates, !arguments.operands.isEmpty].count(where: { $0 }) > 1 {
            throw CommandError.usage("Specify either a list, or --all, not both!")
        }
        let naming = try CommitNaming(arguments, context)
        if annotates {
            try naming.annotate()
        } else if listsAll {
            try naming.showAll()
        } else {
            try naming.show(arguments.texts)
        }
        return .success
    }
}

/// Prints the names of what `name-rev` and `describe --contains` are asked for.
struct CommitNaming {
    private let context: Context
    private let repository: Repository
    private let isNameOnly: Bool
    private let isAlways: Bool
    private let allowsUndefined: Bool
    private let peelsTags: Bool
    private let options: CommitNames.Options

    init(_ arguments: Arguments, _ context: Context) throws {
        var options = CommitNames.Options()
        options.usesTagsOnly = arguments.isOn("tags")
        options.shortens = options.usesTagsOnly && arguments.isOn("name-only")
        options.matches = arguments.allTexts("refs")
        options.excludes = arguments.allTexts("exclude")
        try self.init(
            context, options, isNameOnly: arguments.isOn("name-only"), isAlways: arguments.isOn("always"),
            allowsUndefined: arguments.flag("undefined") ?? true)
    }

    init(
        _ context: Context, _ options: CommitNames.Options, isNameOnly: Bool, isAlways: Bool, allowsUndefined: Bool,
        peelsTags: Bool = false
    ) throws {
        self.context = context
        repository = try context.repository()
        self.options = options
        self.isNameOnly = isNameOnly
        self.isAlways = isAlways
        self.allowsUndefined = allowsUndefined
        self.peelsTags = peelsTags
    }

    /// Names revisions; those that name nothing are passed over with a remark.
    func show(_ texts: [String]) throws {
        let resolver = try context.revisionResolver()
        var found: [(text: String, id: ObjectID, kind: ObjectKind)] = []
        var cutoff = Int64.max
        for text in texts {
            guard let start = try resolver.find(text)?.id else {
                context.errors.line("Could not get sha1 for \(text). Skipping.")
                continue
            }
            guard let kind = try repository.objects.headerIfPresent(start)?.kind else {
                context.errors.line("Could not get object for \(text). Skipping.")
                continue
            }
            let commit = try resolver.peel(start, to: .commit)
            if let commit { cutoff = min(cutoff, try repository.objects.links(commit).time) }
            if peelsTags {
                guard let commit else {
                    context.errors.line("Could not get commit for \(text). Skipping.")
                    continue
                }
                found.append((text, commit, .commit))
            } else {
                found.append((text, start, kind))
            }
        }
        // Clocks differ by a day at most.
        let oldest = cutoff == .max ? cutoff : cutoff - 86400
        let names = try CommitNames(repository, options, cutoff: oldest)
        for item in found { try show(item.id, item.kind, called: item.text, names) }
    }

    /// Names all commits that refs reach.
    func showAll() throws {
        let names = try CommitNames(repository, options, cutoff: .min)
        let request = try RevisionRequest(context)
        for ref in try repository.refs.list() {
            if let id = ref.id { try request.add(ref.name.string, id, isNamed: false) }
        }
        var walk = try request.makeWalk()
        while let entry = try walk.next() { try show(entry.id, .commit, called: nil, names) }
    }

    private func show(_ id: ObjectID, _ kind: ObjectKind, called caller: String?, _ names: CommitNames) throws {
        var line = isNameOnly ? "" : (caller ?? id.hex) + " "
        if let name = names.name(id, kind) {
            line += name
        } else if allowsUndefined {
            line += "undefined"
        } else if isAlways {
            line += repository.objects.abbreviate(id)
        } else {
            context.output.write(line)
            context.output.flush()
            throw CommandError.fatal("cannot describe '\(id)'")
        }
        context.output.line(line)
    }

    /// Copies standard input, with a name behind (or, with `--name-only`, in place of) each full id.
    func annotate() throws {
        let names = try CommitNames(repository, options, cutoff: .min)
        let text = try Files.readAll(0, path: "standard input")
        let length = repository.algorithm.hexCount
        var result: [UInt8] = []
        var start = 0
        var count = 0
        for (index, byte) in text.enumerated() {
            guard Self.isHex(byte) else {
                count = 0
                continue
            }
            count += 1
            guard count == length, index + 1 == text.count || !Self.isHex(text[index + 1]) else { continue }
            count = 0
            let first = index + 1 - length
            guard let id = ObjectID(hex: text[first...index], algorithm: repository.algorithm),
                let kind = try repository.objects.headerIfPresent(id)?.kind, let name = names.name(id, kind)
            else { continue }
            result +=
                isNameOnly ? text[start..<first] + Array(name.utf8) : text[start...index] + Array(" (\(name))".utf8)
            start = index + 1
        }
        context.output.write(result + text[start...])
    }

    private static func isHex(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}
