internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitStorage
internal import GitTransport

extension Repository {
    /// The remotes that have promised what is not here: that of `extensions.partialClone` first.
    public var promisorRemotes: [String] {
        get throws {
            let names = try Remote.names(config).filter { try Remote($0, config).isPromisor }
            guard let first = config.string("extensions.partialclone") else { return names }
            return [first] + names.filter { $0 != first }
        }
    }

    /// Makes reading objects that a partial clone left out fetch them. Does nothing in a repository that is whole.
    public func fetchesPromisedObjects(_ access: RemoteAccess) throws {
        let names = try promisorRemotes
        guard !names.isEmpty else { return }
        objects.setPromise { [weak self] ids in try self?.fetchPromised(ids, from: names, access) }
    }

    /// Fetches objects by their ids and nothing behind them, from the first remote that has them.
    private func fetchPromised(_ ids: [ObjectID], from names: [String], _ access: RemoteAccess) throws {
        var failure: (any Error)?
        for name in names {
            do {
                let remote = try Remote(name, config)
                let connection = try access.connect(to: remote.urls[0], config, remote: remote)
                defer { connection.close() }
                let client = try FetchClient(connection, agent: access.agent, version: access.version(config))
                var goal = FetchGoal(wants: ids)
                // Trees that are asked for come without what is below them: that is fetched when it is read.
                goal.filter = .noBlobs
                goal.isQuiet = true
                let operation = FetchOperation(self, from: remote, FetchOptions(), access)
                _ = try operation.receive(client, goal, isPromised: true)
                return
            } catch {
                failure = error
            }
        }
        throw failure ?? RepositoryError(.notFound, "no remote has promised the objects that are not here")
    }
}
