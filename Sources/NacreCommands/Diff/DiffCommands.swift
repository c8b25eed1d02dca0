/// The verbs of this group.
enum DiffCommands {
    static let all: [any Command.Type] = [
        DiffCommand.self, DiffFilesCommand.self, DiffIndexCommand.self, DiffTreeCommand.self,
    ]
}
