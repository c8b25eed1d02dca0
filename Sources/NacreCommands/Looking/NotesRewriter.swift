internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// Takes notes along when commits are rewritten: `notes.rewrite.<command>`, `notes.rewriteMode`, `notes.rewriteRef`.
struct NotesRewriter {
    private let context: Context
    private let repository: Repository
    private let refs: [String]
    private let mode: NotesCombination
    private let message: String

    /// Nil where the command's notes are not to be taken along.
    init?(_ context: Context, _ repository: Repository, command: String) throws {
        self.context = context
        self.repository = repository
        message = "Notes added by 'git \(command == "amend" ? "commit --amend" : "notes copy")'"
        let config = repository.config
        guard try config.bool("notes.rewrite.\(command)") ?? true else { return nil }
        let name = context.environment["GIT_NOTES_REWRITE_MODE"] ?? config.string("notes.rewritemode")
        guard let mode = NotesCombination(rawValue: name?.lowercased() ?? "concatenate") else {
            throw CommandError.error("Bad notes.rewriteMode value: '\(name ?? "")'")
        }
        self.mode = mode
        let patterns =
            context.environment["GIT_NOTES_REWRITE_REF"].map { $0.split(separator: ":").map(String.init) }
            ?? config.strings("notes.rewriteref")
        var found: [String] = []
        for pattern in patterns {
            guard pattern.hasPrefix("refs/notes/") else {
                context.errors.line(
                    "warning: Refusing to rewrite notes in \(pattern) (outside of refs/notes/)")
                continue
            }
            for ref in try repository.refs.list(prefix: "refs/notes/")
            where ref.name.string == pattern || Wildmatch.matches(Array(pattern.utf8), ref.name.bytes) {
                if !found.contains(ref.name.string) { found.append(ref.name.string) }
            }
        }
        if found.isEmpty { return nil }
        refs = found
    }

    /// Copies the notes of old commits to the new ones.
    func copy(_ pairs: [(old: ObjectID, new: ObjectID)]) throws {
        for ref in refs {
            let run = try NotesRun(Arguments(), context, ref: ref)
            let (read, old) = try run.tree("copy")
            var tree = read
            var isChanged = false
            for (from, to) in pairs {
                guard let note = tree[from] else { continue }
                if let known = tree[to] {
                    let before = try repository.objects.read(known).content
                    let after = try repository.objects.read(note).content
                    guard let text = mode.apply(before, after) else { continue }
                    tree[to] = try repository.objects.write(.blob, text)
                } else {
                    tree[to] = note
                }
                isChanged = true
            }
            if isChanged { try run.commit(tree, old, message) }
        }
    }
}
