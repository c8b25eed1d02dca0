/// The verbs of this group.
enum LargeCommands {
    static let all: [any Command.Type] = [
        LargeCommand.self, FilterProcessCommand.self, LockCommand.self, UnlockCommand.self, LocksCommand.self,
    ]
}
