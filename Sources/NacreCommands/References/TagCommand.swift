internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `tag`: lists, makes, deletes and checks tags.
enum TagCommand: Command {
    static let name = "tag"
    static let summary = "create, list, delete or verify a tag"
    static let usage = [
        "[-a | -s | -u <key-id>] [-f] [-m <msg> | -F <file>] [-e] <tagname> [<commit> | <object>]", "-d <tagname>...",
        "[-n[<num>]] -l [--contains <commit>] [--no-contains <commit>] [--points-at <object>] [--format=<format>] [--merged <commit>] [--no-merged <commit>] [<pattern>...]",
        "-v [--format=<format>] <tagname>...",
    ]
    static let options: [OptionSpec] =
        [
            .flag("list", "l", "list tag names"), .shortOptional("n", "n", "print <n> lines of each tag message"),
            .flag("delete", "d", "delete tags"), .flag("verify", "v", "verify tags"),
            .flag("annotate", "a", "annotated tag, needs a message"), .value("message", "m", "message", "tag message"),
            .value("file", "F", "file", "read message from file"), .flag("edit", "e", "force edit of tag message"),
            .flag("sign", "s", "annotated and GPG-signed tag"),
            .value("cleanup", "mode", "how to strip spaces and #comments from message"),
            .value("local-user", "u", "key-id", "use another key to sign the tag"),
            .flag("force", "f", "replace the tag if exists"),
            .optional("column", "style", "show tag list in columns"),
            .flag("create-reflog", "create a reflog"), .optional("color", "when", "respect format colors"),
        ] + RefListing.options

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.isOn("delete") { return try TagSession(arguments, context).delete() }
        if arguments.isOn("verify") { return try TagSession(arguments, context).verify() }
        let filters = ["list", "n", "contains", "no-contains", "merged", "no-merged", "points-at"]
        if arguments.operands.isEmpty || filters.contains(where: { arguments.has($0) }) {
            return try list(arguments, context)
        }
        return try TagSession(arguments, context).create()
    }

    private static func list(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let list = try RefListContext(repository, context)
        let color = arguments.occurrences.last { $0.name == "color" }
        list.usesColor = try context.usesColor(
            color.map { $0.isNegated ? "never" : $0.text ?? "always" }, key: "color.ui")
        let configured = repository.config.strings("tag.sort")
        let listing = try RefListing(
            arguments, list, context.revisionResolver(), defaultSort: configured.isEmpty ? ["refname"] : configured)
        var text = arguments.bytes("format")
        if text == nil {
            let lines = arguments.last("n").map { $0.text.flatMap { Int($0) } ?? 1 }
            text = Array(
                (lines.map { "%(align:15)%(refname:lstrip=2)%(end) %(contents:lines=\($0))" } ?? "%(refname:lstrip=2)")
                    .utf8)
        }
        let format = try RefFormat(text ?? [])
        let ignoresCase = arguments.isOn("ignore-case")
        let refs = try repository.refs.list(prefix: "refs/tags/").filter { ref in
            let short = Array(ref.name.bytes.dropFirst("refs/tags/".utf8.count))
            return arguments.operands.isEmpty
                || arguments.operands.contains {
                    Wildmatch.matches($0, short, options: ignoresCase ? .ignoringCase : [])
                }
        }
        let columns = try ColumnLayout(arguments, context, verb: "tag")
        if columns.isExplicit, arguments.has("n") {
            throw CommandError.fatal("options '--column' and '-n' cannot be used together")
        }
        let lines = try listing.list(refs).map { try format.expand($0, quote: nil) }
        if columns.isActive, !arguments.has("n") {
            context.output.write(columns.text(lines, padding: 2))
        } else {
            for line in lines { context.output.line(line) }
        }
        return .success
    }
}

