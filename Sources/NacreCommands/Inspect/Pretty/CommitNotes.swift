internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// The notes that are shown with commits: those of `refs/notes/commits`, or of the refs that were asked for.
struct CommitNotes {
    private let repository: Repository
    private let trees: [(ref: RefName, tree: ObjectID)]

    init(_ repository: Repository, refs: [RefName]) {
        self.repository = repository
        trees = refs.compactMap { name in
            guard let id = try? repository.refs.resolve(name),
                let tree = try? repository.objects.peel(id, to: .tree)
            else { return nil }
            return (name, tree)
        }
    }

    /// The refs of notes that are shown without being asked for.
    static func defaultRefs(_ repository: Repository, environment: ProcessEnvironment) -> [RefName] {
        var names: [String] = []
        names.append(
            environment.nonEmpty("GIT_NOTES_REF") ?? repository.config.string("core.notesref") ?? "refs/notes/commits")
        if let display = environment["GIT_NOTES_DISPLAY_REF"] {
            names += display.split(separator: ":").map(String.init)
        } else {
            names += repository.config.strings("notes.displayref")
        }
        var result: [RefName] = []
        for name in names {
            let found: [RefName]
            if Wildmatch.isGlob(name.utf8) {
                found = ((try? repository.refs.list(prefix: "refs/notes/")) ?? []).map(\.name)
                    .filter { Wildmatch.matches(Array(name.utf8), $0.bytes) }
            } else {
                found = [try? RefName(name)].compactMap { $0 }
            }
            for ref in found where !result.contains(ref) { result.append(ref) }
        }
        return result
    }

    var isEmpty: Bool { trees.isEmpty }

    private func note(_ id: ObjectID, in tree: ObjectID) throws -> [UInt8]? {
        var rest = id.hexBytes[...]
        var current = tree
        while true {
            let entries = try repository.objects.tree(current)
            if let entry = entries[rest], entry.mode != .tree { return try repository.objects.read(entry.id).content }
            guard rest.count > 2, let next = entries[rest.prefix(2)], next.mode == .tree else { return nil }
            rest = rest.dropFirst(2)
            current = next.id
        }
    }

    /// The notes of a commit as text under a heading, or without one for formats of one's own.
    func text(_ id: ObjectID, raw: Bool) throws -> [UInt8] {
        var result: [UInt8] = []
        for (ref, tree) in trees {
            guard let note = try note(id, in: tree) else { continue }
            if !raw {
                let name = ref.dropping("refs/notes/") ?? ref.string
                result += name == "commits" ? "\nNotes:\n".utf8 : "\nNotes (\(name)):\n".utf8
            }
            var lines = note.split(separator: 10, omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            for line in lines {
                if !raw { result += "    ".utf8 }
                result += line
                result.append(10)
            }
        }
        return result
    }
}
