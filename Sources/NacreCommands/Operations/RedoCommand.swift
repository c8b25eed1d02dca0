internal import GitRepository

struct RedoCommand: Command {
    static let name = "redo"
    static let summary = "do again what was undone"
    static let usage = ["[<number>]"]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count <= 1 else { throw CommandError.usage("too many arguments") }
        guard let count = Int(arguments.texts.first ?? "1"), count > 0 else {
            throw CommandError.usage("'\(arguments.texts[0])' is not a positive number")
        }
        let log = OperationLog(try context.repository())
        for step in 0..<count {
            guard let operation = try log.nextToRedo() else {
                if step == 0 { throw CommandError.error("nothing to redo") }
                context.errors.line("nothing more to redo")
                return .success
            }
            try context.reverse(operation, in: log, word: "did again")
            if step + 1 < count { try context.recordStep() }
        }
        return .success
    }
}
