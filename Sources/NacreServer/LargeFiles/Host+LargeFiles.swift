internal import HTTPTypes
internal import Hummingbird

/// The Git LFS API but for the files themselves.
extension Host {
    func largeFiles(_ exchange: Exchange, _ name: RepositoryName, _ what: Route.LargeFiles) async throws -> Response {
        switch (what, exchange.request.method) {
        case (.batch, .post): return try await batch(exchange, name)
        case (.verify(let oid), .post): return try await verify(exchange, name, oid)
        case (.locks, .get): return try await listLocks(exchange, name)
        case (.locks, .post): return try await takeLock(exchange, name)
        case (.verifyLocks, .post): return try await verifyLocks(exchange, name)
        case (.unlock(let id), .post): return try await giveBackLock(exchange, name, id)
        case (.chunks(let path), _): return try await chunks(exchange, name, path)
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func batch(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let request = try await exchange.json(LargeFileMessages.BatchRequest.self)
        let isUpload = request.operation == "upload"
        guard isUpload || request.operation == "download" else {
            throw HTTPFailure(.unprocessableContent, "the operation is neither 'upload' nor 'download'")
        }
        guard (request.hashAlgo ?? "sha256") == "sha256" else {
            throw HTTPFailure(.conflict, "the only hash algorithm here is sha256")
        }
        guard request.objects.count <= 10_000 else {
            throw HTTPFailure(.contentTooLarge, "too many objects (10,000 at most)")
        }
        let transfers = request.transfers ?? ["basic"]
        let answer = try await work.ask { [self] in
            if isUpload {
                try requireWriting(name, exchange)
            } else {
                try require(.reader, in: name, exchange.identity)
            }
            return try answerBatch(request, exchange, name, transfers: transfers)
        }
        return try .json(answer, type: Response.largeFileType)
    }

    private func answerBatch(
        _ request: LargeFileMessages.BatchRequest, _ exchange: Exchange, _ name: RepositoryName, transfers: [String]
    ) throws -> LargeFileMessages.BatchResponse {
        let content = try largeContent(of: name)
        // One transfer is named for the whole batch: files that came whole are given whole.
        let usesChunks =
            try transfers.contains("nacre-chunks")
            && (request.operation == "upload" || request.objects.allSatisfy { try content.isChunked($0.oid) })
        let objects = try request.objects.map { object -> LargeFileMessages.BatchObject in
            var answer = LargeFileMessages.BatchObject(oid: object.oid, size: object.size)
            guard LargeObjectStore.isValid(object.oid), object.size >= 0 else {
                answer.error = LargeFileMessages.ObjectError(code: 422, message: "invalid object id or size")
                return answer
            }
            let size = try content.size(of: object.oid)
            if request.operation == "download" {
                guard size == object.size else {
                    answer.error = LargeFileMessages.ObjectError(code: 404, message: "object not found")
                    return answer
                }
            } else if size == object.size {
                return answer
            } else if object.size > options.maximumFile {
                let message = "files of more than \(options.maximumFile) bytes are not taken"
                answer.error = LargeFileMessages.ObjectError(code: 422, message: message)
                return answer
            }
            answer.authenticated = true
            answer.actions = actions(for: object, request.operation, exchange, name, usesChunks: usesChunks)
            return answer
        }
        return LargeFileMessages.BatchResponse(transfer: usesChunks ? "nacre-chunks" : "basic", objects: objects)
    }

    private func actions(
        for object: LargeFileMessages.Object, _ operation: String, _ exchange: Exchange, _ name: RepositoryName,
        usesChunks: Bool
    ) -> [String: LargeFileMessages.Action] {
        let base = "\(options.publicURL ?? exchange.origin.base)/\(name.path).git/info/lfs"
        let lifetime = options.signedURLLifetime
        if usesChunks {
            // The header is the client's own; what it may do is looked at with each call.
            let header = exchange.request.headers[.authorization].map { ["Authorization": $0] }
            let href = "\(base)/chunks/manifests/\(object.oid)"
            return [operation: LargeFileMessages.Action(href: href, header: header, expiresIn: lifetime)]
        }
        let query = signer.query(
            for: URLSigner.Grant(
                operation: operation, repository: name.path, oid: object.oid, size: object.size,
                expires: accounts.now() + lifetime, userID: exchange.identity.user?.id ?? 0,
                tokenID: exchange.identity.token?.id ?? 0))
        let href = "\(base)/objects/\(object.oid)"
        var actions = [operation: LargeFileMessages.Action(href: "\(href)?\(query)", expiresIn: lifetime)]
        if operation == "upload" {
            actions["verify"] = LargeFileMessages.Action(href: "\(href)/verify?\(query)", expiresIn: lifetime)
        }
        return actions
    }

    private func verify(_ exchange: Exchange, _ name: RepositoryName, _ oid: String) async throws -> Response {
        let object = try await exchange.json(LargeFileMessages.Object.self)
        let query = exchange.query
        let size = try await work.ask { [self] in
            if query["signature"] != nil {
                _ = try grant(query, name, oid)
            } else {
                try require(.writer, in: name, exchange.identity)
            }
            return try largeContent(of: name).size(of: oid)
        }
        guard size == object.size, object.oid == oid else { throw HTTPFailure(.notFound, "object not found") }
        return .empty(.ok)
    }

    /// What a signed address lets through, if its bearer still may. Blocks.
    func grant(_ query: [String: String], _ name: RepositoryName, _ oid: String) throws -> URLSigner.Grant {
        guard let grant = signer.grant(query, repository: name, oid: oid, now: accounts.now()) else {
            throw HTTPFailure(.forbidden, "the address is not valid, or no longer (ask for a new one)")
        }
        var identity = Identity.anonymous
        if grant.userID != 0 {
            let tokenID = grant.tokenID == 0 ? nil : grant.tokenID
            identity = try accounts.identity(userID: grant.userID, tokenID: tokenID) ?? .anonymous
        }
        let needed: Role = grant.operation == "upload" ? .writer : .reader
        guard let held = try accounts.role(of: identity, in: name), held >= needed, try repositories.exists(name) else {
            throw HTTPFailure(.forbidden, "the address is not valid any more")
        }
        return grant
    }
}
