internal import HTTPTypes
internal import Hummingbird

/// The management API, below `/api/v1/`: Documentation/Guide/hosting.md, "The API".
extension Host {
    func api(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        guard exchange.identity.user != nil else { throw HTTPFailure.unauthorized }
        do {
            switch path.first {
            case "user" where path.count == 1: return try currentUser(exchange)
            case "users": return try await usersAPI(exchange, Array(path.dropFirst()))
            case "tokens": return try await tokensAPI(exchange, Array(path.dropFirst()))
            case "audit" where path.count == 1: return try await auditAPI(exchange)
            case "namespaces" where path.count >= 3: return try await namespaceAPI(exchange, Array(path.dropFirst()))
            case "repos": return try await repositoriesAPI(exchange, Array(path.dropFirst()))
            default: throw HTTPFailure(.notFound, "not found")
            }
        } catch let error as AccountError {
            throw HTTPFailure(Host.status(of: error), error.description)
        }
    }

    private static func status(of error: AccountError) -> HTTPResponse.Status {
        switch error {
        case .invalidName, .weakPassword: .unprocessableContent
        case .exists: .conflict
        case .notFound: .notFound
        case .noRandomness, .passwordHashing, .newerDatabase: .internalServerError
        }
    }

    /// Lets only those through who may manage with what they showed: a password, or a token made for it.
    func requireManaging(_ identity: Identity) throws {
        if let token = identity.token, token.access != .admin || token.repositories != nil {
            throw HTTPFailure(.forbidden, "this takes a token with access 'admin'")
        }
    }

    private func requireServerAdmin(_ identity: Identity) throws {
        guard identity.isServerAdmin else { throw HTTPFailure(.forbidden, "administrators of the server only") }
    }

    private func currentUser(_ exchange: Exchange) throws -> Response {
        guard exchange.request.method == .get, let user = exchange.identity.user else {
            throw HTTPFailure.methodNotAllowed
        }
        return try .json(APIMessages.UserInfo(user))
    }

    private func usersAPI(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        try requireServerAdmin(exchange.identity)
        let (accounts, actor) = (accounts, exchange.actor)
        switch (exchange.request.method, path.count) {
        case (.get, 0):
            return try .json(try await work.ask { try accounts.users().map { APIMessages.UserInfo($0) } })
        case (.post, 0):
            let new = try await exchange.json(APIMessages.NewUser.self)
            let user = try await work.ask {
                if let password = new.password, password.utf8.count < 10 { throw AccountError.weakPassword }
                let user = try accounts.addUser(new.name, isAdmin: new.admin ?? false, by: actor)
                if let password = new.password { try accounts.setPassword(password, of: new.name, by: actor) }
                return user
            }
            return try .json(APIMessages.UserInfo(user), status: .created)
        case (.patch, 1):
            let change = try await exchange.json(APIMessages.UserChange.self)
            try await work.ask {
                if let isAdmin = change.admin { try accounts.setAdmin(isAdmin, path[0], by: actor) }
                if let isDisabled = change.disabled { try accounts.setDisabled(isDisabled, path[0], by: actor) }
                if let password = change.password { try accounts.setPassword(password, of: path[0], by: actor) }
            }
            return .empty(.noContent)
        case (.delete, 1):
            try await work.ask { try accounts.removeUser(path[0], by: actor) }
            return .empty(.noContent)
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func tokensAPI(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        try requireManaging(exchange.identity)
        let (accounts, actor) = (accounts, exchange.actor)
        let name = exchange.identity.name
        switch (exchange.request.method, path.count) {
        case (.get, 0):
            return try .json(try await work.ask { try accounts.tokens(of: name).map { APIMessages.TokenInfo($0) } })
        case (.post, 0):
            let new = try await exchange.json(APIMessages.NewToken.self)
            let patterns = new.repositories ?? []
            guard patterns.allSatisfy({ !$0.isEmpty && !$0.contains(" ") }), !new.name.isEmpty else {
                throw HTTPFailure(.unprocessableContent, "the name or a repository pattern is not valid")
            }
            if let seconds = new.expiresIn, !(1...3_153_600_000).contains(seconds) {
                throw HTTPFailure(.unprocessableContent, "expires_in is not valid")
            }
            let made = try await work.ask {
                try accounts.addToken(
                    new.name, for: name, access: new.access ?? .write,
                    repositories: patterns.isEmpty ? nil : patterns.joined(separator: " "),
                    expires: new.expiresIn.map { accounts.now() + $0 }, by: actor)
            }
            return try .json(APIMessages.TokenInfo(made.token, secret: made.secret), status: .created)
        case (.delete, 1):
            try await work.ask { try accounts.revokeToken(path[0], of: name, by: actor) }
            return .empty(.noContent)
        default: throw HTTPFailure.methodNotAllowed
        }
    }

    private func auditAPI(_ exchange: Exchange) async throws -> Response {
        try requireServerAdmin(exchange.identity)
        guard exchange.request.method == .get else { throw HTTPFailure.methodNotAllowed }
        return try await auditList(exchange, subject: exchange.query["subject"])
    }

    func auditList(_ exchange: Exchange, subject: String?) async throws -> Response {
        let limit = min(max(exchange.query["limit"].flatMap { Int($0) } ?? 100, 1), 1000)
        let accounts = accounts
        return try .json(
            try await work.ask { try accounts.audit(subject: subject, limit: limit).map { APIMessages.Entry($0) } })
    }

    private func namespaceAPI(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        let namespace = path[0]
        guard RepositoryName.isValidPart(namespace), path.count >= 2, path[1] == "members" else {
            throw HTTPFailure(.notFound, "not found")
        }
        try requireManaging(exchange.identity)
        let isAllowed = try await work.ask { [accounts] in

            guard let user = exchange.identity.user else { return false }
            if user.isAdmin || user.name == namespace { return true }
            return try accounts.members(of: namespace).contains { $0.user == user.name && $0.role == .admin }
        }
        guard isAllowed else { throw HTTPFailure(.forbidden, "admins of the namespace only") }
        return try await members(exchange, subject: namespace, Array(path.dropFirst(2)))
    }

    /// Who has a role in a namespace or a repository; the caller has checked that the identity may manage it.
    func members(_ exchange: Exchange, subject: String, _ path: [String]) async throws -> Response {
        let (accounts, actor) = (accounts, exchange.actor)
        switch (exchange.request.method, path.count) {
        case (.get, 0):
            return try .json(
                try await work.ask {
                    try accounts.members(of: subject).map { APIMessages.Member(user: $0.user, role: $0.role.name) }
                })
        case (.put, 1):
            let new = try await exchange.json(APIMessages.NewRole.self)
            guard let role = Role(name: new.role) else {
                throw HTTPFailure(.unprocessableContent, "'\(new.role.prefix(40))' is not a role")
            }
            try await work.ask { try accounts.setRole(role, of: path[0], in: subject, by: actor) }
            return .empty(.noContent)
        case (.delete, 1):
            try await work.ask { try accounts.setRole(nil, of: path[0], in: subject, by: actor) }
            return .empty(.noContent)
        default: throw HTTPFailure.methodNotAllowed
        }
    }
}
