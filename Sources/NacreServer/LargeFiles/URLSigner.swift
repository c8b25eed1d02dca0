internal import Bytes

/// Addresses that carry their own permission for a while: to one file, for one direction, on behalf of one user.
package struct URLSigner: Sendable {
    /// What a signed address lets through.
    struct Grant: Sendable, Hashable {
        /// `download` or `upload`.
        var operation: String
        /// The repository.
        var repository: String
        /// The file's SHA-256.
        var oid: String
        /// The file's size.
        var size: Int
        /// Until when, in seconds since 1970.
        var expires: Int64
        /// Whose permission it is; 0 for what everybody may read.
        var userID: Int64
        /// The token with which it was asked for; 0 for none.
        var tokenID: Int64

        fileprivate var message: [UInt8] {
            // No field holds a newline.
            Array("\(operation)\n\(repository)\n\(oid)\n\(size)\n\(expires)\n\(userID)\n\(tokenID)".utf8)
        }
    }

    private let key: [UInt8]

    init(key: [UInt8]) { self.key = key }

    /// The query that goes with an address.
    func query(for grant: Grant) -> String {
        let code = Hex.string(Secrets.authenticationCode(key: key, grant.message))
        return "operation=\(grant.operation)&size=\(grant.size)&expires=\(grant.expires)&user=\(grant.userID)"
            + "&token=\(grant.tokenID)&signature=\(code)"
    }

    /// Reads a query back; nil where it was not signed here for this file, or is over.
    func grant(_ query: [String: String], repository: RepositoryName, oid: String, now: Int64) -> Grant? {
        guard let operation = query["operation"], let size = query["size"].flatMap({ Int($0) }),
            let expires = query["expires"].flatMap({ Int64($0) }), let user = query["user"].flatMap({ Int64($0) }),
            let token = query["token"].flatMap({ Int64($0) }),
            let signature = query["signature"].flatMap({ Hex.decode(Array($0.utf8)) })
        else { return nil }
        let grant = Grant(
            operation: operation, repository: repository.path, oid: oid, size: size, expires: expires, userID: user,
            tokenID: token)
        guard Secrets.areEqual(signature, Secrets.authenticationCode(key: key, grant.message)), now < expires else {
            return nil
        }
        return grant
    }
}
