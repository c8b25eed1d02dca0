internal import GitObjects
internal import GitRepository
internal import GitStorage

/// `verify-commit`: checks the signatures of commits.
enum VerifyCommitCommand: Command {
    static let name = "verify-commit"
    static let summary = "check the GPG signature of commits"
    static let usage = ["[-v | --verbose] [--raw] <commit>..."]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "print commit contents"), .flag("raw", "print raw gpg status output"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard !arguments.operands.isEmpty else { throw CommandError.usage("a commit is needed") }
        let repository = try context.repository()
        var code = ExitCode.success
        for text in arguments.texts {
            guard let id = try context.revisionResolver().find(text, hint: .committish)?.id else {
                context.errors.line("error: commit '\(text)' not found.")
                code = .failure
                continue
            }
            guard let commit = try context.revisionResolver().peel(id, to: .commit) else {
                context.errors.line(
                    "error: \(text): cannot verify a non-commit object of type \(try repository.objects.header(id).kind.name)."
                )
                code = .failure
                continue
            }
            if arguments.isOn("verbose") { context.output.write(try repository.objects.commit(commit).signedContent) }
            context.output.flush()
            guard let check = try Signing(context, repository).check(commit: commit) else {
                code = .failure
                continue
            }
            context.errors.write(arguments.isOn("raw") ? check.rawOutput : check.output)
            if !SignaturePolicy.accepts(check, repository) { code = .failure }
        }
        return code
    }
}

/// `verify-tag`: checks the signatures of tags.
enum VerifyTagCommand: Command {
    static let name = "verify-tag"
    static let summary = "check the GPG signature of tags"
    static let usage = ["[-v | --verbose] [--raw] <tag>..."]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "print tag contents"), .flag("raw", "print raw gpg status output"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard !arguments.operands.isEmpty else { throw CommandError.usage("a tag is needed") }
        var code = ExitCode.success
        for text in arguments.texts {
            guard let id = try context.revisionResolver().find(text)?.id else {
                context.errors.line("error: tag '\(text)' not found.")
                code = .failure
                continue
            }
            let isGood = try verify(
                id, text, isVerbose: arguments.isOn("verbose"), isRaw: arguments.isOn("raw"), context)
            if !isGood { code = .failure }
        }
        return code
    }

    static func verify(_ id: ObjectID, _ name: String, isVerbose: Bool, isRaw: Bool, _ context: Context) throws -> Bool
    {
        let repository = try context.repository()
        let kind = try repository.objects.header(id).kind
        guard kind == .tag else {
            context.errors.line("error: \(name): cannot verify a non-tag object of type \(kind.name).")
            return false
        }
        let content = try repository.objects.read(id, as: .tag)
        guard let start = Signing.signatureStart(content) else {
            if isVerbose { context.output.write(content) }
            context.output.flush()
            context.errors.line("error: no signature found")
            return false
        }
        if isVerbose { context.output.write(content[..<start]) }
        context.output.flush()
        guard let check = try Signing(context, repository).check(tag: id) else { return false }
        context.errors.write(isRaw ? check.rawOutput : check.output)
        return SignaturePolicy.accepts(check, repository)
    }
}
