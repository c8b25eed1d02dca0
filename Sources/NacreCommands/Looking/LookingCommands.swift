/// The verbs of this group.
enum LookingCommands {
    static let all: [any Command.Type] = [
        AnnotateCommand.self, ArchiveCommand.self, BisectCommand.self, BlameCommand.self, GrepCommand.self,
        NotesCommand.self,
    ]
}
