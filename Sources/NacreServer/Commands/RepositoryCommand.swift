internal import ArgumentParser
internal import Bytes

/// `nacre-server repo`.
struct RepositoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Manage repositories and who may do what with them.",
        subcommands: [
            Create.self, List.self, Delete.self, Public.self, Private.self, GrantRole.self, Revoke.self, Members.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an empty repository.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName
        @Option(help: "The branch that HEAD names.") var defaultBranch = "main"
        @Option(help: "sha1 or sha256.") var objectFormat = "sha1"

        func run() throws {
            guard let algorithm = HashAlgorithm(name: objectFormat) else {
                throw ValidationError("'\(objectFormat)' is not an object format")
            }
            _ = try root.accounts()
            guard try root.repositories.create(name, defaultBranch: defaultBranch, algorithm: algorithm) else {
                throw AccountError.exists("repository '\(name)'")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List repositories.")
        @OptionGroup var root: RootOption

        func run() throws {
            let accounts = try root.accounts()
            for name in try root.repositories.all() {
                print("\(name)\t\(try accounts.isPublic(name) ? "public" : "private")")
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a repository for good.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName
        @Flag(help: "Really.") var force = false

        func run() throws {
            guard try root.repositories.exists(name) else { throw AccountError.notFound("repository '\(name)'") }
            guard force else { throw ValidationError("this deletes '\(name)' for good: say --force") }
            try root.accounts().forget(name, by: .console)
            try root.repositories.remove(name)
        }
    }

    struct Public: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let everybody read a repository.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName

        func run() throws {
            guard try root.repositories.exists(name) else { throw AccountError.notFound("repository '\(name)'") }
            try root.accounts().setPublic(true, name, by: .console)
        }
    }

    struct Private: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let only members read a repository.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName

        func run() throws { try root.accounts().setPublic(false, name, by: .console) }
    }

    struct GrantRole: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Give somebody a role in a namespace or a repository.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace, or namespace/name") var subject: String
        @Argument var user: String
        @Argument(help: "reader, writer, maintainer or admin") var role: Role

        func run() throws { try root.accounts().setRole(role, of: user, in: subject, by: .console) }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take somebody's role away.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace, or namespace/name") var subject: String
        @Argument var user: String

        func run() throws { try root.accounts().setRole(nil, of: user, in: subject, by: .console) }
    }

    struct Members: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List who has a role in a namespace or a repository.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace, or namespace/name") var subject: String

        func run() throws {
            for member in try root.accounts().members(of: subject) { print("\(member.user)\t\(member.role.name)") }
        }
    }
}
