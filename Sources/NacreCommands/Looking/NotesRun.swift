internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One command of `notes`.
struct NotesRun {
    let arguments: Arguments
    let context: Context
    let repository: Repository
    /// The ref whose notes are meant.
    let ref: String

    init(_ arguments: Arguments, _ context: Context, ref: String?) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        self.ref =
            ref.map(NotesRun.expanded) ?? context.environment.nonEmpty("GIT_NOTES_REF")
            ?? repository.config.string("core.notesref") ?? "refs/notes/commits"
    }

    /// The full name of a ref of notes.
    static func expanded(_ name: String) -> String {
        if name.hasPrefix("refs/notes/") { return name }
        return name.hasPrefix("notes/") ? "refs/" + name : "refs/notes/" + name
    }

    func tooMany(_ limit: Int) throws {
        guard arguments.operands.count <= limit else { throw CommandError.usage("too many arguments") }
    }

    func object(_ text: String) throws -> ObjectID {
        guard let found = try context.revisionResolver().find(text) else {
            throw CommandError.fatal("failed to resolve '\(text)' as a valid ref.")
        }
        return found.id
    }

    func fail(_ message: String) -> ExitCode {
        context.output.flush()
        context.errors.line("error: \(message)")
        return .failure
    }

    // MARK: The tree

    /// The notes as they stand, and the commit that holds them.
    func tree(_ verb: String) throws -> (tree: NotesTree, commit: ObjectID?) {
        guard ref.hasPrefix("refs/notes/") else {
            throw CommandError.fatal("refusing to \(verb) notes in \(ref) (outside of refs/notes/)")
        }
        let commit = try repository.refs.resolve(RefName(ref))
        return (
            try NotesTree(
                try commit.map { try repository.objects.peel($0, to: .tree) }, repository.objects), commit
        )
    }

    /// Writes notes as a commit that follows others; moves nothing.
    func write(_ tree: NotesTree, parents: [ObjectID], message: [UInt8]) throws -> ObjectID {
        try HistoryCommit(context: context, repository: repository).write(
            tree: try tree.write(), parents: parents, message: message)
    }

    func update(_ name: RefName, to id: ObjectID, from old: ObjectID?, _ message: String) throws {
        var transaction = repository.refs.beginTransaction()
        transaction.update(name, to: id, expecting: old.map { .exactly($0) } ?? .any, message: message)
        try transaction.commit(committer: try context.reflogIdentity())
    }

    /// Commits the notes where they differ from what was read.
    func commit(_ tree: NotesTree, _ old: ObjectID?, _ message: String) throws {
        let id = try write(tree, parents: old.map { [$0] } ?? [], message: Array(message.utf8) + [10])
        try update(try RefName(ref), to: id, from: old, "notes: " + message)
    }

    // MARK: Reading

    func list() throws -> ExitCode {
        try tooMany(1)
        let (tree, _) = try self.tree("list")
        if let name = arguments.texts.first {
            let object = try object(name)
            guard let note = tree[object] else { return fail("no note found for object \(object).") }
            context.output.line(note.hex)
            return .success
        }
        for (object, note) in tree.sorted { context.output.line("\(note) \(object)") }
        return .success
    }

    func show() throws -> ExitCode {
        try tooMany(1)
        let object = try object(arguments.texts.first ?? "HEAD")
        guard let note = try self.tree("show").tree[object] else {
            return fail("no note found for object \(object).")
        }
        try context.startPager("show")
        context.output.write(try repository.objects.read(note).content)
        return .success
    }

    func showRef() throws -> ExitCode {
        try tooMany(0)
        context.output.line(ref)
        return .success
    }

    // MARK: Writing

    /// The text that options give, and whether it is to be edited still.
    private func given() throws -> (text: [UInt8]?, isEdited: Bool) {
        var text: [UInt8]?
        var isEdited = false
        for occurrence in arguments.occurrences {
            let value = occurrence.value ?? []
            let before = text.map { $0.isEmpty ? [] : $0 + [10] } ?? []
            switch occurrence.name {
            case "message": text = CommitMessage.stripped(before + value, comment: nil)
            case "file":
                let isInput = value.elementsEqual("-".utf8)
                let content: [UInt8]? =
                    isInput
                    ? try Files.readAll(0, path: "standard input")
                    : try? Files.read(context.workingDirectory.pushing(FilePath(bytes: value)))
                guard let content else {
                    throw CommandError.fatal(
                        "could not open or read '\(String(decoding: value, as: UTF8.self))': No such file or directory"
                    )
                }
                text = CommitMessage.stripped(before + content, comment: nil)
            case "reuse-message", "reedit-message":
                let name = String(decoding: value, as: UTF8.self)
                let found = try repository.objects.read(try object(name))
                guard found.kind == .blob else {
                    throw CommandError.fatal("cannot read note data from non-blob object '\(name)'.")
                }
                text = before + found.content
                isEdited = isEdited || occurrence.name == "reedit-message"
            default: break
            }
        }
        return (text, isEdited)
    }

    /// Lets the user write the note.
    private func edited(_ start: [UInt8], _ object: ObjectID) throws -> [UInt8] {
        let file = repository.gitDirectory.appending("NOTES_EDITMSG")
        var text = start + Array("\n#\n# Write/edit the notes for the following object:\n#\n".utf8)
        for line in try described(object).split(separator: 10, omittingEmptySubsequences: false) {
            text += line.isEmpty ? Array("#".utf8) : Array("# ".utf8) + line
            text.append(10)
        }
        try TemporaryFile.replace(file, with: text, synchronizing: false)
        defer { _ = try? Files.remove(file) }
        do {
            try context.edit(file)
        } catch let error as CommandError {
            context.errors.line("error: \(error.message)")
            throw CommandError.fatal("please supply the note contents using either -m or -F option")
        }
        return CommitMessage.stripped(try Files.read(file), comment: UInt8(ascii: "#"))
    }

    /// What is said of an object in the template: a commit's header and message.
    private func described(_ id: ObjectID) throws -> [UInt8] {
        guard try repository.objects.header(id).kind == .commit else { return Array(id.hex.utf8) }
        let commit = try CommitText(id, repository.objects)
        let mode = DateStyle.Mode()
        let date = mode.format(commit.author, now: context.now, localZone: context.localZone)
        var text = Array("commit \(id)\nAuthor: ".utf8) + commit.author.name + Array(" <".utf8)
        text += commit.author.email + Array(">\nDate:   \(date)\n\n    ".utf8) + commit.subject
        return text
    }

    private func content(_ object: ObjectID, _ old: [UInt8]?) throws -> [UInt8] {
        let (text, isEdited) = try given()
        if let text, !isEdited { return text }
        return try edited(text ?? old ?? [], object)
    }

    func add() throws -> ExitCode {
        try tooMany(1)
        let object = try object(arguments.texts.first ?? "HEAD")
        let (read, old) = try self.tree("add")
        var tree = read
        let known = tree[object]
        if known != nil {
            if !arguments.isOn("force") {
                if try given().text == nil { return try change("edit") }
                return fail(
                    "Cannot add notes. Found existing notes for object \(object). "
                        + "Use '-f' to overwrite existing notes")
            }
            context.errors.line("Overwriting existing notes for object \(object)")
        }
        let text = try content(object, try known.map { try repository.objects.read($0).content })
        try store(text, for: object, &tree, old, "add")
        return .success
    }

    private func store(
        _ text: [UInt8], for object: ObjectID, _ tree: inout NotesTree, _ old: ObjectID?, _ verb: String
    ) throws {
        if text.isEmpty, !arguments.isOn("allow-empty") {
            context.errors.line("Removing note for object \(object)")
            let hadNote = tree[object] != nil
            tree[object] = nil
            if hadNote { try commit(tree, old, "Notes removed by 'git notes \(verb)'") }
            return
        }
        tree[object] = try repository.objects.write(.blob, text)
        try commit(tree, old, "Notes added by 'git notes \(verb)'")
    }

    /// `append` and `edit`.
    func change(_ verb: String) throws -> ExitCode {
        try tooMany(1)
        if verb == "edit", try given().text != nil {
            context.errors.line(
                "The -m/-F/-c/-C options have been deprecated for the 'edit' subcommand.\n"
                    + "Please use 'git notes add -f -m/-F/-c/-C' instead.")
        }
        let object = try object(arguments.texts.first ?? "HEAD")
        let (read, old) = try self.tree(verb)
        var tree = read
        let known = try tree[object].map { try repository.objects.read($0).content }
        var text = try content(object, verb == "edit" ? known : nil)
        if verb == "append", let known, !known.isEmpty {
            text = known + (text.isEmpty ? [] : [10]) + text
        }
        try store(text, for: object, &tree, old, verb)
        return .success
    }

    func copy() throws -> ExitCode {
        if arguments.isOn("stdin") || arguments.last("for-rewrite") != nil {
            try tooMany(0)
            return try copyFromInput()
        }
        guard !arguments.operands.isEmpty else { throw CommandError.usage("too few arguments") }
        try tooMany(2)
        let from = try object(arguments.texts[0])
        let to = try object(arguments.texts.count > 1 ? arguments.texts[1] : "HEAD")
        let (read, old) = try self.tree("copy")
        var tree = read
        if tree[to] != nil {
            guard arguments.isOn("force") else {
                return fail(
                    "Cannot copy notes. Found existing notes for object \(to). Use '-f' to overwrite existing notes"
                )
            }
            context.errors.line("Overwriting existing notes for object \(to)")
        }
        guard let note = tree[from] else {
            return fail("missing notes on source object \(from). Cannot copy.")
        }
        tree[to] = note
        try commit(tree, old, "Notes added by 'git notes copy'")
        return .success
    }

    private func copyFromInput() throws -> ExitCode {
        var pairs: [(old: ObjectID, new: ObjectID)] = []
        var names: [(old: String, new: String)] = []
        for line in try Files.readAll(0, path: "standard input").split(separator: 10) {
            let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            guard words.count >= 2 else {
                throw CommandError.fatal(
                    "malformed input line: '\(String(decoding: line, as: UTF8.self))'.")
            }
            pairs.append((try object(words[0]), try object(words[1])))
            names.append((words[0], words[1]))
        }
        if let command = arguments.text("for-rewrite") {
            try NotesRewriter(context, repository, command: command)?.copy(pairs)
            return .success
        }
        let (read, old) = try self.tree("copy")
        var tree = read
        var code = ExitCode.success
        var isChanged = false
        for (pair, name) in zip(pairs, names) {
            let (note, known) = (tree[pair.old], tree[pair.new])
            if known != nil, !arguments.isOn("force") {
                code = fail("failed to copy notes from '\(name.old)' to '\(name.new)'")
            } else if note != nil || known != nil {
                tree[pair.new] = note
                isChanged = true
            }
        }
        if isChanged { try commit(tree, old, "Notes added by 'git notes copy'") }
        return code
    }

    func remove() throws -> ExitCode {
        let (read, old) = try self.tree("remove")
        var tree = read
        var names = arguments.texts
        if names.isEmpty, !arguments.isOn("stdin") { names = ["HEAD"] }
        if arguments.isOn("stdin") {
            let input = try Files.readAll(0, path: "standard input")
            names += input.split(separator: 10).map {
                String(decoding: $0.filter { $0 != 13 }, as: UTF8.self)
            }
        }
        var code = ExitCode.success
        var isChanged = false
        for name in names {
            guard let found = try context.revisionResolver().find(name) else {
                code = fail("Failed to resolve '\(name)' as a valid ref.")
                continue
            }
            if tree[found.id] == nil {
                context.errors.line("Object \(name) has no note")
                if !arguments.isOn("ignore-missing") { code = .failure }
            } else {
                context.errors.line("Removing note for object \(name)")
                tree[found.id] = nil
                isChanged = true
            }
        }
        if code == .success, isChanged { try commit(tree, old, "Notes removed by 'git notes remove'") }
        return code
    }

    func prune() throws -> ExitCode {
        try tooMany(0)
        let (read, old) = try self.tree("prune")
        var tree = read
        let gone = tree.sorted.map(\.object).filter { !repository.objects.contains($0) }
        for object in gone {
            if arguments.isOn("dry-run") || arguments.isOn("verbose") { context.output.line(object.hex) }
            tree[object] = nil
        }
        if !arguments.isOn("dry-run"), !gone.isEmpty {
            try commit(tree, old, "Notes removed by 'git notes prune'")
        }
        return .success
    }
}
