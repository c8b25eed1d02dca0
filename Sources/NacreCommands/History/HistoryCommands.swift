/// The verbs of this group.
enum HistoryCommands {
    static let all: [any Command.Type] = [
        CherryPickCommand.self, MergeCommand.self, MergeFileCommand.self, MergeTreeCommand.self, RebaseCommand.self,
        RevertCommand.self, StashCommand.self,
    ]
}
