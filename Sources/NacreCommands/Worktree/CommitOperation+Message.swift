internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// A message with where it came from, as the `prepare-commit-msg` hook is told.
struct PreparedMessage {
    var text: [UInt8]
    /// `message`, `template`, `merge`, `squash`, `commit`; nil for none.
    var source: String?
    /// The commit, for source `commit`.
    var sourceCommit: String?
    /// The template, which an unchanged message is compared with.
    var template: [UInt8]?
}

/// Finds the text that a message begins with.
struct MessageBuilder {
    let operation: CommitOperation

    init(_ operation: CommitOperation) { self.operation = operation }

    private var arguments: Arguments { operation.arguments }
    private var repository: Repository { operation.repository }

    func build() throws -> PreparedMessage {
        var message = try initial()
        if arguments.isOn("signoff") {
            let committer = try operation.context.committer()
            let line =
                Array("Signed-off-by: ".utf8) + committer.name + Array(" <".utf8) + committer.email + [
                    UInt8(ascii: ">")
                ]
            CommitMessage.appendTrailer(line, to: &message.text, isSignOff: true)
        }
        for trailer in arguments.allTexts("trailer") {
            let separator = trailer.firstIndex { $0 == ":" || $0 == "=" }
            let key = separator.map { String(trailer[..<$0]) } ?? trailer
            let value = separator.map { String(trailer[trailer.index(after: $0)...]) } ?? ""
            let trimmed = String(value.drop { $0 == " " })
            CommitMessage.appendTrailer(Array("\(key): \(trimmed)".utf8), to: &message.text, isSignOff: false)
        }
        return message
    }

    private func initial() throws -> PreparedMessage {
        if let fixup = arguments.text("fixup") {
            return try fixup.hasAmendPrefix ? amendFixup(fixup) : plainFixup(fixup)
        }
        if let squash = arguments.text("squash") { return try squashMessage(squash) }
        if let message = joinedMessages() { return PreparedMessage(text: message, source: "message") }
        if let file = arguments.bytes("file") { return try fromFile(file) }
        if let name = arguments.text("reuse-message") ?? arguments.text("reedit-message") {
            let commit = try repository.objects.commit(try operation.context.revision(name))
            return PreparedMessage(text: commit.message, source: "commit", sourceCommit: name)
        }
        let directory = repository.gitDirectory
        if let merge = try Files.readIfPresent(directory.appending("MERGE_MSG")) {
            if let squash = try Files.readIfPresent(directory.appending("SQUASH_MSG")) {
                return PreparedMessage(text: squash + merge, source: "squash")
            }
            return PreparedMessage(text: merge, source: "merge")
        }
        if let squash = try Files.readIfPresent(directory.appending("SQUASH_MSG")) {
            return PreparedMessage(text: squash, source: "squash")
        }
        if operation.isAmending, let head = operation.head {
            return PreparedMessage(text: head.message, source: "commit", sourceCommit: "HEAD")
        }
        return try fromTemplate()
    }

    /// All `-m`, a paragraph each.
    private func joinedMessages() -> [UInt8]? {
        let parts = arguments.allBytes("message")
        guard !parts.isEmpty else { return nil }
        var text: [UInt8] = []
        for part in parts {
            if !text.isEmpty { text.append(10) }
            text += part
            if text.last != 10 { text.append(10) }
        }
        return text
    }

    private func fromFile(_ file: [UInt8]) throws -> PreparedMessage {
        if file.elementsEqual("-".utf8) {
            return PreparedMessage(text: try Files.readAll(0, path: "standard input"), source: "message")
        }
        let path = operation.context.workingDirectory.pushing(FilePath(bytes: file))
        do throws(FileError) {
            return PreparedMessage(text: try Files.read(path), source: "message")
        } catch {
            throw CommandError.fatal(
                "could not read log file '\(String(decoding: file, as: UTF8.self))': \(error.code)")
        }
    }

