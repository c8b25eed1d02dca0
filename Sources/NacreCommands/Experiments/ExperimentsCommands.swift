/// The verbs of this group.
enum ExperimentsCommands {
    static let all: [any Command.Type] = []
}
