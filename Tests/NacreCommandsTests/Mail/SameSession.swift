import SystemPackage
import TestSupport

/// Runs a script with git and with nacre, each in a repository of its own, which is to give the same words, ids and files.
enum SameSession {
    static let nacre = Sandbox.productsDirectory.appending("nacre").string

    /// - Parameter leaving: text that differs between the two by its nature and is taken out first.
    static func run(
        _ setUp: String, _ script: String, variables: [String: String] = [:], leaving: (String) -> String = { $0 }
    ) throws -> (ours: String, theirs: String) {
        func outcome(_ program: String) throws -> String {
            let sandbox = try Sandbox("session")
            var variables = variables
            variables["P"] = program
            let result = try sandbox.shell(setUp + "\n" + script, variables: variables)
            return leaving(result.text + result.errorText)
        }
        return (try outcome(nacre), try outcome("git"))
    }
}
