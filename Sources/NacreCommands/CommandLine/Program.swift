internal import Bytes
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import Glibc
internal import SystemPackage

/// The command line's entry point.
public enum Program {
    /// Runs the verb that the words after the program's name ask for.
    ///
    /// - Returns: the process's exit code.
    public static func main() -> Int32 {
        Pipe.fillStandardStreams()
        // A reader that goes away is seen as EPIPE by the stream that writes.
        signal(SIGPIPE, SIG_IGN)
        let words = (1..<Int(max(CommandLine.argc, 1))).compactMap { index in
            CommandLine.unsafeArgv[index].map { [UInt8](UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
        return run(words, environment: .current()).rawValue
    }

    static func run(_ words: [[UInt8]], environment: ProcessEnvironment) -> ExitCode {
        var rest = words[...]
        do {
            let (options, request) = try GlobalOptions.parse(&rest)
            switch request {
            case .version: return try dispatch([Array("version".utf8)] + rest, options, environment)
            case .help: return try dispatch([Array("help".utf8)] + rest, options, environment)
            case .execPath:
                StandardOutput.write(FilePath(CommandLine.arguments[0]).removingLastComponent().string + "\n")
                return .success
            case .verb:
                guard !rest.isEmpty else {
                    _ = try dispatch([Array("help".utf8)], options, environment)
                    return .failure
                }
                return try dispatch(Array(rest), options, environment)
            }
        } catch {
            StandardError.write("\(error)\nusage: nacre [<options>] <command> [<args>]; see 'nacre help'\n")
            return .usage
        }
    }

    private static func dispatch(
        _ words: [[UInt8]], _ options: GlobalOptions, _ environment: ProcessEnvironment
    ) throws -> ExitCode {
        let context = Context(environment: environment, options: options)
        defer { context.finish() }
        do {
            try context.changeDirectory()
            return try run(words, context, aliasDepth: 0)
        } catch {
            return report(error, context)
        }
    }

    private static func run(_ words: [[UInt8]], _ context: Context, aliasDepth: Int) throws -> ExitCode {
        let verb = String(decoding: words[0], as: UTF8.self)
        guard let command = CommandTable.find(verb) else {
            if let expansion = try Alias.expand(verb, Array(words.dropFirst()), context, depth: aliasDepth) {
                switch expansion {
                case .words(let words): return try run(words, context, aliasDepth: aliasDepth + 1)
                case .ended(let code): return code
                }
            }
            context.errors.write("nacre: '\(verb)' is not a nacre command. See 'nacre --help'.\n")
            let similar = CommandTable.similar(to: verb)
            if !similar.isEmpty {
                context.errors.write(
                    "\nThe most similar command\(similar.count == 1 ? " is" : "s are")\n"
                        + similar.map { "\t\($0)\n" }.joined())
            }
            return .failure
        }
        return try run(command, Array(words.dropFirst()), context)
    }

    private static func run(_ command: any Command.Type, _ words: [[UInt8]], _ context: Context) throws -> ExitCode {
        let beforeSeparator = words.prefix { $0 != Array("--".utf8) }
        if beforeSeparator.count == 1, words[0] == Array("-h".utf8) {
            context.output.write(Usage.text(command))
            return .usage
        }
        if command.permutesOptions
            ? beforeSeparator.contains(Array("--help".utf8)) : words.first == Array("--help".utf8)
        {
            context.output.write(ManualPage.plain(command))
            return .success
        }
        context.command = command
        do {
            var arguments = Arguments()
            arguments.words = words
            if command.parsesOptions {
                arguments = try ArgumentParser.parse(
                    words, options: command.options, permutes: command.permutesOptions)
            }
            try context.startRecording(command.name, words)
            let code: ExitCode
            do {
                defer {
                    context.largeFileProgress?.finish()
                    context.reportDamage()
                    context.missingContent.report(to: context.errors)
                    context.finishRecording()
                }
                code = try command.run(arguments, context)
            }
            if code == .success, Context.maintainedVerbs.contains(command.name) {
                context.maintainAutomatically(quiet: arguments.has("quiet"))
            }
            // What was asked for is not all there.
            return code == .success && !context.missingContent.isEmpty ? .failure : code
        } catch let error as CommandError where error.kind == .usage {
            context.output.flush()
            context.errors.write("error: \(error.message)\n" + Usage.text(command))
            return error.exitCode
        }
    }

    /// Prints an error in Git's form.
    static func report(_ error: any Error, _ context: Context) -> ExitCode {
        context.output.flush()
        if case WorktreeError.invalidPath(let path) = error {
            context.errors.write("error: invalid path '\(path)'\n")
            return .fatal
        }
        guard let error = error as? CommandError else {
            context.errors.write("fatal: \(error)\n")
            return .fatal
        }
        switch error.kind {
        case .fatal: context.errors.write("fatal: \(error.message)\n")
        case .error, .usage: context.errors.write("error: \(error.message)\n")
        case .silent: break
        }
        for hint in error.hints { context.errors.write("hint: \(hint)\n") }
        return error.exitCode
    }
}

extension Context {
    /// Names the packs that could not be used.
    fileprivate func reportDamage() {
        for damage in opened?.objects.damagedIndexes ?? [] { errors.line("error: \(damage)") }
    }
}

/// Standard output for the few words that are printed before there is a ``Context``.
enum StandardOutput {
    static func write(_ text: String) {
        let stream = OutputStream(1)
        stream.write(text)
        stream.flush()
    }
}
