internal import Bytes
public import GitConfig
internal import SystemPackage

/// Asks helpers, and at last a person, who asks; tells helpers whether it was right.
public struct CredentialSource: Sendable {
    /// A question for a person: `Username for 'https://host': `.
    public struct Question: Sendable {
        /// The text with which it is asked.
        public let prompt: String
        /// Whether the answer must not be seen.
        public let isSecret: Bool

        /// Makes a question.
        public init(prompt: String, isSecret: Bool) {
            self.prompt = prompt
            self.isSecret = isSecret
        }
    }

    /// The helpers (`credential.helper`), in order.
    public var helpers: [String] = []
    /// The name to use where none is given (`credential.username`).
    public var username: String?
    /// Whether helpers are told the path (`credential.useHttpPath`).
    public var usesPath = false
    /// Asks a person; nil where nobody can be asked.
    public var ask: (@Sendable (Question) -> String?)?
    /// How a helper that is a bare name is run: the program and arguments before `credential-<name>`.
    public var program = "git"

    /// Nobody to ask.
    public init() {}

    /// What the configuration says for a URL.
    ///
    /// - Throws: ``ConfigError`` for a value that cannot be read.
    public init(config: Config, url: RemoteURL) throws(ConfigError) {
        let settings = URLSettings(config, section: "credential", url: url)
        helpers = settings.list("helper")
        username = settings.string("username")
        usesPath = try settings.bool("usehttppath") ?? false
    }

    /// Who asks at a URL; nil where nobody says. Nobody is asked for an address with a line break in it: a helper would see
    /// another one.
    public func fill(_ start: Credential) -> Credential? {
        guard start.isOneLineEach else { return nil }
        var credential = start
        if credential.username == nil { credential.username = username }
        if credential.isComplete { return credential }
        for helper in helpers {
            guard let answer = run(helper, "get", credential) else { continue }
            credential.take(answer)
            if credential.isComplete { return credential }
            if credential.quits { return nil }
        }
        guard let ask else { return nil }
        if credential.username == nil {
            let prompt = "Username for '\(credential.location)': "
            guard let name = ask(Question(prompt: prompt, isSecret: false)) else { return nil }
            credential.username = name
        }
        let user = credential.username ?? ""
        let place =
            "\(credential.scheme ?? "https")://\(user)@\(credential.host ?? "")\(credential.path.map { "/" + $0 } ?? "")"
        guard let password = ask(Question(prompt: "Password for '\(place)': ", isSecret: true)) else { return nil }
        credential.password = password
        return credential
    }

    /// The credential was right: helpers may keep it.
    public func approve(_ credential: Credential) {
        guard credential.isOneLineEach else { return }
        for helper in helpers { _ = run(helper, "store", credential) }
    }

    /// The credential was wrong: helpers forget it.
    public func reject(_ credential: Credential) {
        guard credential.isOneLineEach else { return }
        for helper in helpers { _ = run(helper, "erase", credential) }
    }

    /// Runs a helper as Git does: `!command` by the shell, an absolute path as it is, a name as `credential-<name>`. The
    /// credential goes over its standard input, never over its arguments.
    private func run(_ helper: String, _ operation: String, _ credential: Credential) -> String? {
        var request: ChildProcess.Request
        if helper.hasPrefix("!") {
            request = .init(shell: String(helper.dropFirst()) + " " + operation)
        } else if helper.hasPrefix("/") {
            request = .init(shell: helper + " " + operation)
        } else {
            request = .init(shell: "\(program) credential-\(helper) \(operation)")
        }
        request.output = .pipe
        guard let result = try? ChildProcess.run(request, input: Array((credential.encoded + "\n").utf8)),
            result.status.isSuccess
        else { return nil }
        return String(decoding: result.output, as: UTF8.self)
    }
}