    private func fromTemplate() throws -> PreparedMessage {
        let given = arguments.bytes("template").map { operation.context.workingDirectory.pushing(FilePath(bytes: $0)) }
        guard
            let file = try given
                ?? repository.config.path("commit.template", home: operation.context.home).map({
                    operation.worktree.root.pushing($0)
                })
        else { return PreparedMessage(text: []) }
        do throws(FileError) {
            let text = try Files.read(file)
            return PreparedMessage(text: text, source: "template", template: text)
        } catch {
            throw CommandError.fatal("could not read '\(file)': \(error.code)")
        }
    }

    private func plainFixup(_ name: String) throws -> PreparedMessage {
        let commit = try repository.objects.commit(try operation.context.revision(name))
        var text = Array("fixup! ".utf8) + commit.subject + [10, 10]
        if let more = joinedMessages() { text += more }
        return PreparedMessage(text: text, source: "message")
    }

    private func amendFixup(_ option: String) throws -> PreparedMessage {
        let name = String(option.drop { $0 != ":" }.dropFirst())
        let commit = try repository.objects.commit(try operation.context.revision(name))
        var text = Array("amend! ".utf8) + commit.subject + [10, 10]
        text += joinedMessages() ?? commit.message
        return PreparedMessage(text: text, source: "commit")
    }

    private func squashMessage(_ name: String) throws -> PreparedMessage {
        let commit = try repository.objects.commit(try operation.context.revision(name))
        var text = Array("squash! ".utf8) + commit.subject + [10, 10]
        if let more = joinedMessages() {
            text += more
        } else if let file = arguments.bytes("file") {
            text += try fromFile(file).text
        }
        return PreparedMessage(text: text, source: "message")
    }
}

extension String {
    fileprivate var hasAmendPrefix: Bool { hasPrefix("amend:") || hasPrefix("reword:") }
}

extension CommitOperation {
    var commentCharacter: UInt8 {
        guard let text = repository.config.string("core.commentchar"), text != "auto", text.utf8.count == 1,
            let byte = text.utf8.first
        else { return UInt8(ascii: "#") }
        return byte
    }

