internal import GitRepository
internal import Logging
internal import ServiceLifecycle

/// Keeps repositories fit while they are served: packs refs and objects, writes commit-graphs, and clears away what nothing
/// leads to once it is older than the grace.
struct MaintenanceService: Service {
    let host: Host

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            guard let interval = host.options.maintenanceInterval else {
                // A service that ends would end the server.
                while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
                return
            }
            // The first round is soon, for what an earlier process left behind.
            var seconds = min(5, interval)
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(seconds))
                seconds = interval
                await round()
            }
        }
    }

    private func round() async {
        let host = host
        let now = host.accounts.now()
        do {
            try await host.work.transfer {
                try Sweeper(repositories: host.repositories, before: now - 86400).run()
                for name in host.pushed.take() where !host.isStopping.isSet {
                    do { try maintain(name, now: now) } catch {
                        host.logger.warning(
                            "maintenance failed",
                            metadata: ["repository": .string(name.path), "error": .string("\(error)")])
                    }
                }
            }
        } catch {
            host.logger.warning("maintenance failed", metadata: ["error": .string("\(error)")])
        }
    }

    private func maintain(_ name: RepositoryName, now: Int64) throws {
        guard try host.repositories.exists(name) else { return }
        let repository = try host.open.repository(name)
        guard try repository.needsMaintenance().isNeeded || repository.lacksBitmaps() else { return }
        var options = MaintenanceOptions()
        options.pruneBefore = now - host.options.graceSeconds
        try repository.maintain(options)
        try CloneBundle.update(repository, least: host.options.bundleSize)
        host.open.forget(name)
        host.metrics.add("maintenance_runs")
        host.logger.info("maintained", metadata: ["repository": .string(name.path)])
    }
}
