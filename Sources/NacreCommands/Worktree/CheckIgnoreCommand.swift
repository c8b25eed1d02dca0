internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

struct CheckIgnoreCommand: Command {
    static let name = "check-ignore"
    static let summary = "debug gitignore / exclude files"
    static let usage = ["[<options>] <pathname>...", "[<options>] --stdin"]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "suppress progress reporting"),
        .flag("verbose", "v", "be verbose"),
        .flag("stdin", "read file names from stdin"),
        .shortFlag("z", "terminate input and output records by a NUL character"),
        .flag("non-matching", "n", "show non-matching input paths"),
        .flag("no-index", negatable: false, "ignore index when checking"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let worktree = try context.worktree()
        let usesInput = arguments.isOn("stdin")
        if usesInput, !arguments.operands.isEmpty { throw CommandError.fatal("cannot specify pathnames with --stdin") }
        if !usesInput, arguments.operands.isEmpty { throw CommandError.fatal("no path specified") }
        if arguments.isOn("z"), !usesInput { throw CommandError.fatal("-z only makes sense with --stdin") }
        if arguments.isOn("quiet") {
            guard arguments.operands.count == 1 else {
                throw CommandError.fatal("--quiet is only valid with a single pathname")
            }
            if arguments.isOn("verbose") { throw CommandError.fatal("cannot have both --quiet and --verbose") }
        }
        if arguments.isOn("non-matching"), !arguments.isOn("verbose") {
            throw CommandError.fatal("--non-matching is only valid with --verbose")
        }
        let index =
            arguments.isOn("no-index") ? Index(algorithm: try context.repository().algorithm) : try context.index()
        var paths = arguments.operands
        if usesInput {
            let isNul = arguments.isOn("z")
            paths = try Files.readAll(0, path: "standard input").split(separator: isNul ? 0 : 10).map { line in
                let line = Array(line)
                return !isNul ? GitPath.unquote(line) ?? line : line
            }
        }
        var count = 0
        for operand in paths {
            let path = try context.path(operand)
            if try worktree.linkAbove(path) != nil {
                throw CommandError.fatal(
                    "pathspec '\(String(decoding: operand, as: UTF8.self))' is beyond a symbolic link")
            }
            var rule: IgnoreRule?
            if !path.isRoot, !index.contains(path), !index.containsDirectory(path) {
                let isDirectory = try operand.last == UInt8(ascii: "/") || worktree.status(path)?.kind == .directory
                rule = worktree.ignores.rule(for: path, isDirectory: isDirectory)
            }
            if !arguments.isOn("verbose"), rule?.isNegative == true { rule = nil }
            if rule != nil { count += 1 }
            if !arguments.isOn("quiet"), rule != nil || arguments.isOn("non-matching") {
                print(operand, rule, arguments, context)
            }
        }
        return count > 0 ? .success : .failure
    }

    private static func print(_ operand: [UInt8], _ rule: IgnoreRule?, _ arguments: Arguments, _ context: Context) {
        let isNul = arguments.isOn("z")
        guard arguments.isOn("verbose") else {
            context.output.write(isNul ? operand + [0] : context.quoted(operand) + [10])
            return
        }
        let source = rule?.source ?? []
        let line = rule.map { "\($0.line)" } ?? ""
        let text = rule?.text ?? []
        if isNul {
            context.output.write(source + [0] + Array(line.utf8) + [0] + text + [0] + operand + [0])
        } else {
            context.output.write(
                context.quoted(source) + Array(":\(line):".utf8) + text + [9] + context.quoted(operand) + [10])
        }
    }
}
