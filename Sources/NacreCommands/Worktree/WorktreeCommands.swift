/// The verbs of this group.
enum WorktreeCommands {
    static let all: [any Command.Type] = [
        AddCommand.self, CommitCommand.self, StatusCommand.self,
    ]
}
