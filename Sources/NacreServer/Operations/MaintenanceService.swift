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
            }
        } catch {
            host.logger.warning("maintenance failed", metadata: ["error": .string("\(error)")])
        }
    }
}
