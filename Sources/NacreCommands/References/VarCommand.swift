internal import GitConfig
internal import GitObjects

/// `var`: what Git's variables stand for here.
enum VarCommand: Command {
    static let name = "var"
    static let summary = "show a logical variable"
    static let usage = ["(-l | <variable>)"]
    static let options: [OptionSpec] = [.shortFlag("l", "list all variables and settings")]

    private static let names = [
        "GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_PAGER",
        "GIT_DEFAULT_BRANCH",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.has("l") {
            guard arguments.operands.isEmpty else { throw CommandError.usage("-l takes no variable") }
            for entry in try context.configuration().entries {
                var line = entry.key.bytes
                if let value = entry.value { line += [UInt8(ascii: "=")] + value }
                context.output.line(line)
            }
            for name in names {
                guard let value = try? value(name, context) else { continue }
                context.output.line("\(name)=\(value)")
            }
            return .success
        }
        guard arguments.operands.count == 1, names.contains(arguments.texts[0]) else {
            throw CommandError.usage("one of \(names.joined(separator: ", ")) is needed")
        }
        guard let value = try value(arguments.texts[0], context) else { return .failure }
        context.output.line(value)
        return .success
    }

    private static func value(_ name: String, _ context: Context) throws -> String? {
        let config = try context.configuration()
        let environment = context.environment
        switch name {
        case "GIT_AUTHOR_IDENT": return String(decoding: try context.author().encoded, as: UTF8.self)
        case "GIT_COMMITTER_IDENT": return String(decoding: try context.committer().encoded, as: UTF8.self)
        case "GIT_DEFAULT_BRANCH": return config.string("init.defaultbranch") ?? "master"
        case "GIT_PAGER":
            return environment["GIT_PAGER"] ?? config.string("core.pager") ?? environment["PAGER"] ?? "pager"
        default:
            let isDumb = environment["TERM"] == nil || environment["TERM"] == "dumb"
            let sequence =
                name == "GIT_SEQUENCE_EDITOR"
                ? environment["GIT_SEQUENCE_EDITOR"] ?? config.string("sequence.editor") : nil
            return sequence ?? environment["GIT_EDITOR"] ?? config.string("core.editor")
                ?? (isDumb ? nil : environment["VISUAL"]) ?? environment["EDITOR"] ?? (isDumb ? nil : "editor")
        }
    }
}
