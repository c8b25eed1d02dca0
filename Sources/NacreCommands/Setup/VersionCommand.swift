struct VersionCommand: Command {
    static let name = "version"
    static let summary = "show the version"
    static let usage = ["[--build-options]"]
    static let options: [OptionSpec] = [.flag("build-options", "also print how the program was built")]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        context.output.line("nacre version \(Version.number) (git \(Version.git))")
        if arguments.isOn("build-options") {
            #if arch(x86_64)
                context.output.line("cpu: x86_64")
            #elseif arch(arm64)
                context.output.line("cpu: arm64")
            #endif
            context.output.line("sizeof-long: \(MemoryLayout<Int>.size)")
            context.output.line("shell-path: /bin/sh")
        }
        return .success
    }
}
