internal import Bytes
internal import GitConfig
internal import GitRepository
internal import GitTransport
internal import SystemPackage

/// `login`: keeps a token for a server, in the credential helper that is configured or else in a file of our own, which
/// stock git then uses too.
struct LoginCommand: Command {
    static let name = "login"
    static let summary = "keep a token for a server"
    static let usage = ["[--username <name>] [--token-stdin] <url>"]
    static let options: [OptionSpec] = [
        .value("username", "u", "name", "the name to log in with"),
        .flag("token-stdin", "read the token from standard input"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("the address of a server is needed") }
        let url = RemoteURL(arguments.texts[0])
        guard url.scheme == .https || url.scheme == .http, !url.host.isEmpty else {
            throw CommandError.fatal(
                "'\(url.withoutCredentials)' is not an address that starts with https:// or http://")
        }
        guard url.password == nil else {
            throw CommandError.fatal("an address is seen by everybody on this machine: leave the token out of it")
        }
        let source = try CredentialSource(config: context.configuration(), url: url)
        var credential = Credential(url, usesPath: source.usesPath)
        let ask = context.question()
        credential.username = arguments.text("username") ?? url.user ?? source.username
        if credential.username == nil {
            let prompt = "Username for '\(credential.location)': "
            credential.username = ask?(.init(prompt: prompt, isSecret: false))
        }
        guard let user = credential.username, !user.isEmpty else {
            throw CommandError.fatal("no name to log in with; use --username")
        }
        if arguments.isOn("token-stdin") {
            let text = try Files.readAll(0, path: "standard input", limit: 1 << 16)
            credential.password = String(decoding: text.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        } else {
            credential.password = ask?(.init(prompt: "Token for '\(credential.location)': ", isSecret: true))
        }
        guard let token = credential.password, !token.isEmpty else {
            throw CommandError.fatal("no token was given; use --token-stdin")
        }
        if source.helpers.contains(where: { !$0.isEmpty }) {
            source.approve(credential)
            context.output.line("Gave the token for \(user) at \(credential.location) to the credential helper.")
            return .success
        }
        try CredentialStore(context).store(credential)
        try configureHelper("\(url.protocolName)://\(url.authority)", context)
        context.output.line("Stored the token for \(user) at \(credential.location).")
        return .success
    }

    /// Makes this program the helper for a server, in the user's own settings.
    private static func configureHelper(_ server: String, _ context: Context) throws {
        let program = String(decoding: try Files.readLink("/proc/self/exe") ?? Array("nacre".utf8), as: UTF8.self)
        let parts = program.split(separator: "'", omittingEmptySubsequences: false)
        let quoted = "'" + parts.joined(separator: "'\\''") + "'"
        guard let file = context.discovery.globalConfig.last else {
            throw CommandError.fatal("there is no settings file of the user to name the helper in; set HOME")
        }
        try Files.makeDirectory(file.removingLastComponent())
        try ConfigFile.edit(file) { config throws(ConfigError) in
            try config.set("credential.\(server).helper", to: "!\(quoted) credential")
        }
    }
}
