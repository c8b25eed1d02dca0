/// The verbs of this group.
enum InspectCommands {
    static let all: [any Command.Type] = []
}
