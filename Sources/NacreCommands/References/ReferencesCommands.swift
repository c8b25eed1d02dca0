/// The verbs of this group.
enum ReferencesCommands {
    static let all: [any Command.Type] = [
        BranchCommand.self, TagCommand.self, RevParseCommand.self, ForEachRefCommand.self, ShowRefCommand.self,
        UpdateRefCommand.self, SymbolicRefCommand.self, CheckRefFormatCommand.self, VerifyCommitCommand.self,
        VerifyTagCommand.self, ReflogCommand.self, ConfigCommand.self, VarCommand.self,
    ]
}
