public import GitProtocol

/// A request.
public struct HTTPRequest {
    /// What is sent with it.
    public enum Body {
        /// Nothing.
        case none
        /// These bytes.
        case bytes([UInt8])
        /// What a source gives; without a length, in chunks. It can be sent only once.
        case stream(length: Int64?, ByteSource)
    }

    /// `GET`, `POST`, `PUT`, ….
    public var method: String
    /// Where to; `http` or `https`, without credentials.
    public var url: String
    /// Header fields in order.
    public var headers: [(name: String, value: String)]
    /// What is sent.
    public var body: Body
    /// Who asks.
    public var authentication: HTTPAuthentication = .none
    /// Whether an answer may lead elsewhere.
    public var followsRedirects = false
    /// Whether the answer may come compressed.
    public var acceptsCompression = true

    /// Makes a request.
    public init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: Body = .none
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// Who asks.
public enum HTTPAuthentication: Sendable, Hashable {
    /// Nobody in particular (or whom `.netrc` names for the host).
    case none
    /// A name and a password, sent at once.
    case basic(user: String, password: String)
    /// A name and a password, by whichever scheme the server asks for: digest, negotiate, ….
    case any(user: String, password: String)
    /// The value of the `Authorization` field.
    case field(String)
}
