internal import Bytes
internal import GitConfig
internal import GitRepository
internal import GitTransport
internal import SystemPackage

/// `credential`: asks the helpers, and tells them what was right, for programs that need a password.
struct CredentialCommand: Command {
    static let name = "credential"
    static let summary = "retrieve and store user credentials"
    static let usage = ["(fill|approve|reject)"]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("") }
        let input = try Files.readAll(0, path: "standard input", limit: 1 << 20)
        var credential = Credential()
        credential.take(String(decoding: input, as: UTF8.self))
        guard let scheme = credential.scheme else {
            throw CommandError.fatal("refusing to work with credential missing protocol field")
        }
        guard let host = credential.host else {
            throw CommandError.fatal("refusing to work with credential missing host field")
        }
        let url = RemoteURL("\(scheme)://\(host)/\(credential.path ?? "")")
        var source = try CredentialSource(config: context.configuration(), url: url)
        if !source.usesPath && (scheme == "http" || scheme == "https") { credential.path = nil }
        switch arguments.texts[0] {
        case "fill":
            source.ask = context.question()
            guard let found = source.fill(credential) else {
                throw CommandError.fatal("could not read Username for '\(credential.location)': nobody can be asked")
            }
            context.output.write(found.encoded)
        case "approve" where credential.isComplete: source.approve(credential)
        case "reject": source.reject(credential)
        case "approve": break
        default: throw CommandError.usage("")
        }
        return .success
    }
}
