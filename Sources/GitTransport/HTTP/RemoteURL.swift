/// Where a remote stands: a URL, `host:path` as scp writes it, or a local path.
public struct RemoteURL: Sendable, Hashable, CustomStringConvertible {
    /// The ways to reach a remote.
    public enum Scheme: Sendable, Hashable {
        /// `http://`.
        case http
        /// `https://`.
        case https
        /// `ssh://`, `git+ssh://` or `host:path`.
        case ssh
        /// `file://` or a path.
        case local
        /// Git's own unencrypted transport, or a remote helper: not supported.
        case other(String)
    }

    /// The way.
    public let scheme: Scheme
    /// The user before the `@`, decoded.
    public var user: String?
    /// The password, decoded. Never part of ``description``.
    public var password: String?
    /// The host; empty for local paths.
    public let host: String
    /// The port, where one is given.
    public let port: Int?
    /// The path: with its leading slash for URLs, as written for `host:path` and local paths.
    public let path: String
    /// Whether the path was written as part of a URL.
    public let isURL: Bool
    /// The query with its `?`; empty where there is none.
    private let query: String

    /// Reads an address. Everything that is no URL and has no colon before its first slash is a local path.
    public init(_ text: String) {
        if let mark = RemoteURL.schemeEnd(text) {
            self.init(text, schemeEnd: mark)
        } else {
            self.init(short: text)
        }
    }

    private init(_ text: String, schemeEnd mark: String.Index) {
        let name = text[..<mark].lowercased()
        var rest = text[text.index(mark, offsetBy: 3)...]
        isURL = true
        if name == "file" {
            scheme = .local
            (user, password, host, port, query) = (nil, nil, "", nil, "")
            path = RemoteURL.decoded(rest)
            return
        }
        scheme =
            switch name {
            case "http": .http
            case "https": .https
            case "ssh", "git+ssh", "ssh+git": .ssh
            default: .other(name)
            }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var authority = rest[..<end]
        rest = rest[end...]
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = RemoteURL.decoded(parts[0])
            password = parts.count > 1 ? RemoteURL.decoded(parts[1]) : nil
            authority = authority[authority.index(after: at)...]
        }
        (host, port) = RemoteURL.hostAndPort(authority)
        let pathEnd = rest.firstIndex { "?#".contains($0) } ?? rest.endIndex
        path = String(rest[..<pathEnd])
        query = String(rest[pathEnd...].prefix { $0 != "#" })
    }

    private init(short text: String) {
        isURL = false
        query = ""
        (port, password) = (nil, nil)
        // A bracketed host may hold colons.
        let afterBracket = text.hasPrefix("[") ? text.firstIndex(of: "]") ?? text.startIndex : text.startIndex
        guard let colon = text[afterBracket...].firstIndex(of: ":"), !text[..<colon].contains("/"),
            colon != text.startIndex
        else {
            scheme = .local
            (user, host, path) = (nil, "", text)
            return
        }
        scheme = .ssh
        var left = text[..<colon]
        if let at = left.lastIndex(of: "@") {
            user = String(left[..<at])
            left = left[left.index(after: at)...]
        }
        host = left.hasPrefix("[") && left.hasSuffix("]") ? String(left.dropFirst().dropLast()) : String(left)
        path = String(text[text.index(after: colon)...])
    }

    private static func schemeEnd(_ text: String) -> String.Index? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"), colon != text.startIndex,
            text[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        else { return nil }
        return colon
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int?) {
        let hostEnd: Substring.Index
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            hostEnd = authority.index(after: close)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let host = authority[..<hostEnd].lowercased()
        return (host, Int(authority[hostEnd...].dropFirst()))
    }

    /// Percent escapes undone.
    static func decoded(_ text: some StringProtocol) -> String {
        var output: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                output.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The port that counts.
    public var effectivePort: Int {
        port ?? (scheme == .https ? 443 : scheme == .http ? 80 : 22)
    }

    /// The protocol's name as credential helpers and configuration know it.
    public var protocolName: String {
        switch scheme {
        case .http: "http"
        case .https: "https"
        case .ssh: "ssh"
        case .local: "file"
        case .other(let name): name
        }
    }

    /// Host and port as they stand in a URL.
    public var authority: String { host + (port.map { ":\($0)" } ?? "") }

    /// The URL without user and password: what is sent, and what messages show.
    public var withoutCredentials: String {
        switch scheme {
        case .local: path
        case .ssh where !isURL: "\(host):\(path)"
        default: "\(protocolName)://\(authority)\(path)\(query)"
        }
    }

    /// The URL without the password.
    public var description: String {
        guard let user, isURL else {
            return (user.map { $0 + "@" } ?? "") + withoutCredentials
        }
        return "\(protocolName)://\(user)@\(authority)\(path)\(query)"
    }

    /// Whether both are the same server: what credentials may be sent to.
    public func isSameServer(as other: RemoteURL) -> Bool {
        scheme == other.scheme && host == other.host && effectivePort == other.effectivePort
    }

    /// The URL that a `Location` field means, seen from here.
    public func resolving(_ location: String) -> RemoteURL {
        if RemoteURL.schemeEnd(location) != nil { return RemoteURL(location) }
        let start = "\(protocolName)://\(authority)"
        if location.hasPrefix("//") { return RemoteURL("\(protocolName):\(location)") }
        if location.hasPrefix("/") { return RemoteURL(start + location) }
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return RemoteURL(start + directory + location)
    }
}
