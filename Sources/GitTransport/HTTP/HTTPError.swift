/// A request over HTTP that did not end with an answer.
public struct HTTPError: Error, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Sendable, Hashable {
        /// libcurl could not be loaded.
        case noLibrary
        /// The URL is not one that can be asked.
        case badURL
        /// No connection, name not found, connection lost, time-out; the number is libcurl's.
        case transfer(Int32)
        /// A redirect that must not be followed.
        case redirect
        /// The answer's status says no.
        case status(Int)
        /// The answer is not what the protocol promises.
        case badAnswer
    }

    /// What went wrong.
    public let code: Code
    /// The URL, without credentials.
    public let url: String
    /// The reason.
    public let reason: String

    /// Makes an error.
    public init(_ code: Code, url: String, reason: String) {
        self.code = code
        self.url = url
        self.reason = reason
    }

    /// As Git words it.
    public var description: String { "unable to access '\(url)': \(reason)" }

    /// Whether the same request may succeed a little later: the connection was lost or the server was busy.
    public var isTransient: Bool {
        switch code {
        // Could not resolve, could not connect, partial file, time-out, empty answer, send, receive, HTTP/2.
        case .transfer(let number): [6, 7, 18, 28, 52, 55, 56, 16, 92].contains(number)
        case .status(let status): [408, 429, 500, 502, 503, 504].contains(status)
        default: false
        }
    }
}
