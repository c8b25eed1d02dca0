internal import Bytes
internal import SystemPackage

struct HelpCommand: Command {
    static let name = "help"
    static let summary = "show what the commands do"
    static let usage = ["[-a] [<command>]", "--man <directory>"]
    static let options: [OptionSpec] = [
        .flag("all", "a", "list all commands"),
        .value("man", "directory", "write the manual pages of all commands into a directory"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if let directory = arguments.text("man") {
            try writeManuals(directory)
            return .success
        }
        if let verb = arguments.texts.first {
            guard let command = CommandTable.find(verb) else {
                throw CommandError.fatal("no manual entry for nacre-\(verb) (run 'nacre help' for the list)")
            }
            context.output.write(ManualPage.plain(command))
            return .success
        }
        context.output.write(
            """
            usage: nacre [-v | --version] [-h | --help] [-C <path>] [-c <name>=<value>]
                       [-p | --paginate | -P | --no-pager] [--no-replace-objects] [--bare]
                       [--git-dir=<path>] [--work-tree=<path>] [--namespace=<name>]
                       <command> [<args>]

            Git for machine learning: one history for code, data, parameters, metrics and weights.

            """)
        for group in CommandTable.groups where !group.commands.isEmpty {
            context.output.line("\n\(group.title)")
            for command in group.commands {
                let padding = String(repeating: " ", count: max(1, 16 - command.name.count))
                context.output.line("   \(command.name)\(padding)\(command.summary)")
            }
        }
        context.output.line("\nSee 'nacre help <command>' to read about one of them.")
        return .success
    }

    private static func writeManuals(_ directory: String) throws {
        let folder = FilePath(directory)
        try Files.makeDirectory(folder)
        for command in CommandTable.groups.flatMap(\.commands) {
            try TemporaryFile.replace(
                folder.appending("nacre-\(command.name).1"), with: Array(ManualPage.troff(command).utf8),
                synchronizing: false)
        }
    }
}
