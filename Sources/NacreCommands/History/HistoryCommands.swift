/// The verbs of this group.
enum HistoryCommands {
    static let all: [any Command.Type] = [
        ApplyCommand.self, CherryCommand.self, CherryPickCommand.self, MergeCommand.self, MergeFileCommand.self,
        MergeTreeCommand.self,
        RebaseCommand.self, RerereCommand.self,
        RevertCommand.self, StashCommand.self,
    ]
}
