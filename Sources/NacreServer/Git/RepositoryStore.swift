package import Bytes
internal import GitObjects
package import SystemPackage

/// The repositories below a folder: `ROOT/namespace/name.git`.
package final class RepositoryStore: Sendable {
    /// The folder.
    package let root: FilePath

    /// Serves what stands below a folder.
    package init(root: FilePath) { self.root = root }

    /// Where the server keeps what is its own; no namespace can have this name.
    package var stateDirectory: FilePath { root.appending(".nacre-server") }

    /// The accounts' database.
    package var accountsPath: FilePath { stateDirectory.appending("accounts.sqlite") }

    /// Where a repository is or would be.
    package func path(of name: RepositoryName) -> FilePath {
        root.appending(name.namespace).appending("\(name.name).git")
    }

    /// Whether there is such a repository. A symbolic link is not followed: it could lead out of the folder.
    package func exists(_ name: RepositoryName) throws -> Bool {
        let path = path(of: name)
        guard try FileStatus.of(path.removingLastComponent())?.kind == .directory,
            try FileStatus.of(path)?.kind == .directory
        else { return false }
        return try FileStatus.of(path.appending("HEAD"))?.kind == .regular
            && FileStatus.of(path.appending("objects"))?.kind == .directory
    }

    /// Every repository, by name.
    package func all() throws -> [RepositoryName] {
        var names: [RepositoryName] = []
        for namespace in try Files.list(root) ?? [] where namespace.kind != .regular {
            for entry in try Files.list(root.appending(bytes: namespace.name)) ?? [] {
                let text = String(decoding: entry.name, as: UTF8.self)
                guard text.hasSuffix(".git"),
                    let name = RepositoryName("\(String(decoding: namespace.name, as: UTF8.self))/\(text)"),
                    try exists(name)
                else { continue }
                names.append(name)
            }
        }
        return names.sorted()
    }

    /// Makes an empty bare repository, in one step: it is there whole or not at all. Does nothing where it is there.
    ///
    /// - Returns: whether it is new.
    @discardableResult
    package func create(
        _ name: RepositoryName, defaultBranch: String = "main", algorithm: HashAlgorithm = .sha1
    ) throws -> Bool {
        if try exists(name) { return false }
        let target = path(of: name)
        let staging = stateDirectory.appending("tmp_new_\(Hex.string(try Secrets.random(8)))")
        try Files.makeDirectory(staging)
        do {
            try RepositoryStore.fill(staging, defaultBranch: defaultBranch, algorithm: algorithm)
            try Files.makeDirectory(target.removingLastComponent())
            try Files.rename(staging, to: target)
        } catch {
            try? Files.removeTree(staging)
            // Somebody else may have made it at the same moment: a directory that is not empty is not replaced.
            if try exists(name) { return false }
            throw error
        }
        try Files.synchronizeDirectory(target.removingLastComponent())
        return true
    }

    private static func fill(_ path: FilePath, defaultBranch: String, algorithm: HashAlgorithm) throws {
        for directory in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info", "hooks"] {
            try Files.makeDirectory(path.appending(bytes: Array(directory.utf8)))
        }
        let version = algorithm == .sha1 ? "0" : "1"
        var config = "[core]\n\trepositoryformatversion = \(version)\n\tfilemode = true\n\tbare = true\n"
        if algorithm == .sha256 { config += "[extensions]\n\tobjectformat = sha256\n" }
        try TemporaryFile.replace(path.appending("config"), with: Array(config.utf8))
        try TemporaryFile.replace(path.appending("HEAD"), with: Array("ref: refs/heads/\(defaultBranch)\n".utf8))
    }

    /// Takes a repository away: out of reach in one step, then file by file.
    package func remove(_ name: RepositoryName) throws {
        let grave = stateDirectory.appending("tmp_old_\(Hex.string(try Secrets.random(8)))")
        try Files.rename(path(of: name), to: grave)
        try Files.removeTree(grave)
    }
}