/// What `tag` does to tags.
struct TagSession {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
    }

    func delete() throws -> ExitCode {
        var code = ExitCode.success
        for text in arguments.texts {
            guard let name = try? RefName("refs/tags/" + text), let id = try repository.refs.resolve(name) else {
                context.errors.line("error: tag '\(text)' not found.")
                code = .failure
                continue
            }
            var transaction = repository.refs.beginTransaction()
            transaction.delete(name, expecting: .exactly(id), followingSymbolic: false)
            try transaction.commit(committer: context.reflogIdentity())
            context.output.line("Deleted tag '\(text)' (was \(repository.objects.abbreviate(id)))")
        }
        return code
    }

    func verify() throws -> ExitCode {
        var code = ExitCode.success
        for text in arguments.texts {
            guard let name = try? RefName("refs/tags/" + text), let id = try repository.refs.resolve(name) else {
                context.errors.line("error: tag '\(text)' not found.")
                code = .failure
                continue
            }
            if try !VerifyTagCommand.verify(id, text, isVerbose: true, isRaw: false, context) { code = .failure }
        }
        return code
    }

    // MARK: Making

    func create() throws -> ExitCode {
        guard arguments.operands.count <= 2 else { throw CommandError.fatal("too many arguments") }
        let text = arguments.texts[0]
        let target = arguments.operands.count > 1 ? arguments.texts[1] : "HEAD"
        guard let object = try context.revisionResolver().find(target)?.id else {
            throw CommandError.fatal("Failed to resolve '\(target)' as a valid ref.")
        }
        guard let name = try? RefName.tag(text) else { throw CommandError.fatal("'\(text)' is not a valid tag name.") }
        let old = try repository.refs.resolve(name)
        if old != nil, !arguments.isOn("force") { throw CommandError.fatal("tag '\(text)' already exists") }
        let isSigned =
            try arguments.flag("sign")
            ?? (arguments.last("local-user") != nil || (repository.config.bool("tag.gpgsign") ?? false))
        let hasMessage = arguments.last("message") != nil || arguments.last("file") != nil
        let isAnnotated = arguments.isOn("annotate") || isSigned || hasMessage
        let id = isAnnotated ? try annotate(text, object, hasMessage: hasMessage, isSigned: isSigned) : object
        var transaction = repository.refs.beginTransaction()
        transaction.update(
            name, to: id, expecting: old.map { .exactly($0) } ?? .absent, message: try logMessage(object),
            creatingReflog: arguments.isOn("create-reflog"))
        try transaction.commit(committer: context.reflogIdentity())
        if let old, old != id {
            context.output.line("Updated tag '\(text)' (was \(repository.objects.abbreviate(old)))")
        }
        return .success
    }

    private func logMessage(_ object: ObjectID) throws -> String {
        if let action = context.environment.nonEmpty("GIT_REFLOG_ACTION") { return action }
        let kind = try repository.objects.header(object).kind
        let short = repository.objects.abbreviate(object)
        guard kind == .commit else {
            let what = kind == .tag ? "other tag object" : kind == .tree ? "tree object" : "blob object"
            return "tag: tagging \(short) (\(what))"
        }
        let commit = try CommitText(object, repository.objects)
        let date = DateStyle.short.format(
            time: commit.committer.time, zoneMinutes: commit.committer.zoneMinutes, now: context.now)
        return "tag: tagging \(short) (\(String(decoding: commit.subject, as: UTF8.self)), \(date))"
    }

    private func annotate(_ name: String, _ object: ObjectID, hasMessage: Bool, isSigned: Bool) throws -> ObjectID {
        let kind = try repository.objects.header(object).kind
        if kind == .tag {
            context.errors.write(
                "hint: You have created a nested tag. The object referred to by your new tag is\nhint: already a tag. If you meant to tag the object that it points to, use:\nhint: \nhint: \tgit tag -f \(name) \(arguments.operands.count > 1 ? arguments.texts[1] : "HEAD")^{}\nhint: Disable this message with \"git config advice.nestedTag false\"\n"
            )
        }
        var message = try message(name, hasMessage: hasMessage)
        let mode = arguments.text("cleanup") ?? "strip"
        guard ["verbatim", "whitespace", "strip"].contains(mode) else {
            throw CommandError.fatal("Invalid cleanup mode \(mode)")
        }
        if mode != "verbatim" { message = Self.clean(message, dropsComments: mode == "strip") }
        if !hasMessage && message.isEmpty { throw CommandError.fatal("no tag message?") }
        let tagger = try context.committer()
        var content = Tag(target: object, kind: kind, name: Array(name.utf8), tagger: tagger, message: message).encoded
        if isSigned {
            content += try Signing(context, repository).sign(
                content, key: arguments.text("local-user"), committer: tagger)
        }
        return try repository.objects.write(.tag, content)
    }

    private func message(_ name: String, hasMessage: Bool) throws -> [UInt8] {
        var message: [UInt8] = []
        if let path = arguments.bytes("file") {
            message =
                path == [UInt8(ascii: "-")]
                ? try Files.readAll(0, path: "standard input") : try Files.read(FilePath(bytes: path))
        }
        for text in arguments.allBytes("message") {
            if !message.isEmpty { message.append(10) }
            message += text
            if message.last != 10 { message.append(10) }
        }
        guard !hasMessage || arguments.isOn("edit") else { return message }
        let file = repository.gitDirectory.appending("TAG_EDITMSG")
        let help = "\n#\n# Write a message for tag:\n#   \(name)\n# Lines starting with '#' will be ignored.\n"
        try TemporaryFile.replace(file, with: message + Array(help.utf8))
        try context.edit(file)
        let edited = try Files.read(file)
        try Files.remove(file)
        return edited
    }

    /// What Git keeps of a message: no white space at lines' ends, single empty lines, a newline at the end.
    static func clean(_ text: [UInt8], dropsComments: Bool) -> [UInt8] {
        var result: [UInt8] = []
        var hasEmpty = false
        for line in text.split(separator: 10, omittingEmptySubsequences: false) {
            if dropsComments, line.first == UInt8(ascii: "#") { continue }
            var line = line
            while let last = line.last, CommitText.isSpace(last) { line.removeLast() }
            if line.isEmpty {
                hasEmpty = !result.isEmpty
                continue
            }
            if hasEmpty { result.append(10) }
            hasEmpty = false
            result += line
            result.append(10)
        }
        return result
    }
}
