/// The verbs of this group.
enum ReferencesCommands {
    static let all: [any Command.Type] = []
}