    var cleanup: CommitMessage.Cleanup {
        get throws {
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
    }

    var messageFile: FilePath { repository.gitDirectory.appending("COMMIT_EDITMSG") }

    /// Writes the message file, lets hooks and the person change it, and reads it back.
    ///
    /// - Returns: false where a hook refused.
    func prepareMessage(_ message: inout PreparedMessage) throws -> Bool {
        var text = message.text
        let mode = try cleanup
        if !usesEditor || mode == .strip || mode == .whitespace, mode != .verbatim {
            text = CommitMessage.stripped(text, comment: nil)
        }
        if usesEditor, try arguments.flag("status") ?? repository.config.bool("commit.status") ?? true {
            text += try editorComments()
        }
        try TemporaryFile.replace(messageFile, with: text, synchronizing: false)
        var hookArguments = [repository.relativeMessageFile]
        if let source = message.source { hookArguments.append(source) }
        if let commit = message.sourceCommit { hookArguments.append(commit) }
        let code = try repository.runHook(
            "prepare-commit-msg", .init(arguments: hookArguments, variables: hookVariables()))
        if let code, code != 0 { return false }
        if usesEditor {
            do { try context.edit(messageFile) } catch {
                context.errors.line("error: \(error)")
                context.errors.line("Please supply the message using either -m or -F option.")
                return false
            }
        }
        if !skipsHooks {
            let code = try repository.runHook(
                "commit-msg", .init(arguments: [repository.relativeMessageFile], variables: hookVariables()))
            if let code, code != 0 { return false }
        }
        message.text = try Files.read(messageFile)
        if try verbosity > 0, usesEditor { message.text = CommitMessage.cut(message.text, comment: commentCharacter) }
        message.text = CommitMessage.clean(message.text, mode, comment: commentCharacter)
        return true
    }

    /// Refuses an empty message.
    func check(_ message: PreparedMessage) throws {
        if let template = message.template, usesEditor, !arguments.isOn("allow-empty-message"),
            CommitMessage.clean(template, try cleanup, comment: commentCharacter) == message.text,
            !message.text.isEmpty
        {
            context.errors.line("Aborting commit; you did not edit the message.")
            throw CommandError(.silent, "", exitCode: .failure)
        }
        if !arguments.isOn("allow-empty-message"), CommitMessage.isEmpty(message.text) {
            context.errors.line("Aborting commit due to empty commit message.")
            throw CommandError(.silent, "", exitCode: .failure)
        }
    }

    /// What the editor shows below the message.
    private func editorComments() throws -> [UInt8] {
        let comment = String(UnicodeScalar(commentCharacter))
        var lines: [String] = [""]
        if try cleanup == .scissors {
            lines += scissorsLines(comment)
        } else if try cleanup == .strip {
            lines.append("\(comment) Please enter the commit message for your changes. Lines starting")
            lines.append("\(comment) with '\(comment)' will be ignored, and an empty message aborts the commit.")
        } else {
            lines.append("\(comment) Please enter the commit message for your changes. Lines starting")
            lines.append("\(comment) with '\(comment)' will be kept; you may remove them yourself if you want to.")
            lines.append("\(comment) An empty message aborts the commit.")
        }
        lines += try identityLines(comment)
        lines.append(comment)
        var style = try StatusStyle(forCommit: context, arguments)
        style.hints = false
        style.commentPrefix = comment
        style.omitsAdvice = true
        style.isAmending = false
        var options = try StatusReport.Options(arguments, context)
        options.isAmending = isAmending
        options.reference = isAmending ? head?.parents.first : state.head
        let report = try StatusReport(context, index, worktree, options)
        var printer = StatusPrinter(context, report, style)
        try printer.print()
        var text = Array((lines.joined(separator: "\n") + "\n").utf8) + printer.text
        let verbosity = try self.verbosity
        if verbosity > 0 {
            text += Array((scissorsLines(comment).joined(separator: "\n") + "\n").utf8)
            text += try context.verbosePatch(
                options.reference, index, worktree, isTwice: verbosity > 1, commentPrefix: comment, usesColor: false)
        }
        return text
    }

    /// Who wrote the commit, and when, where that is not the one who makes it, now.
    private func identityLines(_ comment: String) throws -> [String] {
        let author = try author()
        let committer = try context.committer()
        var lines: [String] = []
        if author.name != committer.name || author.email != committer.email {
            let name = String(decoding: author.name, as: UTF8.self)
            lines.append("\(comment) Author:    \(name) <\(String(decoding: author.email, as: UTF8.self))>")
        }
        if showsDate { lines.append("\(comment) Date:      \(CommitDate.text(author))") }
        return lines.isEmpty ? [] : [comment] + lines
    }

    private func scissorsLines(_ comment: String) -> [String] {
        [
            "\(comment) \(CommitMessage.scissors)", "\(comment) Do not modify or remove the line above.",
            "\(comment) Everything below it will be ignored.",
        ]
    }

    /// How much of the changes is shown in the editor.
    var verbosity: Int {
        get throws {
            if arguments.has("verbose") { return arguments.count("verbose") }
            if let isOn = try? repository.config.bool("commit.verbose") { return isOn ? 1 : 0 }
            return try repository.config.int("commit.verbose") ?? 0
        }
    }
}

extension Repository {
    /// The message file as hooks are given it: relative to where they run.
    fileprivate var relativeMessageFile: String {
        var path = gitDirectory.appending("COMMIT_EDITMSG")
        if let workTree, path.removePrefix(workTree) { return path.string }
        return gitDirectory.appending("COMMIT_EDITMSG").string
    }
}
