internal import GitRefs
internal import GitRepository

/// `check-ref-format`: whether a name may be a ref's.
enum CheckRefFormatCommand: Command {
    static let name = "check-ref-format"
    static let summary = "check that a name may be a ref's"
    static let usage = ["[--normalize] [<options>] <refname>", "--branch <branchname-shorthand>"]
    static let options: [OptionSpec] = [
        .flag("allow-onelevel", "one component is enough"),
        .flag("refspec-pattern", negatable: false, "one asterisk is allowed"),
        .flag("normalize", negatable: false, aliases: ["print"], "print the name without needless slashes"),
        .flag("branch", negatable: false, "check and print a branch's name"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("one name is needed") }
        var name = arguments.operands[0]
        if arguments.has("branch") {
            let text = String(decoding: name, as: UTF8.self)
            let expanded =
                try context.repositoryIfPresent() != nil ? context.revisionResolver().expandBranch(text) ?? text : text
            guard (try? RefName.branch(expanded)) != nil else {
                throw CommandError.fatal("'\(text)' is not a valid branch name")
            }
            context.output.line(expanded)
            return .success
        }
        if arguments.has("normalize") {
            let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)
            let endsInSlash = name.last == UInt8(ascii: "/")
            name = Array(parts.joined(separator: [UInt8(ascii: "/")])) + (endsInSlash ? [UInt8(ascii: "/")] : [])
        }
        var rules: RefName.Rules = []
        if arguments.isOn("allow-onelevel") { rules.insert(.oneLevel) }
        if arguments.has("refspec-pattern") { rules.insert(.pattern) }
        guard RefName.isValid(name, options: rules) else { return .failure }
        if arguments.has("normalize") { context.output.line(name) }
        return .success
    }
}
