internal import Bytes

/// What a server gives to be signed with a push: the time, and a code that only the server can make.
public struct PushNonce: Sendable {
    /// What a nonce is worth, in Git's words.
    public enum Status: String, Sendable {
        /// It was made here, lately.
        case ok = "OK"
        /// It was made here, longer ago than is allowed.
        case slop = "SLOP"
        /// It was not made here.
        case bad = "BAD"
        /// There is none in the certificate.
        case missing = "MISSING"
    }

    private let seed: [UInt8]
    private let path: [UInt8]
    private let slop: Int64
    private let now: @Sendable () -> Int64

    /// Makes nonces for a repository.
    ///
    /// - Parameters:
    ///   - seed: the secret (`receive.certNonceSeed`).
    ///   - path: the repository: a nonce is good for one alone.
    ///   - slop: how many seconds a nonce is good (`receive.certNonceSlop`).
    public init(seed: [UInt8], path: [UInt8], slop: Int64, now: @escaping @Sendable () -> Int64) {
        self.seed = seed
        self.path = path
        self.slop = slop
        self.now = now
    }

    /// A nonce for now.
    public var current: String { make(now()) }

    private func make(_ time: Int64) -> String {
        "\(time)-\(Hex.string(Self.authenticationCode(key: seed, path + Array(":\(time)".utf8))))"
    }

    /// What a nonce is worth, and how many seconds ago it was made.
    public func check(_ nonce: String?) -> (status: Status, age: Int64) {
        guard let nonce, !nonce.isEmpty else { return (.missing, 0) }
        guard let dash = nonce.firstIndex(of: "-"), let time = Int64(nonce[..<dash]),
            Self.areEqual(Array(nonce.utf8), Array(make(time).utf8))
        else { return (.bad, 0) }
        let (age, overflow) = now().subtractingReportingOverflow(time)
        guard !overflow, age >= -slop, age <= slop else { return (.slop, overflow ? 0 : age) }
        return (.ok, age)
    }

    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// HMAC-SHA-256 (RFC 2104).
    private static func authenticationCode(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? Digest.hash(key, .sha256) : key
        block += [UInt8](repeating: 0, count: 64 - block.count)
        let inner = Digest.hash(block.map { $0 ^ 0x36 } + message, .sha256)
        return Digest.hash(block.map { $0 ^ 0x5c } + inner, .sha256)
    }
}
