/// The verbs of this group.
enum RemoteCommands {
    static let all: [any Command.Type] = []
}
