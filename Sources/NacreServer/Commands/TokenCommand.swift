internal import ArgumentParser
internal import Glibc

/// `nacre-server token`.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Manage access tokens.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it: it is not shown again.")
        @OptionGroup var root: RootOption
        @Argument(help: "Whose it is.") var user: String
        @Argument(help: "What to call it.") var name = "default"
        @Option(help: "What it may do: read, write or admin.") var access = Token.Access.write
        @Option(
            help: ArgumentHelp(
                "A repository that it is for ('ns/name', 'ns/*'); may be repeated.", valueName: "pattern"))
        var repository: [String] = []
        @Option(help: ArgumentHelp("After how many days it ends.", valueName: "days")) var expiresIn: Int64?

        func run() throws {
            guard repository.allSatisfy({ !$0.isEmpty && !$0.contains(" ") }) else {
                throw ValidationError("a repository pattern has no spaces")
            }
            guard expiresIn.map({ (1...36500).contains($0) }) ?? true else {
                throw ValidationError("--expires-in takes 1 to 36500 days")
            }
            let made = try root.accounts().addToken(
                name, for: user, access: access,
                repositories: repository.isEmpty ? nil : repository.joined(separator: " "),
                expires: expiresIn.map { Int64(time(nil)) + $0 * 86400 }, by: .console)
            print(made.secret)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List somebody's tokens.")
        @OptionGroup var root: RootOption
        @Argument var user: String

        func run() throws {
            let now = Int64(time(nil))
            for token in try root.accounts().tokens(of: user) {
                let end = token.expires.map { "until \(UTCTime.text($0))" } ?? "for ever"
                let state = token.revoked != nil ? "revoked" : token.isValid(at: now) ? end : "expired"
                print("\(token.name)\t\(token.access.rawValue)\t\(token.repositories ?? "**")\t\(state)")
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse a token from now on.")
        @OptionGroup var root: RootOption
        @Argument(help: "Whose it is.") var user: String
        @Argument(help: "Which it is.") var name = "default"

        func run() throws { try root.accounts().revokeToken(name, of: user, by: .console) }
    }
}
