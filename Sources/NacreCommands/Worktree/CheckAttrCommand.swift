internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

struct CheckAttrCommand: Command {
    static let name = "check-attr"
    static let summary = "display gitattributes information"
    static let usage = ["[-a | --all | <attr>...] [--] <pathname>...", "--stdin [-z] [-a | --all | <attr>...]"]
    static let options: [OptionSpec] = [
        .flag("all", "a", "report all attributes set on file"),
        .flag("cached", "use .gitattributes only from the index"),
        .flag("stdin", "read file names from stdin"),
        .shortFlag("z", "terminate input and output records by a NUL character"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var names: [String] = []
        var files: [[UInt8]] = []
        let usesInput = arguments.isOn("stdin")
        if arguments.isOn("all") {
            if arguments.separator ?? 0 > 0 { throw CommandError.usage("Attributes and --all both specified") }
            files = arguments.operands
        } else if arguments.separator == 0 {
            throw CommandError.usage("No attribute specified")
        } else if let separator = arguments.separator {
            names = Array(arguments.texts[..<separator])
            files = Array(arguments.afterSeparator)
        } else if usesInput {
            names = arguments.texts
        } else {
            guard let first = arguments.texts.first else { throw CommandError.usage("No attribute specified") }
            names = [first]
            files = Array(arguments.operands.dropFirst())
        }
        if usesInput, !files.isEmpty { throw CommandError.usage("Can't specify files with --stdin") }
        if !usesInput, files.isEmpty { throw CommandError.usage("No file specified") }
        let rules: AttributeRules
        if arguments.isOn("cached") || repository.workTree == nil {
            rules = try repository.indexAttributes(try context.index())
        } else {
            rules = try context.worktree().attributes
        }
        if usesInput {
            let isNul = arguments.isOn("z")
            files = try Files.readAll(0, path: "standard input").split(separator: isNul ? 0 : 10).map { line in
                let line = Array(line)
                return !isNul ? GitPath.unquote(line) ?? line : line
            }
        }
        for file in files { try print(file, names, rules, arguments, context) }
        return .success
    }

    private static func print(
        _ file: [UInt8], _ names: [String], _ rules: AttributeRules, _ arguments: Arguments, _ context: Context
    ) throws {
        let path = try context.repository().workTree == nil ? GitPath(file) : try context.path(file)
        let values = rules.attributes(of: path, isDirectory: file.last == UInt8(ascii: "/"))
        let shown = arguments.isOn("all") ? rules.knownNames.filter { values[$0] != nil } : names
        for name in shown {
            let value: [UInt8] =
                switch values[name] {
                case .set?: Array("set".utf8)
                case .unset?: Array("unset".utf8)
                case .value(let bytes)?: bytes
                case nil: Array("unspecified".utf8)
                }
            if arguments.isOn("z") {
                context.output.write(file + [0] + Array(name.utf8) + [0] + value + [0])
            } else {
                context.output.write(context.quoted(file) + Array(": \(name): ".utf8) + value + [10])
            }
        }
    }
}
