internal import Bytes
internal import Glibc
public import SystemPackage

/// A Python interpreter and the packages that it would import, read from their own metadata without running it.
public struct PythonEnvironment: Sendable {
    /// The interpreter's file, links followed.
    public let interpreter: String
    /// Its version, where the layout tells it.
    public let version: String?
    /// Packages and versions in order of name; a package not from an index has its origin behind the version.
    public let packages: [(name: String, version: String)]

    /// Finds the interpreter that a command would run and reads its packages.
    ///
    /// - Parameters:
    ///   - command: `python3`, or a path, relative to `directory`.
    ///   - searchPath: the value of `PATH`.
    /// - Returns: nil where there is no such interpreter.
    public static func capture(_ command: String, searchPath: String, in directory: FilePath) throws
        -> PythonEnvironment?
    {
        guard let found = locate(command, searchPath: searchPath, in: directory) else { return nil }
        // A virtual environment is named by the link, not by what it points to.
        let prefix = found.removingLastComponent().removingLastComponent()
        let configuration = try Files.readIfPresent(prefix.appending("pyvenv.cfg"), limit: 1 << 16)
        let resolved = realPath(found)
        let root = configuration == nil ? resolved.removingLastComponent().removingLastComponent() : prefix
        var version = configuration.flatMap { setting("version", in: $0) ?? setting("version_info", in: $0) }
        // `python3.11`: Debian's folder of packages says only `python3`.
        if version == nil, let name = resolved.lastComponent?.string, name.hasPrefix("python"), name.contains(".") {
            version = String(name.dropFirst(6))
        }
        var packages: [String: (String, String)] = [:]
        for folder in try sitePackages(below: root) {
            if version == nil, let name = folder.removingLastComponent().lastComponent?.string, name.hasPrefix("python")
            {
                version = String(name.dropFirst(6))
            }
            for entry in try Files.list(folder) ?? [] {
                let name = String(decoding: entry.name, as: UTF8.self)
                guard name.hasSuffix(".dist-info") else { continue }
                if let package = try read(folder.appending(name)) {
                    packages[package.name.lowercased()] = (package.name, package.version)
                }
            }
        }
        let sorted = packages.keys.sorted().compactMap { packages[$0] }
        return PythonEnvironment(
            interpreter: resolved.string, version: version, packages: sorted.map { (name: $0.0, version: $0.1) })
    }

    private static func locate(_ command: String, searchPath: String, in directory: FilePath) -> FilePath? {
        if command.contains("/") {
            let path = directory.pushing(FilePath(command))
            return isExecutable(path) ? path : nil
        }
        for folder in searchPath.split(separator: ":") {
            let path = directory.pushing(FilePath(String(folder))).appending(command)
            guard isExecutable(path) else { continue }
            // A launcher script is no interpreter: pass on to what stands behind it.
            if isScript(path) {
                guard let chosen = chosen(command, launcher: path, in: directory) else { continue }
                return chosen
            }
            return path
        }
        return nil
    }

    private static func isScript(_ path: FilePath) -> Bool {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return false }
        defer { try? file.close() }
        var start: [UInt8] = [0, 0]
        let count = start.withUnsafeMutableBytes { (try? file.read(into: $0)) ?? 0 }
        return count == 2 && start == Array("#!".utf8)
    }

    /// The interpreter that pyenv's launcher starts: the version that `.python-version` here or above names, or the global one.
    private static func chosen(_ command: String, launcher: FilePath, in directory: FilePath) -> FilePath? {
        let folder = launcher.removingLastComponent()
        guard folder.lastComponent?.string == "shims" else { return nil }
        let root = folder.removingLastComponent()
        var places: [FilePath] = []
        var place = directory
        while true {
            places.append(place.appending(".python-version"))
            let parent = place.removingLastComponent()
            if parent == place { break }
            place = parent
        }
        for file in places + [root.appending("version")] {
            guard let bytes = try? Files.readIfPresent(file, limit: 1 << 16) else { continue }
            for word in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace) {
                let path = root.appending("versions").appending(String(word)).appending("bin").appending(command)
                if isExecutable(path) { return path }
            }
            return nil
        }
        return nil
    }

    private static func isExecutable(_ path: FilePath) -> Bool {
        guard let status = try? FileStatus.of(path, followingLinks: true) else { return false }
        return status.kind == .regular && status.isExecutable
    }

    private static func realPath(_ path: FilePath) -> FilePath {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return path }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// A setting of `pyvenv.cfg`.
    static func setting(_ name: String, in configuration: [UInt8]) -> String? {
        for line in String(decoding: configuration, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if parts.count == 2, parts[0] == name { return parts[1] }
        }
        return nil
    }

    /// `lib/python3.x/site-packages` and Debian's `lib/python3/dist-packages`.
    private static func sitePackages(below root: FilePath) throws -> [FilePath] {
        var result: [FilePath] = []
        for library in ["lib", "lib64", "local/lib"] {
            for entry in try Files.list(root.appending(library)) ?? [] {
                let name = String(decoding: entry.name, as: UTF8.self)
                guard name.hasPrefix("python") else { continue }
                for folder in ["site-packages", "dist-packages"] {
                    let path = root.appending(library).appending(name).appending(folder)
                    if try FileStatus.of(path, followingLinks: true)?.kind == .directory { result.append(path) }
                }
            }
        }
        return result
    }

    private static func read(_ folder: FilePath) throws -> (name: String, version: String)? {
        guard let metadata = try Files.readIfPresent(folder.appending("METADATA"), limit: 1 << 22) else { return nil }
        var name: String?
        var version: String?
        for line in metadata.split(separator: 10, maxSplits: 60, omittingEmptySubsequences: false) {
            if line.isEmpty { break }
            if line.starts(with: "Name: ".utf8) { name = String(decoding: line.dropFirst(6), as: UTF8.self) }
            if line.starts(with: "Version: ".utf8) { version = String(decoding: line.dropFirst(9), as: UTF8.self) }
        }
        guard let name, var version else { return nil }
        if let direct = try Files.readIfPresent(folder.appending("direct_url.json"), limit: 1 << 16),
            let origin = try? JSONReader.read(direct, source: "direct_url.json").object
        {
            let commit = origin["vcs_info"]?.object?["commit_id"]?.string
            version += " @ " + (origin["url"]?.string ?? "") + (commit.map { "@" + $0 } ?? "")
        }
        return (name, version)
    }

    /// The environment as a mapping: interpreter, version, packages.
    public var value: Value {
        var result: ValueObject = ["interpreter": .string(interpreter)]
        if let version { result["version"] = .string(version) }
        result["packages"] = .object(ValueObject(packages.map { ($0.name, .string($0.version)) }))
        return .object(result)
    }
}
