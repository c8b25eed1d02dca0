internal import ArgumentParser
internal import Bytes
internal import SystemPackage

/// `nacre-server user`.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Manage accounts.",
        subcommands: [
            Add.self, List.self, Remove.self, Disable.self, Enable.self, Promote.self, Demote.self, Password.self,
            Key.self,
        ])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add an account.")
        @OptionGroup var root: RootOption
        @Argument var name: String
        @Flag(help: "Let them administer the server.") var admin = false
        @Flag(help: "Read a password from standard input.") var password = false

        func run() throws {
            let accounts = try root.accounts()
            let secret = password ? try readSecret("Password: ") : nil
            if let secret, secret.utf8.count < 10 { throw AccountError.weakPassword }
            try accounts.addUser(name, isAdmin: admin, by: .console)
            if let secret { try accounts.setPassword(secret, of: name, by: .console) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")
        @OptionGroup var root: RootOption

        func run() throws {
            for user in try root.accounts().users() {
                print(user.name + (user.isAdmin ? "\tadmin" : "") + (user.isDisabled ? "\tdisabled" : ""))
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an account; its repositories stay.")
        @OptionGroup var root: RootOption
        @Argument var name: String

        func run() throws { try root.accounts().removeUser(name, by: .console) }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse an account's tokens and password.")
        @OptionGroup var root: RootOption
        @Argument var name: String

        func run() throws { try root.accounts().setDisabled(true, name, by: .console) }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an account's tokens and password again.")
        @OptionGroup var root: RootOption
        @Argument var name: String

        func run() throws { try root.accounts().setDisabled(false, name, by: .console) }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let somebody administer the server.")
        @OptionGroup var root: RootOption
        @Argument var name: String

        func run() throws { try root.accounts().setAdmin(true, name, by: .console) }
    }

    struct Demote: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let somebody administer the server no longer.")
        @OptionGroup var root: RootOption
        @Argument var name: String

        func run() throws { try root.accounts().setAdmin(false, name, by: .console) }
    }

    struct Password: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set a password, read from standard input.")
        @OptionGroup var root: RootOption
        @Argument var name: String
        @Flag(help: "Take the password away instead.") var remove = false

        func run() throws {
            let accounts = try root.accounts()
            try accounts.setPassword(remove ? nil : try readSecret("Password: "), of: name, by: .console)
        }
    }

    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register the SSH key that somebody signs commits with.")
        @OptionGroup var root: RootOption
        @Argument var name: String
        @Argument(help: "A public key file.") var file: String

        func run() throws {
            let text = String(decoding: try Files.read(FilePath(file), limit: 64 << 10), as: UTF8.self)
            let key = text.split(whereSeparator: \.isNewline).first.map { String($0) } ?? ""
            try root.accounts().addSigner(key, of: name, by: .console)
        }
    }
}
