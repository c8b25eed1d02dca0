internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `show-ref`: refs with the objects that they hold.
enum ShowRefCommand: Command {
    static let name = "show-ref"
    static let summary = "list refs with their objects"
    static let usage = [
        "[-q | --quiet] [--verify] [--head] [-d | --dereference] [-s | --hash[=<n>]] [--abbrev[=<n>]] [--tags] [--heads] [--] [<pattern>...]",
        "--exclude-existing[=<pattern>]",
    ]
    static let options: [OptionSpec] = [
        .flag("tags", "only show tags (can be combined with heads)"),
        .flag("heads", "only show heads (can be combined with tags)"),
        .flag("verify", "stricter reference checking, requires exact ref path"),
        .flag("head", "show the HEAD reference, even if it would be filtered out"),
        .flag("dereference", "d", "dereference tags into object IDs"),
        .optional("hash", "s", "n", "only show SHA1 hash using <n> digits"),
        .optional("abbrev", "n", "use <n> digits to display object names"),
        .optional(
            "exclude-existing", "pattern", negatable: false, "show refs from stdin that aren't in local repository"),
        .flag("quiet", "q", "do not print results to stdout (useful with --verify)"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        if arguments.has("exclude-existing") { return try excludeExisting(arguments, context) }
        if arguments.isOn("verify") {
            guard !arguments.operands.isEmpty else { throw CommandError.fatal("--verify requires a reference") }
            for text in arguments.texts {
                guard text.hasPrefix("refs/") || text == "HEAD", let name = try? RefName(text),
                    let id = try repository.refs.resolve(name)
                else {
                    if arguments.isOn("quiet") { return .failure }
                    throw CommandError.fatal("'\(text)' - not a valid ref")
                }
                try show(name, id, arguments, context)
            }
            return .success
        }
        var isFound = false
        func take(_ name: RefName, _ id: ObjectID) throws {
            isFound = true
            try show(name, id, arguments, context)
        }
        if arguments.isOn("head"), let id = try repository.refs.resolve(.head) { try take(.head, id) }
        for ref in try repository.refs.list() {
            guard let id = ref.id else { continue }
            if arguments.isOn("tags") || arguments.isOn("heads") {
                guard (arguments.isOn("tags") && ref.name.isTag) || (arguments.isOn("heads") && ref.name.isBranch)
                else { continue }
            }
            guard arguments.operands.isEmpty || arguments.operands.contains(where: { matches($0, ref.name.bytes) })
            else { continue }
            try take(ref.name, id)
        }
        return isFound ? .success : .failure
    }

    /// Prints the lines of standard input whose last word is a ref's name that there is no ref of.
    private static func excludeExisting(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let existing = Set(try context.repository().refs.list().map(\.name.bytes))
        let wanted = arguments.bytes("exclude-existing") ?? []
        for line in try Files.readAll(0, path: "standard input").split(separator: 10, omittingEmptySubsequences: false)
        {
            var line = Array(line)
            if line.count >= 3, line.suffix(3).elementsEqual("^{}".utf8) { line.removeLast(3) }
            let start = line.lastIndex { $0 == 0x20 || (9...13).contains($0) }.map { $0 + 1 } ?? 0
            let name = Array(line[start...])
            guard !line.isEmpty, name.starts(with: wanted) else { continue }
            if !RefName.isValid(name) {
                context.errors.line("warning: ref '\(String(decoding: name, as: UTF8.self))' ignored")
            } else if !existing.contains(name) {
                context.output.line(line)
            }
        }
        return .success
    }

    /// Whether the pattern is the end of the name, at a component's beginning.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        guard name.count >= pattern.count, name.suffix(pattern.count).elementsEqual(pattern) else { return false }
        return name.count == pattern.count || name[name.count - pattern.count - 1] == UInt8(ascii: "/")
    }

    private static func show(_ name: RefName, _ id: ObjectID, _ arguments: Arguments, _ context: Context) throws {
        let repository = try context.repository()
        guard repository.objects.contains(id) else {
            throw CommandError.fatal("git show-ref: bad ref \(name) (\(id))")
        }
        if arguments.isOn("quiet") { return }
        let hash = arguments.last("hash")
        let digits = try arguments.integer("hash") ?? arguments.integer("abbrev")
        let isShort = arguments.last("abbrev") != nil || digits != nil
        func text(_ id: ObjectID) -> String {
            isShort ? repository.objects.abbreviate(id, minimum: digits.map { max($0, 4) }) : id.hex
        }
        context.output.line(hash != nil ? text(id) : "\(text(id)) \(name)")
        guard arguments.isOn("dereference") else { return }
        let peeled = try repository.objects.peelTags(id).id
        if peeled != id { context.output.line(hash != nil ? "\(text(peeled))" : "\(text(peeled)) \(name)^{}") }
    }
}
