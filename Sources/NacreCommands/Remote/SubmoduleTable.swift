internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

/// The submodules of a repository: what `.gitmodules` says of them, what the index holds, what the configuration knows.
struct SubmoduleTable {
    /// One path of the index that is a submodule.
    struct Entry {
        let path: String
        let id: ObjectID
        let isUnmerged: Bool
    }

    let arguments: Arguments
    let context: Context
    let repository: Repository
    let workTree: FilePath
    let program: NestedProgram
    /// `.gitmodules`.
    let modules: Config
    private let names: [String: String]

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        (repository, workTree) = try context.repositoryWithWorkTree()
        program = try NestedProgram(context)
        let file = workTree.appending(".gitmodules")
        let content = try Files.readIfPresent(file, limit: 16 << 20) ?? []
        modules = try Config(entries: ConfigFile(content: content, place: .file(file)).entries())
        var names: [String: String] = [:]
        for bytes in modules.subsections(of: "submodule") {
            let name = String(decoding: bytes, as: UTF8.self)
            guard SubmoduleTable.isSafe(name), let path = modules.string("submodule.\(name).path") else { continue }
            names[path] = name
        }
        self.names = names
    }

    /// A name becomes a directory below `.git/modules`: it must not lead out of it.
    static func isSafe(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("/")
            && !name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).contains { $0 == ".." }
    }

    var isQuiet: Bool { arguments.isOn("quiet") }

    /// What stands before paths in messages: the path of a superproject that called this program.
    var prefix: String { arguments.text("super-prefix") ?? "" }

    func shown(_ path: String) -> String {
        guard prefix.isEmpty else { return prefix + path }
        return String(decoding: context.shown(GitPath(path)), as: UTF8.self)
    }

    /// The submodule's name, by `.gitmodules`.
    func name(_ path: String) -> String? { names[path] }

    /// The submodule's name.
    ///
    /// - Throws: Git's error where there is none.
    func requireName(_ path: String) throws -> String {
        guard let name = names[path] else {
            throw CommandError.fatal("no submodule mapping found in .gitmodules for path '\(path)'")
        }
        return name
    }

    /// The submodules that operands name; all without operands.
    func selected(_ operands: [[UInt8]]? = nil) throws -> [Entry] {
        let operands = operands ?? arguments.operands
        let pathspec = try operands.isEmpty ? Pathspec.all : context.pathspec(operands)
        let index = try context.index()
        var entries: [Entry] = []
        var isKnown = false
        for entry in index.entries where pathspec.matches(entry.path) {
            isKnown = true
            guard entry.mode == .gitlink else { continue }
            let path = String(decoding: entry.path.bytes, as: UTF8.self)
            if entries.last?.path == path { continue }
            entries.append(Entry(path: path, id: entry.id, isUnmerged: entry.stage != .merged))
        }
        if !isKnown, let first = operands.first {
            context.errors.line(
                "error: pathspec '\(String(decoding: first, as: UTF8.self))' did not match any file(s) known to git")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        return entries
    }

    /// Whether the submodule is one that this clone works with.
    func isActive(_ path: String) throws -> Bool {
        guard let name = name(path) else { return false }
        let config = try Repository.open(workTree, discovery).config
        if let isActive = try config.bool("submodule.\(name).active") { return isActive }
        let patterns = config.strings("submodule.active")
        if !patterns.isEmpty {
            return try context.pathspec(patterns.map { Array((":(top)" + $0).utf8) }).matches(GitPath(path))
        }
        return config.isSet("submodule.\(name).url")
    }

    private var discovery: Discovery {
        var discovery = context.discovery
        discovery.gitDirectory = nil
        discovery.workTree = nil
        return discovery
    }

    /// The settings of this repository as they stand now.
    func config() throws -> Config { try Repository.open(workTree, discovery).config }

    /// Changes the settings of this repository.
    func edit(_ body: (inout ConfigFile) throws(ConfigError) -> Void) throws {
        try ConfigFile.edit(repository.commonDirectory.appending("config"), body)
    }

    /// Changes `.gitmodules`.
    func editModules(_ body: (inout ConfigFile) throws(ConfigError) -> Void) throws {
        try ConfigFile.edit(workTree.appending(".gitmodules"), body)
    }

    /// Where the submodule's files stand.
    func directory(_ path: String) -> FilePath { workTree.appending(bytes: Array(path.utf8)) }

    /// Where the submodule's repository is kept.
    func storage(_ name: String) -> FilePath {
        repository.commonDirectory.appending("modules").appending(bytes: Array(name.utf8))
    }

    /// The submodule's repository; nil where it is not checked out.
    func opened(_ path: String) throws -> Repository? {
        let place = directory(path)
        guard try FileStatus.of(place.appending(".git")) != nil else { return nil }
        return try? Repository.open(place, discovery)
    }

    /// The address of the remote that this repository follows.
    func superURL() throws -> String {
        let config = try config()
        let name = try repository.fetchRemote()
        return config.string("remote.\(name).url") ?? workTree.string
    }

    /// An address of `.gitmodules` as it is to be used: `./` and `../` are seen from this repository's own remote.
    func resolved(_ url: String, upPath: String = "") throws -> String {
        guard url.hasPrefix("./") || url.hasPrefix("../") else { return url }
        return SubmoduleURL.relative(url, to: try superURL(), upPath: upPath)
    }
}

/// Addresses of submodules.
enum SubmoduleURL {
    /// What a relative address means, seen from another.
    static func relative(_ url: String, to base: String, upPath: String = "") -> String {
        var base = base
        while base.hasSuffix("/") { base.removeLast() }
        let colon = base.firstIndex(of: ":")
        let slash = base.firstIndex(of: "/")
        let isRemote = colon.map { colon in slash.map { colon < $0 } ?? true } ?? false
        var isRelative = !isRemote && !base.hasPrefix("/")
        if isRelative, !base.hasPrefix("./"), !base.hasPrefix("../") { base = "./" + base }
        isRelative = !isRemote && !base.hasPrefix("/")
        var rest = url
        var separator = "/"
        while true {
            if rest.hasPrefix("../") {
                rest.removeFirst(3)
                if let last = base.lastIndex(of: "/") {
                    base = String(base[..<last])
                } else if let last = base.lastIndex(of: ":") {
                    base = String(base[..<last])
                    separator = ":"
                } else {
                    base = "."
                }
            } else if rest.hasPrefix("./") {
                rest.removeFirst(2)
            } else {
                break
            }
        }
        var result = base + separator + rest
        if rest.hasSuffix("/") { result.removeLast() }
        if result.hasPrefix("./") { result.removeFirst(2) }
        return isRelative ? upPath + result : result
    }

    /// A name for the directory: the last part of the address without `.git`.
    static func directoryName(_ url: String) -> String { CloneRequest.guess(url, isBare: false) }
}
