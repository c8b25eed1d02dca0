internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc

/// The commit that a merge ends with: its message, the hooks and the editor before it.
struct MergeCommit {
    let operation: MergeOperation
    /// The commits that are joined to HEAD, and how they were named.
    let targets: [(String, ObjectID)]

    private var arguments: Arguments { operation.arguments }
    private var context: Context { operation.context }
    private var repository: Repository { operation.repository }
    private var support: MergeSupport { operation.support }

    /// Whether a person sees the message: where that is asked for, or where nothing is said and a terminal is there.
    var usesEditor: Bool {
        get throws {
            if let given = arguments.flag("edit") { return given }
            if arguments.has("message") || arguments.has("file") { return false }
            if let setting = context.environment["GIT_MERGE_AUTOEDIT"] {
                guard let isOn = ConfigValue.bool(Array(setting.utf8)) else {
                    throw CommandError.fatal("Bad value '\(setting)' in environment 'GIT_MERGE_AUTOEDIT'")
                }
                return isOn
            }
            guard isatty(0) == 1, isatty(1) == 1 else { return false }
            var input = stat()
            var output = stat()
            guard fstat(0, &input) == 0, fstat(1, &output) == 0 else { return false }
            return input.st_dev == output.st_dev && input.st_ino == output.st_ino
        }
    }

    private func cleanup(_ usesEditor: Bool) throws -> CommitMessage.Cleanup {
        let text = arguments.text("cleanup") ?? repository.config.string("commit.cleanup") ?? "default"
        switch text {
        case "default": return usesEditor ? .strip : .whitespace
        case "scissors": return usesEditor ? .scissors : .whitespace
        default:
            guard let mode = CommitMessage.Cleanup(rawValue: text) else {
                throw CommandError.fatal("Invalid cleanup mode \(text)")
            }
            return mode
        }
    }

    /// Leaves what `commit` needs to conclude the merge.
    func writeState(_ message: [UInt8]) throws {
        try support.write("MERGE_HEAD", operation.mergeHeads(targets))
        try support.write("MERGE_MODE", Array((arguments.flag("ff") == false ? "no-ff" : "").utf8))
        try support.write("MERGE_MSG", message)
    }

    /// Lets hooks and the person have their say.
    ///
    /// - Returns: the message; nil where there is to be no commit now: the words have been said.
    func message(_ whole: [UInt8]) throws -> [UInt8]? {
        // The newline at the end is cleanup's to add.
        let given = whole.last == 10 ? Array(whole.dropLast()) : whole
        let edits = try usesEditor
        let mode = try cleanup(edits)
        let verifies = arguments.flag("verify") != false
        guard try edits || verifies && hasHook("pre-merge-commit", "commit-msg") || hasHook("prepare-commit-msg")
        else {
            let text = CommitMessage.clean(try signedOff(given), mode, comment: comment)
            return text.isEmpty ? try abort(given, "Empty commit message.") : text
        }
        let variables = edits ? [] : [(name: "GIT_EDITOR", value: ":")]
        func allows(_ hook: String, _ words: [String] = []) throws -> Bool {
            context.output.flush()
            return try (repository.runHook(hook, .init(arguments: words, variables: variables)) ?? 0) == 0
        }
        if verifies, try !allows("pre-merge-commit") { return try abort(given, nil) }
        var text = given
        if edits { text += editorComment(mode) }
        text = try signedOff(text)
        try writeState(text)
        let file = context.gitPath("MERGE_MSG")
        guard try allows("prepare-commit-msg", [file, "merge"]) else { return try abort(given, nil) }
        if edits {
            do { try context.edit(support.file("MERGE_MSG")) } catch {
                context.errors.line("error: \(error)")
                return try abort(given, nil)
            }
        }
        if verifies, try !allows("commit-msg", [file]) { return try abort(given, nil) }
        let written = try support.read("MERGE_MSG") ?? []
        text = CommitMessage.clean(written, mode, comment: comment)
        guard !text.isEmpty else { return try abort(given, "Empty commit message.") }
        try support.remove("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE")
        return text
    }

    private func hasHook(_ names: String...) throws -> Bool {
        try names.contains { try repository.hook($0) != nil }
    }

    private func abort(_ message: [UInt8], _ reason: String?) throws -> [UInt8]? {
        context.output.flush()
        if let reason { context.errors.line("error: \(reason)") }
        context.errors.line("Not committing merge; use 'git commit' to complete the merge.")
        try writeState(message + [10])
        return nil
    }

    private var comment: UInt8 { RebaseOperation(arguments, context, repository).comment }

    private func editorComment(_ mode: CommitMessage.Cleanup) -> [UInt8] {
        let why =
            "Please enter a commit message to explain why this merge is necessary,\n"
            + "especially if it merges an updated upstream into a topic branch.\n\n"
        let sign = String(UnicodeScalar(comment))
        guard mode == .scissors else {
            let rest = "Lines starting with '\(sign)' will be ignored, and an empty message aborts\nthe commit.\n"
            return [10] + CommentedText.comment(Array((why + rest).utf8), with: comment)
        }
        let cut = "\(sign) \(CommitMessage.scissors)\n"
        let head = "Do not modify or remove the line above.\nEverything below it will be ignored.\n\n"
        return [10] + Array(cut.utf8)
            + CommentedText.comment(Array((head + why + "An empty message aborts the commit.\n").utf8), with: comment)
    }

    private func signedOff(_ message: [UInt8]) throws -> [UInt8] {
        guard arguments.isOn("signoff") else { return message }
        let person = try context.committer()
        var text = message
        CommitMessage.appendTrailer(
            Array("Signed-off-by: ".utf8) + person.name + Array(" <".utf8) + person.email + [0x3e], to: &text,
            isSignOff: true)
        return text
    }
}
