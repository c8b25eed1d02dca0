/// The verbs of this group.
enum WorktreeCommands {
    static let all: [any Command.Type] = []
}
