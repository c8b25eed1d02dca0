internal import Bytes
internal import SystemPackage

/// What of the system an isolated stage sees, all of it read-only: programs, libraries and settings, never a person's own files.
struct IsolatedSystem: Sendable {
    /// The directories that every installation has; what is not there is passed over.
    private static let common = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu", "/sys",
    ].map { FilePath($0) }

    /// The home directory, which a stage finds empty.
    let home: FilePath?
    /// Where the programs of the search path stand that are not among the common ones.
    let installations: [FilePath]
    /// Graphics cards.
    let devices: [FilePath]

    /// Finds the installations that a search path names.
    init(searchPath: String, home: String?) throws {
        let home = home.map { FilePath($0) }.flatMap { $0.isAbsolute && $0 != "/" ? $0 : nil }
        self.home = home
        var found: [FilePath] = []
        for folder in searchPath.split(separator: ":").map({ FilePath(String($0)) }) where folder.isAbsolute {
            guard !Self.common.contains(where: { folder.starts(with: $0) }), try FileStatus.of(folder) != nil else {
                continue
            }
            found += try Self.installation(of: folder, home: home)
        }
        var seen: Set<FilePath> = []
        installations = found.filter { seen.insert($0).inserted }
        devices = (try Files.list("/dev") ?? []).map { String(decoding: $0.name, as: UTF8.self) }.filter { name in
            name.hasPrefix("nvidia") || name == "dri" || name == "kfd"
        }.sorted().map { FilePath("/dev").appending($0) }
    }

    /// What the programs of a directory need besides it.
    private static func installation(of folder: FilePath, home: FilePath?) throws -> [FilePath] {
        let prefix = folder.removingLastComponent()
        func has(_ name: String) throws -> Bool { try FileStatus.of(prefix.appending(name)) != nil }
        if prefix.lastComponent?.string == ".local" {
            return try [folder] + ["lib", "share/uv", "share/pipx"].filter(has).map { prefix.appending($0) }
        }
        guard prefix != "/", prefix != home, folder.lastComponent?.string != prefix.lastComponent?.string else {
            return [folder]
        }
        if let settings = try Files.readIfPresent(prefix.appending("pyvenv.cfg"), limit: 1 << 16) {
            // The interpreter that the virtual environment was made from.
            let base = PythonEnvironment.setting("home", in: settings).map { FilePath($0).removingLastComponent() }
            return [prefix] + (base.flatMap { $0 == "/" || $0 == home ? nil : $0 }.map { [$0] } ?? [])
        }
        let isInstallation = try prefix.lastComponent?.string.hasPrefix(".") == true || has("conda-meta")
        return [isInstallation ? prefix : folder]
    }

    /// The words for bubblewrap: a root of its own with what is visible.
    ///
    /// - Parameter hidden: directories that stay empty even where they stand inside a visible one.
    func words(hiding hidden: [FilePath]) -> [String] {
        var words: [String] = []
        for path in Self.common { words += ["--ro-bind-try", path.string, path.string] }
        words += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp"]
        for path in devices { words += ["--dev-bind-try", path.string, path.string] }
        if let home { words += ["--tmpfs", home.string] }
        for path in hidden { words += ["--tmpfs", path.string] }
        for path in installations { words += ["--ro-bind-try", path.string, path.string] }
        return words + ["--setenv", "TMPDIR", "/tmp"]
    }

    /// Whether a stage sees a path as it is.
    func shows(_ path: FilePath) -> Bool {
        (Self.common + installations + ["/dev", "/proc"]).contains { path.starts(with: $0) }
    }
}
