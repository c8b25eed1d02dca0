/// What can go wrong with accounts, roles and protections.
package enum AccountError: Error, Hashable, CustomStringConvertible {
    /// The name holds what names may not hold.
    case invalidName(String)
    /// Something of that name is there already.
    case exists(String)
    /// Nothing of that name is there.
    case notFound(String)
    /// The password is too short.
    case weakPassword
    /// The system gives no random bytes.
    case noRandomness
    /// libcrypto refused to derive a key.
    case passwordHashing
    /// The database was written by a newer server.
    case newerDatabase

    package var description: String {
        switch self {
        case .invalidName(let name):
            "'\(name)' is not a valid name (letters, digits, '.', '_' and '-', starting with a letter or digit)"
        case .exists(let what): "\(what) already exists"
        case .notFound(let what): "\(what) does not exist"
        case .weakPassword: "the password is too short (use 10 characters or more)"
        case .noRandomness: "the system gives no random bytes"
        case .passwordHashing: "cannot hash the password: out of memory"
        case .newerDatabase: "the accounts were written by a newer nacre-server (upgrade this one)"
        }
    }
}
