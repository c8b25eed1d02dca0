/// The verbs of this group.
enum OperationsCommands {
    static let all: [any Command.Type] = [UndoCommand.self, RedoCommand.self, OperationCommand.self]
}
