internal import Bytes
internal import HTTPTypes
internal import Hummingbird

/// Repositories, their members and their protections.
extension Host {
    func repositoriesAPI(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        if path.isEmpty {
            switch exchange.request.method {
            case .get: return try await listRepositories(exchange)
            case .post: return try await createRepository(exchange)
            default: throw HTTPFailure.methodNotAllowed
            }
        }
        guard path.count >= 2, let name = RepositoryName("\(path[0])/\(path[1])") else {
            throw HTTPFailure(.notFound, "not found")
        }
        let rest = Array(path.dropFirst(3))
        switch path.count > 2 ? path[2] : "" {
        case "" where path.count == 2: return try await repository(exchange, name)
        case "members":
            try await manage(.admin, name, exchange)
            return try await members(exchange, subject: name.path, rest)
        case "protections" where rest.isEmpty: return try await protections(exchange, name)
        case "audit" where rest.isEmpty && exchange.request.method == .get:
            try await manage(.admin, name, exchange)
            return try await auditList(exchange, subject: name.path)
        default: throw HTTPFailure(.notFound, "not found")
        }
    }

    /// Lets only those through who have a role there and may manage with what they showed. A repository that they may not
    /// read is not there for them.
    private func manage(_ role: Role, _ name: RepositoryName, _ exchange: Exchange) async throws {
        try await work.ask { [self] in try require(role, in: name, exchange.identity) }
        if let token = exchange.identity.token, token.access != .admin {
            throw HTTPFailure(.forbidden, "this takes a token with access 'admin'")
        }
    }

    private func listRepositories(_ exchange: Exchange) async throws -> Response {
        let list = try await work.ask { [self] in
            try repositories.all().compactMap { try info($0, exchange.identity) }
        }
        return try .json(list)
    }

    private func info(_ name: RepositoryName, _ identity: Identity) throws -> APIMessages.RepositoryInfo? {
        guard let role = try accounts.role(of: identity, in: name) else { return nil }
        return APIMessages.RepositoryInfo(name: name.path, isPublic: try accounts.isPublic(name), role: role.name)
    }

    private func createRepository(_ exchange: Exchange) async throws -> Response {
        let new = try await exchange.json(APIMessages.NewRepository.self)
        guard let name = RepositoryName(new.name) else { throw AccountError.invalidName(String(new.name.prefix(100))) }
        guard let algorithm = HashAlgorithm(name: new.objectFormat ?? "sha1") else {
            throw HTTPFailure(.unprocessableContent, "the object format is neither sha1 nor sha256")
        }
        let actor = exchange.actor
        let made = try await work.ask { [self] in
            guard try accounts.mayCreate(name, exchange.identity) else {
                throw HTTPFailure(.forbidden, "you may not create repositories in '\(name.namespace)'")
            }
            let branch = options.defaultBranch
            guard try repositories.create(name, defaultBranch: branch, algorithm: algorithm) else {
                throw AccountError.exists("repository '\(name)'")
            }
            try accounts.record(actor.entry(accounts.now(), "repo.create", name.path))
            if new.isPublic == true { try accounts.setPublic(true, name, by: actor) }
            return try info(name, exchange.identity)
        }
        return try .json(made, status: .created)
    }

    private func repository(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let actor = exchange.actor
        switch exchange.request.method {
        case .get:
            return try .json(
                try await work.ask { [self] in
                    try require(.reader, in: name, exchange.identity)
                    return try info(name, exchange.identity)
                })
        case .patch:
            try await manage(.admin, name, exchange)
            let change = try await exchange.json(APIMessages.RepositoryChange.self)
            try await work.ask { [accounts] in
                if let isPublic = change.isPublic { try accounts.setPublic(isPublic, name, by: actor) }
            }
            return .empty(.noContent)
        case .delete:
            try await manage(.admin, name, exchange)
            try await work.ask { [self] in
                try repositories.remove(name)
                try accounts.forget(name, by: actor)
            }
            return .empty(.noContent)
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func protections(_ exchange: Exchange, _ name: RepositoryName) async throws -> Response {
        let (accounts, actor) = (accounts, exchange.actor)
        switch exchange.request.method {
        case .get:
            return try .json(
                try await work.ask { [self] in
                    try require(.reader, in: name, exchange.identity)
                    return try accounts.protections(of: name).map { APIMessages.Rule($0) }
                })
        case .put:
            try await manage(.maintainer, name, exchange)
            let new = try await exchange.json(APIMessages.Rule.self)
            let push = new.push ?? Role.maintainer.name
            guard push == "nobody" || Role(name: push) != nil, !new.pattern.isEmpty else {
                throw HTTPFailure(.unprocessableContent, "the pattern or the role is not valid")
            }
            let rule = Protection(
                repository: name.path, pattern: Protection.fullPattern(new.pattern), pushRole: Role(name: push),
                allowsForce: new.allowForce ?? false, allowsDelete: new.allowDelete ?? false,
                requiresSignature: new.requireSigned ?? false, requiresPolicy: new.requirePolicy ?? false)
            try await work.ask { try accounts.protect(rule, by: actor) }
            return .empty(.noContent)
        case .delete:
            try await manage(.maintainer, name, exchange)
            let pattern = Protection.fullPattern(exchange.query["pattern"] ?? "")
            try await work.ask { try accounts.unprotect(pattern, in: name, by: actor) }
            return .empty(.noContent)
        default: throw HTTPFailure.methodNotAllowed
        }
    }
}
