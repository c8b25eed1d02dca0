internal import GitRefs
internal import GitRepository

/// `symbolic-ref`: reads and changes refs that name others.
enum SymbolicRefCommand: Command {
    static let name = "symbolic-ref"
    static let summary = "read, modify and delete symbolic refs"
    static let usage = ["[<options>] <name> [<ref>]", "-d [-q] <name>"]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "suppress error message for non-symbolic (detached) refs"),
        .flag("delete", "d", "delete symbolic ref"),
        .flag("short", "shorten ref output"),
        .flag("recurse", "recursively dereference (default)"),
        .shortValue("m", "reason", "reason of the update"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let words = arguments.texts
        if arguments.text("m")?.isEmpty == true {
            throw CommandError.fatal("Refusing to perform update with empty message")
        }
        if arguments.isOn("delete") {
            guard words.count == 1 else { throw CommandError.usage("one name is needed") }
            let name = try valid(words[0])
            guard case .symbolic? = try repository.refs.read(name) else {
                throw CommandError.fatal("Cannot delete \(words[0]), not a symbolic ref")
            }
            if name == .head { throw CommandError.fatal("deleting '\(words[0])' is not allowed") }
            var transaction = repository.refs.beginTransaction()
            transaction.delete(name, followingSymbolic: false)
            try transaction.commit(committer: context.reflogIdentity())
            return .success
        }
        switch words.count {
        case 1:
            let name = try valid(words[0])
            guard case .symbolic(var target)? = try repository.refs.read(name) else {
                if arguments.isOn("quiet") { return .failure }
                throw CommandError.fatal("ref \(words[0]) is not a symbolic ref")
            }
            if arguments.flag("recurse") ?? true { target = try repository.refs.resolveFully(name).name }
            context.output.line(
                arguments.isOn("short") ? RefShortening(repository).shorten(target, isStrict: false) : target.string)
        case 2:
            let name = try valid(words[0])
            if name == .head, !words[1].hasPrefix("refs/") {
                throw CommandError.fatal("Refusing to point HEAD outside of refs/")
            }
            guard let target = try? RefName(words[1]) else {
                throw CommandError.fatal("Refusing to set '\(words[0])' to invalid ref '\(words[1])'")
            }
            var transaction = repository.refs.beginTransaction()
            transaction.setSymbolic(name, to: target, message: arguments.text("m") ?? "")
            try transaction.commit(committer: context.reflogIdentity())
        default: throw CommandError.usage("a name and perhaps a ref are needed")
        }
        return .success
    }

    private static func valid(_ text: String) throws -> RefName {
        guard let name = try? RefName(text) else { throw CommandError.fatal("No such ref: \(text)") }
        return name
    }
}
