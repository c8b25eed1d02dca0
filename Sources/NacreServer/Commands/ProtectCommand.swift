internal import ArgumentParser

/// `nacre-server protect`.
struct ProtectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Manage rules for branches and tags.",
        subcommands: [Set.self, List.self, Remove.self])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Protect refs: no force, no deletion, few who may push.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName
        @Argument(help: "A branch, or a pattern of full names: main, refs/tags/v*.") var pattern: String
        @Option(help: "The least role that may push, or 'nobody'.") var push = "maintainer"
        @Flag(help: "Let pushes that lose commits through.") var allowForce = false
        @Flag(help: "Let the refs be deleted.") var allowDelete = false
        @Flag(help: "Take only commits with a good signature of a registered key.") var requireSigned = false
        @Flag(help: "Take only commits that hold the repository's metric policy.") var requirePolicy = false

        func run() throws {
            guard push == "nobody" || Role(name: push) != nil else { throw ValidationError("'\(push)' is not a role") }
            let rule = Protection(
                repository: name.path, pattern: Protection.fullPattern(pattern), pushRole: Role(name: push),
                allowsForce: allowForce, allowsDelete: allowDelete, requiresSignature: requireSigned,
                requiresPolicy: requirePolicy)
            try root.accounts().protect(rule, by: .console)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a repository's rules.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName

        func run() throws {
            for rule in try root.accounts().protections(of: name) {
                var words = [rule.pattern, "push=\(rule.pushRole?.name ?? "nobody")"]
                if rule.allowsForce { words.append("force") }
                if rule.allowsDelete { words.append("delete") }
                if rule.requiresSignature { words.append("signed") }
                if rule.requiresPolicy { words.append("policy") }
                print(words.joined(separator: "\t"))
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a rule.")
        @OptionGroup var root: RootOption
        @Argument(help: "namespace/name") var name: RepositoryName
        @Argument(help: "The rule's pattern.") var pattern: String

        func run() throws {
            try root.accounts().unprotect(Protection.fullPattern(pattern), in: name, by: .console)
        }
    }
}
