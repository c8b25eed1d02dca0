internal import GitRepository
internal import GitStorage
internal import GitWorktree

struct UndoCommand: Command {
    static let name = "undo"
    static let summary = "take back the last command, files included"
    static let usage = ["[-n | --dry-run] [<number>]"]
    static let options: [OptionSpec] = [.flag("dry-run", "n", "only show what would be taken back")]
    static let details = [
        "Puts refs, HEAD, the index and the work tree back as they were before the last command (or the last <number> "
            + "commands). What was done with other programs in between is an entry of its own and is taken back as one.",
        "Nothing is lost by it either: 'nacre redo' takes the undo back, and files that an undo overwrites are kept.",
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count <= 1 else { throw CommandError.usage("too many arguments") }
        guard let count = Int(arguments.texts.first ?? "1"), count > 0 else {
            throw CommandError.usage("'\(arguments.texts[0])' is not a positive number")
        }
        let log = OperationLog(try context.repository())
        for step in 0..<count {
            guard let operation = try log.nextToUndo() else {
                if step == 0 { throw CommandError.error("nothing to undo") }
                context.errors.line("nothing more to undo")
                return .success
            }
            if arguments.isOn("dry-run") {
                context.output.line("would undo: \(operation.title)")
                return .success
            }
            try context.reverse(operation, in: log, word: "undid")
            if step + 1 < count { try context.recordStep() }
        }
        return .success
    }
}

extension Context {
    /// Takes one entry back and says so.
    func reverse(_ operation: Operation, in log: OperationLog, word: String) throws {
        guard recorder != nil else {
            throw CommandError.fatal("the operation log is off (set 'nacre.operationLog' to true)")
        }
        let repository = try repository()
        let worktree = try repository.workTree.map { _ in try self.worktree() }
        operationKind = .undo(operation.id)
        let reversal = try log.reverse(operation, in: worktree, by: reflogIdentity())
        for failure in reversal.failures { errors.line(failure.message) }
        if case .undo(let target) = operation.kind, repository.objects.contains(target) {
            output.line("\(word): \(try log.read(target).title)")
        } else {
            output.line("\(word): \(operation.title)")
        }
        if !reversal.failures.isEmpty { throw CommandError(.silent, "") }
    }

    /// Closes the entry of one step and begins the next one's, so that each step can be taken back alone.
    func recordStep() throws {
        guard let verb = command?.name else { return }
        finishRecording()
        operationKind = .command
        try startRecording(verb, [])
    }
}
