/// The verbs of this group.
enum DiffCommands {
    static let all: [any Command.Type] = []
}
