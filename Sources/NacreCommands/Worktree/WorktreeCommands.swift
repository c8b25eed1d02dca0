/// The verbs of this group.
enum WorktreeCommands {
    static let all: [any Command.Type] = [
        AddCommand.self, CheckoutCommand.self, CleanCommand.self, CommitCommand.self, MvCommand.self,
        ResetCommand.self, RestoreCommand.self, RmCommand.self, StatusCommand.self, SwitchCommand.self,
        LsFilesCommand.self, CheckIgnoreCommand.self, CheckAttrCommand.self, UpdateIndexCommand.self,
        WriteTreeCommand.self, ReadTreeCommand.self, CheckoutIndexCommand.self, SparseCheckoutCommand.self,
        WorktreeCommand.self,
    ]
}
