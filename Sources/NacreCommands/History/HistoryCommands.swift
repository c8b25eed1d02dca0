/// The verbs of this group.
enum HistoryCommands {
    static let all: [any Command.Type] = [
        CherryCommand.self, CherryPickCommand.self, MergeCommand.self, MergeFileCommand.self, MergeTreeCommand.self,
        RebaseCommand.self,
        RevertCommand.self, StashCommand.self,
    ]
}
