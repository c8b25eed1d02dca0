/// The protocol's version.
public enum ProtocolVersion: Int, Sendable, Hashable, Comparable {
    /// Refs first, then one negotiation.
    case v0 = 0
    /// Version 0 with `version 1` in front.
    case v1 = 1
    /// Commands.
    case v2 = 2

    /// Older first.
    public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool { left.rawValue < right.rawValue }

    /// The version that a client asks for with the header `Git-Protocol` or the variable `GIT_PROTOCOL`, whose value is
    /// keys separated by colons: the highest known `version=N`, otherwise 0.
    public init(requested value: String?) {
        self =
            (value ?? "").split(separator: ":")
            .compactMap {
                $0.hasPrefix("version=") ? Int($0.dropFirst(8)).flatMap(ProtocolVersion.init(rawValue:)) : nil
            }
            .max() ?? .v0
    }
}

/// What is asked of a repository.
public enum Service: String, Sendable, Hashable {
    /// Give objects: fetch and clone.
    case uploadPack = "git-upload-pack"
    /// Take objects and move refs: push.
    case receivePack = "git-receive-pack"

    /// The media type of a service's refs, requests and answers over HTTP; `part` is `advertisement`, `request`, `result`.
    public func contentType(_ part: String) -> String { "application/x-\(rawValue)-\(part)" }
}
