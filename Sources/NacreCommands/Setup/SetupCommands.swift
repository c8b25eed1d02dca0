/// The verbs of this group.
enum SetupCommands {
    static let all: [any Command.Type] = [
        InitCommand.self, HelpCommand.self, VersionCommand.self, CompletionCommand.self,
    ]
}
