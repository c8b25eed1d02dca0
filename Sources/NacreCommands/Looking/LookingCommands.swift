/// The verbs of this group.
enum LookingCommands {
    static let all: [any Command.Type] = [
        AnnotateCommand.self, BisectCommand.self, BlameCommand.self, GrepCommand.self,
    ]
}
