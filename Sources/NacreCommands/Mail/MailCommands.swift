/// The verbs that take changes to and from mail.
enum MailCommands {
    static let all: [any Command.Type] = [AmCommand.self, FormatPatchCommand.self]
}
