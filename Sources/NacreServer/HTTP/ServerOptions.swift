package import SystemPackage

/// How the server serves.
package struct ServerOptions: Sendable {
    /// The folder of the repositories.
    package var root: FilePath
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port; 0 for any that is free.
    package var port = 8080
    /// The TLS certificate chain and its key, as PEM files.
    package var certificate: (chain: FilePath, key: FilePath)?
    /// The address under which clients reach the server, where that cannot be told from their requests.
    package var publicURL: String?
    /// Addresses whose `X-Forwarded-*` headers are believed.
    package var trustedProxies: Set<String> = []
    /// How many seconds a signed address is good.
    package var signedURLLifetime: Int64 = 3600
    /// The most bytes of one push.
    package var maximumPush = 16 << 30
    /// The most bytes of one large file.
    package var maximumFile = 1 << 40
    /// The most bytes of a fetch request, inflated.
    package var maximumFetchRequest = 32 << 20
    /// Requests a minute for each user or address; nil for no limit.
    package var requestsPerMinute: Int? = 6000
    /// Failed attempts to sign in a minute for each address.
    package var failuresPerMinute: Int? = 30
    /// How many packs and files move at once.
    package var transfers = 128
    /// After how many seconds without a byte a connection is closed.
    package var idleSeconds: Int64 = 60
    /// The least bytes a second that a client must send, on average, once a request is older than ``rateGrace``.
    package var minimumRate = 100
    /// How many seconds a request may take however slow it is.
    package var rateGrace: Int64 = 60
    /// Whether objects are checked as `git fsck` does before a push is taken.
    package var checksObjects = true
    /// How many seconds what nothing leads to is kept before maintenance may delete it.
    package var graceSeconds: Int64 = 14 * 86400
    /// Seconds between rounds of maintenance; nil for none.
    package var maintenanceInterval: Int64? = 3600
    /// From how many bytes on a pack of everything is offered to clones as a bundle.
    package var bundleSize = 32 << 20
    /// The branch that `HEAD` of a new repository names.
    package var defaultBranch = "main"

    /// Serves what stands below a folder.
    package init(root: FilePath) { self.root = root }
}
