internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository

/// What a clone's `HEAD` is to be.
struct CloneHead {
    /// The branch; nil for a commit without one.
    var branch: String?
    /// The commit; nil where the branch is not born.
    var commit: ObjectID?
    /// The tag that `--branch` named.
    var tag: RefName?
    /// The branch of the other side's `HEAD`.
    var remoteBranch: String?
    /// Whether `HEAD` names a commit.
    var isDetached: Bool { branch == nil && commit != nil }

    init(_ refs: [AdvertisedRef], branch wanted: String?, origin: String, defaultBranch: String) throws {
        let heads = Array("refs/heads/".utf8)
        let head = refs.first { $0.name == RefName.head.bytes }
        if let target = head?.symbolicTarget, target.starts(with: heads), RefName.isValid(target) {
            remoteBranch = String(decoding: target.dropFirst(heads.count), as: UTF8.self)
        } else if let id = head?.id {
            // Nobody says which branch it is: one of those that stand there, the usual names first.
            let same = refs.filter { $0.id == id && $0.name.starts(with: heads) && RefName.isValid($0.name) }
                .map { String(decoding: $0.name.dropFirst(heads.count), as: UTF8.self) }
            remoteBranch = [defaultBranch, "master"].first { same.contains($0) } ?? same.first
        }
        if let wanted {
            if let ref = refs.first(where: { $0.name.elementsEqual("refs/heads/\(wanted)".utf8) }) {
                (branch, commit) = (wanted, ref.id)
            } else if let ref = refs.first(where: { $0.name.elementsEqual("refs/tags/\(wanted)".utf8) }) {
                commit = ref.peeled ?? ref.id
                tag = RefName(unchecked: ref.name)
            } else {
                throw CommandError.fatal("Remote branch \(wanted) not found in upstream \(origin)")
            }
            return
        }
        branch = remoteBranch
        commit = head?.id
    }
}

/// Where a clone puts the refs of the other side.
struct CloneMap {
    let origin: String
    let isMirror: Bool
    let isBare: Bool
    let takesTags: Bool
    /// Only this branch or tag.
    let only: CloneHead?

    func destination(_ name: RefName) -> RefName? {
        if isMirror { return name.starts(with: "refs/") ? name : nil }
        if let notes = name.dropping("refs/notes/nacre/") {
            return isBare ? nil : try? RefName(CloneSettings.notesPrefix(origin) + notes)
        }
        if let branch = name.dropping("refs/heads/") {
            if let only, only.branch != branch { return nil }
            return isBare ? name : try? RefName("refs/remotes/\(origin)/\(branch)")
        }
        if name.isTag {
            if let only { return only.tag == name ? name : nil }
            return takesTags ? name : nil
        }
        return nil
    }
}

/// Settings of a clone.
enum CloneSettings {
    /// Where the other side's notes are kept until they are merged into ours.
    static func notesPrefix(_ origin: String) -> String { "refs/nacre/remotes/\(origin)/notes/" }

    static func notesSpec(_ origin: String) -> String { "+refs/notes/nacre/*:\(notesPrefix(origin))*" }

    static func pair(_ text: String) -> (String, String) {
        guard let equals = text.firstIndex(of: "=") else { return (text, "true") }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    /// The configuration before there is a repository, with what `-c` sets.
    static func config(_ arguments: Arguments, _ context: Context) throws -> Config {
        var discovery = context.discovery
        discovery.commandConfig += arguments.allTexts("config").map { text in
            let (name, value) = pair(text)
            return (name: name, value: value)
        }
        return try Repository.configurationOutside(discovery)
    }

    /// Checks out the files of the top folder alone.
    static func makeSparse(_ context: Context) throws {
        guard let command = CommandTable.find("sparse-checkout") else { return }
        var arguments = Arguments()
        arguments.words = [Array("set".utf8)]
        if command.parsesOptions {
            arguments = try ArgumentParser.parse(
                arguments.words, options: command.options, permutes: command.permutesOptions)
        }
        _ = try command.run(arguments, context)
    }
}
