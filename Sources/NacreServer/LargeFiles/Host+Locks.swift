internal import HTTPTypes
internal import Hummingbird

/// Git LFS locks.
extension Host {
    func listLocks(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let query = exchange.query
        let (offset, limit) = try Host.page(cursor: query["cursor"], limit: query["limit"].flatMap { Int($0) })
        let found = try await work.ask { [self] in
            try require(.reader, in: name, exchange.identity)
            return try accounts.locks(in: name, path: query["path"], id: query["id"], offset: offset, limit: limit)
        }
        let list = LargeFileMessages.LockList(
            locks: found.locks.map { LargeFileMessages.Lock($0) }, nextCursor: found.next.map { String($0) })
        return try .json(list, type: Response.largeFileType)
    }

    func verifyLocks(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let request = try await exchange.json(LargeFileMessages.VerifyLocksRequest.self)
        let (offset, limit) = try Host.page(cursor: request.cursor, limit: request.limit)
        let found = try await work.ask { [self] in
            try requireWriting(name, exchange)
            return try accounts.locks(in: name, offset: offset, limit: limit)
        }
        let own = exchange.identity.user?.id
        let list = LargeFileMessages.VerifiedLocks(
            ours: found.locks.filter { $0.userID == own }.map { LargeFileMessages.Lock($0) },
            theirs: found.locks.filter { $0.userID != own }.map { LargeFileMessages.Lock($0) },
            nextCursor: found.next.map { String($0) })
        return try .json(list, type: Response.largeFileType)
    }

    func takeLock(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let request = try await exchange.json(LargeFileMessages.LockRequest.self)
        guard !request.path.isEmpty, request.path.utf8.count <= 4096, !request.path.utf8.contains(0) else {
            throw HTTPFailure(.unprocessableContent, "the path is not valid")
        }
        let taken = try await work.ask { [self] in
            try require(.writer, in: name, exchange.identity)
            guard let user = exchange.identity.user else { throw HTTPFailure.unauthorized }
            return try accounts.lock(request.path, in: name, for: user)
        }
        let lock = LargeFileMessages.Lock(taken.lock)
        let message = taken.isNew ? nil : "already locked by \(taken.lock.owner)"
        return try .json(
            LargeFileMessages.LockResponse(lock: lock, message: message), status: taken.isNew ? .created : .conflict,
            type: Response.largeFileType)
    }

    func giveBackLock(_ exchange: Exchange, _ name: RepositoryName, _ id: String) async throws -> Response {
        let request = try await exchange.json(LargeFileMessages.UnlockRequest.self)
        let lock = try await work.ask { [self] in
            try require(.writer, in: name, exchange.identity)
            guard let lock = try accounts.locks(in: name, id: id).locks.first else {
                throw HTTPFailure(.notFound, "no such lock")
            }
            if lock.userID != exchange.identity.user?.id {
                guard request.force == true else {
                    throw HTTPFailure(
                        .forbidden, "the lock is held by \(lock.owner) (a maintainer may break it with --force)")
                }
                try require(.maintainer, in: name, exchange.identity)
                try accounts.record(exchange.actor.entry(accounts.now(), "lock.break", name.path, lock.path))
            }
            _ = try accounts.unlock(id, in: name)
            return lock
        }
        let answer = LargeFileMessages.LockResponse(lock: LargeFileMessages.Lock(lock), message: nil)
        return try .json(answer, type: Response.largeFileType)
    }

    private static func page(cursor: String?, limit: Int?) throws -> (offset: Int, limit: Int) {
        let limit = min(max(limit ?? 100, 1), 1000)
        guard let cursor, !cursor.isEmpty else { return (0, limit) }
        guard let offset = Int(cursor), (0..<(1 << 40)).contains(offset) else {
            throw HTTPFailure(.unprocessableContent, "the cursor is not valid")
        }
        return (offset, limit)
    }
}
