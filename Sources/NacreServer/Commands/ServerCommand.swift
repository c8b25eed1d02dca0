public import ArgumentParser
internal import Bytes
internal import Glibc
internal import SystemPackage

/// `nacre-server`.
public struct ServerCommand: AsyncParsableCommand {
    /// The verbs.
    public static let configuration = CommandConfiguration(
        commandName: "nacre-server",
        abstract: "Host Git repositories with large files and experiments over HTTP.",
        subcommands: [
            ServeCommand.self, UserCommand.self, TokenCommand.self, RepositoryCommand.self, ProtectCommand.self,
            AuditCommand.self, FsckCommand.self, BackupCommand.self, RestoreCommand.self, MaintainCommand.self,
        ])

    /// Nothing is left to be said.
    public init() {}
}

/// The folder that every command works on.
struct RootOption: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of the repositories.", valueName: "dir"))
    var root: String

    /// The folder, absolute: hooks run elsewhere.
    var path: FilePath { RootOption.absolute(root) }

    /// A path that holds wherever it is used.
    static func absolute(_ text: String) -> FilePath {
        let path = FilePath(text)
        guard !path.isAbsolute, let current = getcwd(nil, 0) else { return path.lexicallyNormalized() }
        defer { free(current) }
        return FilePath(platformString: current).pushing(path).lexicallyNormalized()
    }

    var repositories: RepositoryStore { RepositoryStore(root: path) }

    /// The accounts below the folder.
    func accounts() throws -> AccountStore {
        let store = repositories
        try Files.makeDirectory(store.stateDirectory, permissions: 0o700)
        return try AccountStore(path: store.accountsPath, now: { Int64(time(nil)) })
    }
}

extension RepositoryName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Role: ExpressibleByArgument {
    package init?(argument: String) { self.init(name: argument) }

    package static var allValueStrings: [String] { allCases.map(\.name) }
}

extension Token.Access: ExpressibleByArgument {}

/// The first line of standard input: secrets never stand among the arguments, which every process can read.
func readSecret(_ prompt: String) throws -> String {
    if isatty(STDIN_FILENO) == 1 {
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~UInt32(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            print("")
        }
        print(prompt, terminator: "")
        fflush(nil)
        return readLine() ?? ""
    }
    guard let line = readLine() else { throw ValidationError("no password on standard input") }
    return line
}
