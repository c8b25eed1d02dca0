import SystemPackage
import TestSupport
import Testing

/// Runs a script with git and with nacre, each in a repository of its own, and wants the same words, ids and files.
enum SameSession {
    static let nacre = Sandbox.productsDirectory.appending("nacre").string

    /// - Parameter leaving: text that differs between the two by its nature and is taken out first.
    static func check(
        _ setUp: String, _ script: String, variables: [String: String] = [:],
        leaving: (String) -> String = { $0 }, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        func outcome(_ program: String) throws -> String {
            let sandbox = try Sandbox("session")
            var variables = variables
            variables["P"] = program
            let result = try sandbox.shell(setUp + "\n" + script, variables: variables)
            return leaving(result.text + result.errorText)
        }
        let ours = try outcome(nacre)
        let theirs = try outcome("git")
        #expect(ours == theirs, sourceLocation: sourceLocation)
    }
}
