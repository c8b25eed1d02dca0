internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

/// How much of what is dirty in nested repositories counts: `--ignore-submodules`, `submodule.<name>.ignore`,
/// `diff.ignoreSubmodules`.
struct NestedStatus: Sendable {
    /// What is passed over.
    enum Ignored: String, Sendable {
        /// Nothing.
        case none
        /// Files that the nested repository does not track.
        case untracked
        /// All but another commit.
        case dirty
        /// Everything.
        case all

        /// Reads an option's value.
        ///
        /// - Throws: Git's error for another word.
        init(_ text: String) throws {
            guard let value = Ignored(rawValue: text) else {
                throw CommandError.fatal("bad --ignore-submodules argument: \(text)")
            }
            self = value
        }
    }

    private let repository: Repository
    private let given: Ignored?
    private let standard: Ignored
    private let configured: [GitPath: Ignored]

    /// - Parameters:
    ///   - given: the option; without a value it means `all`.
    ///   - standard: what counts where nothing is said.
    init(_ context: Context, given: Arguments.Occurrence?, standard: Ignored) throws {
        repository = try context.repository()
        self.given = try given.map { try Ignored($0.text ?? "all") }
        let config = repository.config
        self.standard = try config.string("diff.ignoresubmodules").map { try Ignored($0) } ?? standard
        var configured: [GitPath: Ignored] = [:]
        if let top = repository.workTree, let content = try Files.readIfPresent(top.appending(".gitmodules")) {
            let file = ConfigFile(content: content, place: .file(top.appending(".gitmodules")))
            let modules = Config(entries: try file.entries())
            for name in modules.subsections(of: "submodule").map({ String(decoding: $0, as: UTF8.self) }) {
                guard let path = modules.bytes("submodule.\(name).path"),
                    let word = config.string("submodule.\(name).ignore") ?? modules.string("submodule.\(name).ignore")
                else { continue }
                configured[GitPath(path)] = try Ignored(word)
            }
        }
        self.configured = configured
    }

    private func ignored(_ path: GitPath) -> Ignored { given ?? configured[path] ?? standard }

    /// Whether nothing of a nested repository counts.
    func isIgnored(_ path: GitPath) -> Bool { ignored(path) == .all }

    /// Whether the option says that nothing of any nested repository counts.
    var ignoresAll: Bool { given == .all }

    /// For ``Worktree/ComparisonOptions/nested``.
    var look: @Sendable (GitPath) -> FileChange.NestedState {
        { path in
            let ignored = ignored(path)
            guard ignored == .none || ignored == .untracked else { return FileChange.NestedState() }
            return repository.nestedState(path, ignoringUntracked: ignored == .untracked) { nested in
                try? LargeFileFilter(nested)
            }
        }
    }
}
