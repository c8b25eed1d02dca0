/// The verbs of this group.
enum RemoteCommands {
    static let all: [any Command.Type] = [
        CloneCommand.self, FetchCommand.self, PushCommand.self, RemoteCommand.self, LsRemoteCommand.self,
        CredentialCommand.self,
        UploadPackCommand.self,
        ReceivePackCommand.self,
    ]
}
