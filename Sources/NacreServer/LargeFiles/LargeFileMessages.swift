/// The JSON of the Git LFS API: <https://github.com/git-lfs/git-lfs/tree/main/docs/api>.
enum LargeFileMessages {
    /// A ref that a request is about.
    struct Ref: Codable { var name: String? }

    /// A file.
    struct Object: Codable {
        var oid: String
        var size: Int
    }

    /// `objects/batch`.
    struct BatchRequest: Decodable {
        var operation: String
        var transfers: [String]?
        var ref: Ref?
        var objects: [Object]
        var hashAlgo: String?
    }

    /// Where to send or take a file.
    struct Action: Encodable {
        var href: String
        var header: [String: String]?
        var expiresIn: Int64?
    }

    /// Why a file cannot be sent or taken.
    struct ObjectError: Encodable {
        var code: Int
        var message: String
    }

    /// What is to be done with a file.
    struct BatchObject: Encodable {
        var oid: String
        var size: Int
        var authenticated: Bool?
        var actions: [String: Action]?
        var error: ObjectError?
    }

    /// The answer to a batch.
    struct BatchResponse: Encodable {
        var transfer: String
        var objects: [BatchObject]
        var hashAlgo = "sha256"
    }

    /// Takes a lock.
    struct LockRequest: Decodable {
        var path: String
        var ref: Ref?
    }

    /// Gives a lock back.
    struct UnlockRequest: Decodable {
        var force: Bool?
        var ref: Ref?
    }

    /// Asks for the locks that matter to a push.
    struct VerifyLocksRequest: Decodable {
        var ref: Ref?
        var cursor: String?
        var limit: Int?
    }

    /// Whose a lock is.
    struct Owner: Encodable { var name: String }

    /// A lock.
    struct Lock: Encodable {
        var id: String
        var path: String
        var lockedAt: String
        var owner: Owner

        init(_ lock: PathLock) {
            id = lock.id
            path = lock.path
            lockedAt = UTCTime.text(lock.locked)
            owner = Owner(name: lock.owner)
        }
    }

    /// One lock, and what is said with it.
    struct LockResponse: Encodable {
        var lock: Lock
        var message: String?
    }

    /// Locks.
    struct LockList: Encodable {
        var locks: [Lock]
        var nextCursor: String?
    }

    /// Locks, one's own and others'.
    struct VerifiedLocks: Encodable {
        var ours: [Lock]
        var theirs: [Lock]
        var nextCursor: String?
    }
}
