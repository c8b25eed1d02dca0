/// The verbs of this group.
enum ReferencesCommands {
    static let all: [any Command.Type] = [
        RevParseCommand.self, SymbolicRefCommand.self, CheckRefFormatCommand.self,
    ]
}
