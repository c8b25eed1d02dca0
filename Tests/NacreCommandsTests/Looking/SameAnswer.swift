import TestSupport
import Testing

/// Asks git and nacre the same question and compares exit code, output, and the first line of what is said beside it.
func expectSame(
    _ sandbox: Sandbox, _ arguments: String..., in directory: String = "r", input: String? = nil,
    variables: [String: String] = [:], comparesErrors: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let bytes = input.map { Array($0.utf8) }
    let git = try sandbox.run("git", arguments, in: directory, input: bytes, variables: variables)
    let nacre = try sandbox.run("nacre", arguments, in: directory, input: bytes, variables: variables)
    #expect(git.code == nacre.code, "\(arguments): \(nacre)", sourceLocation: sourceLocation)
    #expect(git.text == nacre.text, "\(arguments)", sourceLocation: sourceLocation)
    guard comparesErrors, git.code != 129 else { return }
    #expect(git.errorText == nacre.errorText, "\(arguments)", sourceLocation: sourceLocation)
}
