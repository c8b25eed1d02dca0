/// The verbs of this group.
enum RemoteCommands {
    static let all: [any Command.Type] = [
        CloneCommand.self, FetchCommand.self, PullCommand.self, PushCommand.self, RemoteCommand.self,
        LsRemoteCommand.self,
        SubmoduleCommand.self, BundleCommand.self, LoginCommand.self, CredentialCommand.self,
        UploadPackCommand.self,
        ReceivePackCommand.self,
    ]
}
