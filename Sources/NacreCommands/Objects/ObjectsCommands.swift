/// The verbs of this group.
enum ObjectsCommands {
    static let all: [any Command.Type] = []
}
