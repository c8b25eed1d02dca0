internal import Bytes
public import GitConfig
public import GitObjects
public import GitProtocol
internal import GitRefs
public import GitTransport
public import SystemPackage

/// What reaching other repositories takes from the surroundings: who we are, where home is, how ssh is run.
public struct RemoteAccess: Sendable {
    /// What the program calls itself: `nacre/1.0`.
    public var agent: String
    /// The home directory.
    public var home: FilePath?
    /// What relative paths are relative to.
    public var workingDirectory: FilePath
    /// Who signs reflogs of repositories on this machine.
    public var committer: Signature
    /// How repositories on this machine are opened.
    public var discovery: Discovery
    /// How ssh is run.
    public var ssh = SSHConnection.Options()
    /// Asks a person for a name or a password; nil where nobody is there.
    public var ask: (@Sendable (CredentialSource.Question) -> String?)?
    /// Keeps connections.
    public let http = HTTPClient()
    /// Checks a push certificate for a repository on this machine.
    public var checkCertificate: (@Sendable (Repository, PushCertificate) throws -> PushCertificateCheck)?
    /// Variables for hooks and helpers, over the process's own.
    public var variables: [(name: String, value: String)] = []

    /// Makes an access.
    public init(agent: String, home: FilePath?, workingDirectory: FilePath, committer: Signature, discovery: Discovery)
    {
        self.agent = agent
        self.home = home
        self.workingDirectory = workingDirectory
        self.committer = committer
        self.discovery = discovery
    }

    /// The version of the protocol to ask for (`protocol.version`).
    public func version(_ config: Config) throws -> ProtocolVersion {
        switch config.string("protocol.version") {
        case nil, "2": .v2
        case "1": .v1
        case "0": .v0
        case let value?:
            throw RepositoryError(.invalid, "unknown value for config 'protocol.version': \(value)")
        }
    }

    /// A connection to an address; `remote` may have settings of its own.
    ///
    /// - Throws: ``TransportError``, ``ConfigError``.
    public func connect(to address: String, _ config: Config, remote: Remote? = nil) throws -> any RemoteConnection {
        let url = RemoteURL(address)
        switch url.scheme {
        case .http, .https:
            var options = try HTTPOptions(userAgent: agent, config: config, url: url, home: home)
            if let proxy = remote?.proxy { options.proxy = proxy }
            return HTTPConnection(url, client: http, options: options, authenticator: try authenticator(url, config))
        case .ssh:
            var options = ssh.filled(from: config)
            if let program = remote?.uploadPack { options.uploadPack = program }
            if let program = remote?.receivePack { options.receivePack = program }
            return SSHConnection(url, options: options)
        case .local: return try connect(toPath: url.path, address)
        case .other(let name): throw TransportError.unsupportedAddress(name)
        }
    }

    /// Who answers when the server of a URL asks who we are.
    public func authenticator(_ url: RemoteURL, _ config: Config) throws(ConfigError) -> HTTPAuthenticator {
        var source = try CredentialSource(config: config, url: url)
        source.ask = ask
        return HTTPAuthenticator(source)
    }

    private func connect(toPath path: String, _ address: String) throws -> any RemoteConnection {
        let file = workingDirectory.pushing(FilePath(path)).lexicallyNormalized()
        if BundleFile.isBundle(file) {
            return BundleConnection(displayURL: address, bundle: try BundleFile(reading: file))
        }
        guard let repository = try localRepository(path) else { throw TransportError.notARepository(path) }
        return LocalConnection(
            displayURL: address,
            uploadPack: try repository.uploadPackServer(agent: agent),
            receivePack: try repository.receivePackServer(
                agent: agent, committer: committer, runningHooks: true, variables: variables,
                checkingCertificates: checkCertificate))
    }

    /// The repository at a path on this machine, tried with the endings that Git tries; nil where there is none.
    public func localRepository(_ path: String) throws -> Repository? {
        let start = workingDirectory.pushing(FilePath(path)).lexicallyNormalized()
        var discovery = discovery
        discovery.commonDirectory = nil
        discovery.objectDirectory = nil
        discovery.indexFile = nil
        discovery.commandConfig = []
        for ending in ["/.git", "", ".git/.git", ".git"] {
            let candidate = FilePath(start.string + ending)
            guard RepositoryLocation.isRepository(candidate) || (ending == "" && isGitFile(candidate)) else { continue }
            let top = ending.hasSuffix("/.git") ? candidate.removingLastComponent() : candidate
            return try Repository.open(top, discovery)
        }
        return nil
    }

    private func isGitFile(_ path: FilePath) -> Bool {
        (try? FileStatus.of(path.appending(".git"), followingLinks: true))?.kind == .regular
    }
}
