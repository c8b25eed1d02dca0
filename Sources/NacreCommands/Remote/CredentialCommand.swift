internal import Bytes
internal import GitConfig
internal import GitRepository
internal import GitTransport
internal import SystemPackage

/// `credential`: asks the helpers, and tells them what was right, for programs that need a password.
struct CredentialCommand: Command {
    static let name = "credential"
    static let summary = "retrieve and store user credentials"
    static let usage = ["(fill|approve|reject)", "(get|store|erase)"]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("") }
        let input = try Files.readAll(0, path: "standard input", limit: 1 << 20)
        var credential = Credential()
        credential.take(String(decoding: input, as: UTF8.self))
        if let code = try helper(arguments.texts[0], credential, context) { return code }
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

    /// What this program does as a credential helper itself: it keeps tokens in a file of its own.
    private static func helper(_ verb: String, _ credential: Credential, _ context: Context) throws -> ExitCode? {
        guard ["get", "store", "erase"].contains(verb) else { return nil }
        let store = try CredentialStore(context)
        switch verb {
        case "get":
            if let found = try store.find(credential) { context.output.write(found.encoded) }
        case "store": try store.store(credential)
        default: try store.erase(credential)
        }
        return .success
    }
}
