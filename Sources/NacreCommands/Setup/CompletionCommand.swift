struct CompletionCommand: Command {
    static let name = "completion"
    static let summary = "print the completion script for a shell"
    static let usage = ["(bash | zsh | fish)"]
    static let details = [
        "Put 'source <(nacre completion bash)' into ~/.bashrc, or save the output where the shell looks."
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1, let shell = Completion.Shell(rawValue: arguments.texts[0]) else {
            throw CommandError.usage("expected one of bash, zsh and fish")
        }
        context.output.write(Completion.script(shell))
        return .success
    }
}
