/// What a request's path names. Paths are taken literally: no address of ours needs percent signs, so none is decoded,
/// and no two spellings name one thing.
enum Route: Sendable, Hashable {
    /// What is asked of a repository over Git's protocol.
    enum Git: Sendable, Hashable {
        /// `info/refs`.
        case refs
        /// `bundles/<checksum>.bundle`: what a clone may begin with.
        case bundle(String)
        /// `git-upload-pack`.
        case uploadPack
        /// `git-receive-pack`.
        case receivePack
    }

    /// What is asked of a repository over the Git LFS API.
    enum LargeFiles: Sendable, Hashable {
        /// `objects/batch`.
        case batch
        /// `objects/<oid>`.
        case object(String)
        /// `objects/<oid>/verify`.
        case verify(String)
        /// `locks`.
        case locks
        /// `locks/verify`.
        case verifyLocks
        /// `locks/<id>/unlock`.
        case unlock(String)
        /// `chunks/…`: the transfer `nacre-chunks`.
        case chunks([String])
    }

    case health
    case readiness
    case metrics
    case api([String])
    case git(RepositoryName, Git)
    case largeFiles(RepositoryName, LargeFiles)
    case unknown

    /// The route of a path without its query.
    init(path: some StringProtocol) {
        let parts: [String] = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0)
        }
        switch parts {
        case ["healthz"]: self = .health
        case ["readyz"]: self = .readiness
        case ["metrics"]: self = .metrics
        default:
            if parts.count > 2, parts[0] == "api", parts[1] == "v1" {
                self = .api(Array(parts.dropFirst(2)))
            } else if parts.count > 2, let name = RepositoryName("\(parts[0])/\(parts[1])") {
                self = Route.repository(name, Array(parts.dropFirst(2)))
            } else {
                self = .unknown
            }
        }
    }

    private static func repository(_ name: RepositoryName, _ rest: [String]) -> Route {
        switch rest {
        case ["info", "refs"]: return .git(name, .refs)
        case ["git-upload-pack"]: return .git(name, .uploadPack)
        case ["git-receive-pack"]: return .git(name, .receivePack)
        default:
            if rest.count == 2, rest[0] == "bundles", rest[1].hasSuffix(".bundle") {
                return .git(name, .bundle(String(rest[1].dropLast(7))))
            }
            guard rest.count > 2, rest[0] == "info", rest[1] == "lfs" else { return .unknown }
            return largeFiles(Array(rest.dropFirst(2))).map { .largeFiles(name, $0) } ?? .unknown
        }
    }

    private static func largeFiles(_ rest: [String]) -> LargeFiles? {
        if rest == ["objects", "batch"] { return .batch }
        if rest == ["locks"] { return .locks }
        if rest == ["locks", "verify"] { return .verifyLocks }
        if rest.count == 2, rest[0] == "objects" { return .object(rest[1]) }
        if rest.count == 3, rest[0] == "objects", rest[2] == "verify" { return .verify(rest[1]) }
        if rest.count == 3, rest[0] == "locks", rest[2] == "unlock" { return .unlock(rest[1]) }
        if rest.count >= 2, rest[0] == "chunks" { return .chunks(Array(rest.dropFirst())) }
        return nil
    }

    /// The endpoint's name for metrics and logs: few values, nothing of the client's choosing.
    var label: String {
        switch self {
        case .health: "health"
        case .readiness: "readiness"
        case .metrics: "metrics"
        case .api: "api"
        case .git(_, .refs): "info-refs"
        case .git(_, .bundle): "bundle"
        case .git(_, .uploadPack): "upload-pack"
        case .git(_, .receivePack): "receive-pack"
        case .largeFiles(_, .batch): "lfs-batch"
        case .largeFiles(_, .object): "lfs-object"
        case .largeFiles(_, .verify): "lfs-verify"
        case .largeFiles(_, .locks), .largeFiles(_, .verifyLocks), .largeFiles(_, .unlock): "lfs-locks"
        case .largeFiles(_, .chunks): "lfs-chunks"
        case .unknown: "unknown"
        }
    }
}
