/// Who asks, and where: what Git's credential helpers are told and tell.
///
/// <https://git-scm.com/docs/git-credential#IOFMT>
public struct Credential: Sendable, Hashable {
    /// `https`.
    public var scheme: String?
    /// The host, with its port where one is given.
    public var host: String?
    /// The path without its leading slash.
    public var path: String?
    /// The name.
    public var username: String?
    /// The password or token.
    public var password: String?
    /// When the password ends, in seconds since 1970.
    public var expiry: Int64?
    /// Attributes that are not known, to be handed on.
    public var others: [String] = []
    /// Whether a helper says that no more are to be asked.
    public var quits = false

    /// Nothing known.
    public init() {}

    /// What is known from a URL. The path counts only where asked for (`credential.useHttpPath`).
    public init(_ url: RemoteURL, usesPath: Bool) {
        scheme = url.protocolName
        host = url.authority
        username = url.user
        password = url.password
        if usesPath || url.scheme != .http && url.scheme != .https {
            path = String(url.path.drop { $0 == "/" })
        }
    }

    /// Whether name and password are known.
    public var isComplete: Bool { username != nil && password != nil }

    /// Whether no attribute holds what would end its line early (a helper could then be made to tell of another host).
    var isOneLineEach: Bool {
        [scheme, host, path, username, password].allSatisfy { value in
            value?.utf8.contains { $0 == 0x0a || $0 == 0x0d || $0 == 0 } != true
        }
    }

    /// The lines `key=value` that are sent to a helper.
    public var encoded: String {
        var text = ""
        func add(_ key: String, _ value: String?) {
            // A newline would smuggle in another attribute.
            guard let value, !value.contains(where: { $0 == "\n" || $0 == "\0" || $0 == "\r\n" }) else { return }
            text += "\(key)=\(value)\n"
        }
        add("protocol", scheme)
        add("host", host)
        add("path", path)
        add("username", username)
        add("password", password)
        add("password_expiry_utc", expiry.map(String.init))
        for line in others where !line.contains("\n") { text += line + "\n" }
        return text
    }

    /// Takes the lines `key=value` that a helper or a user of `credential` says, up to an empty one.
    public mutating func take(_ text: some StringProtocol) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { return }
            guard let equals = line.firstIndex(of: "=") else { continue }
            let value = String(line[line.index(after: equals)...])
            switch line[..<equals] {
            case "protocol": scheme = value
            case "host": host = value
            case "path": path = value
            case "username": username = value
            case "password": password = value
            case "password_expiry_utc": expiry = Int64(value)
            case "quit": quits = ["1", "true", "yes", "on"].contains(value.lowercased())
            case "url":
                let other = others
                self = Credential(RemoteURL(value), usesPath: true)
                if path?.isEmpty == true { path = nil }
                others = other
            default: others.append(String(line))
            }
        }
    }

    /// The address without credentials, for questions and messages.
    public var location: String { "\(scheme ?? "https")://\(host ?? "")\(path.map { "/" + $0 } ?? "")" }
}
