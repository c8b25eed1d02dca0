public import SystemPackage

/// How requests to one URL are made: `http.*`, the settings for the URL over the general ones.
public struct HTTPOptions: Sendable {
    /// Which answers that lead elsewhere are followed.
    public enum Redirects: Sendable, Hashable {
        /// All.
        case always
        /// Those to the first request, whose target is used from then on.
        case initial
        /// None.
        case never
    }

    /// What the client calls itself.
    public var userAgent: String
    /// Whether the server's certificate is checked.
    public var verifiesCertificate = true
    /// A file of certificate authorities.
    public var authorityFile: FilePath?
    /// A directory of certificate authorities.
    public var authorityDirectory: FilePath?
    /// The client's certificate.
    public var certificate: FilePath?
    /// The key of the client's certificate.
    public var key: FilePath?
    /// The proxy; nil for what the environment says, empty for none.
    public var proxy: String?
    /// Header lines sent with each request: `Name: value`.
    public var extraHeaders: [String] = []
    /// A transfer that is slower than this (bytes a second) …
    public var lowSpeedLimit = 0
    /// … for so many seconds is given up.
    public var lowSpeedTime = 0
    /// Which answers that lead elsewhere are followed.
    public var redirects = Redirects.initial
    /// Request bodies longer than this are sent in chunks.
    public var postBuffer = 1 << 20
    /// `HTTP/1.1` or `HTTP/2`; nil for what the server prefers.
    public var version: String?
    /// A file of cookies to send.
    public var cookieFile: FilePath?
    /// Whether new cookies are kept in that file.
    public var savesCookies = false

    /// The defaults.
    public init(userAgent: String) { self.userAgent = userAgent }
}
