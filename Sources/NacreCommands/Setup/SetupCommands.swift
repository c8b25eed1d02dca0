/// The verbs of this group.
enum SetupCommands {
    static let all: [any Command.Type] = []
}
