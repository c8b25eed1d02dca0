/// The verbs of this group.
enum HistoryCommands {
    static let all: [any Command.Type] = [
        MergeCommand.self, MergeFileCommand.self, MergeTreeCommand.self,
    ]
}
