/// The verbs of this group.
enum SetupCommands {
    static let all: [any Command.Type] = [HelpCommand.self, VersionCommand.self, CompletionCommand.self]
}
