/// An answer.
public struct HTTPResponse: Sendable {
    /// The status.
    public internal(set) var status = 0
    /// Header fields in order, names as they came.
    public internal(set) var headers: [(name: String, value: String)] = []
    /// Where the answer came from, after redirects.
    public internal(set) var url: String
    /// The body of an answer whose status is not 200…299; its first 64 KiB.
    public internal(set) var errorBody: [UInt8] = []

    static let errorBodyLimit = 65_536

    init(url: String) { self.url = url }

    /// Whether the status is 200…299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The first field of that name.
    public subscript(name: String) -> String? {
        let lower = name.lowercased()
        return headers.first { $0.name.lowercased() == lower }?.value
    }

    /// Every field of that name.
    public func all(_ name: String) -> [String] {
        let lower = name.lowercased()
        return headers.filter { $0.name.lowercased() == lower }.map(\.value)
    }

    /// The media type without its parameters.
    public var contentType: String? {
        self["content-type"].map { value in
            String(value.prefix { $0 != ";" && $0 != " " })
        }
    }

    /// The error that the status is, for those who need success.
    public var statusError: HTTPError {
        HTTPError(.status(status), url: url, reason: "The requested URL returned error: \(status)")
    }
}
