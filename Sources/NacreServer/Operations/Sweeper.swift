internal import Bytes
internal import SystemPackage

/// Removes what killed processes and vanished clients left behind, once nobody can still be at work on it.
struct Sweeper {
    let repositories: RepositoryStore
    /// What was changed since is left alone.
    let before: Int64

    /// Sweeps the server's own directory and every repository.
    func run() throws {
        try sweep(repositories.stateDirectory) { $0.hasPrefix("tmp_") }
        for name in try repositories.all() {
            let path = repositories.path(of: name)
            try sweep(path.appending("objects")) { $0.hasPrefix("tmp_objdir-") || $0.hasPrefix("tmp_") }
            try sweep(path.appending("objects").appending("pack")) { $0.hasPrefix("tmp_") }
            try sweep(path.appending("lfs").appending("incoming")) { _ in true }
            try sweep(path.appending("nacre").appending("chunks")) { $0.hasPrefix("tmp_") }
        }
    }

    private func sweep(_ directory: FilePath, _ isLeftover: (String) -> Bool) throws {
        for entry in try Files.list(directory) ?? [] where isLeftover(String(decoding: entry.name, as: UTF8.self)) {
            let path = directory.appending(bytes: entry.name)
            guard let status = try FileStatus.of(path), status.modified.seconds < before else { continue }
            try Files.removeTree(path)
        }
    }
}
