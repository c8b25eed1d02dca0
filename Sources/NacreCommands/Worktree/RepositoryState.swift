internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import SystemPackage

/// What is under way in a work tree: which files in the repository's directory say so.
struct RepositoryState {
    /// The branch that `HEAD` names; nil where it is detached.
    var branch: RefName?
    /// The commit; nil before the first.
    var head: ObjectID?
    var isMerging = false
    /// The commit being picked; zero where a sequence stopped between two.
    var cherryPick: ObjectID?
    var revert: ObjectID?
    var rebase: Rebase?
    var isApplyingMail = false
    var bisectStart: String?

    struct Rebase {
        var isInteractive: Bool
        var branch: String?
        var onto: String?
        var done: [String] = []
        var todo: [String] = []
    }

    init(_ repository: Repository) throws {
        let directory = repository.gitDirectory
        if case .symbolic(let name)? = try repository.refs.read(.head) { branch = name }
        head = try repository.refs.resolve(.head)
        func text(_ name: String) -> String? {
            guard let bytes = (try? Files.readIfPresent(directory.appending(name))) ?? nil else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        func line(_ name: String) -> String? { text(name).map { String($0.prefix { $0 != "\n" }) } }
        func exists(_ name: String) -> Bool { ((try? FileStatus.of(directory.appending(name))) ?? nil) != nil }
        func id(_ name: String) -> ObjectID? { line(name).flatMap { ObjectID(hex: $0) } }
        isMerging = exists("MERGE_HEAD")
        if exists("rebase-apply") {
            if exists("rebase-apply/applying") {
                isApplyingMail = true
            } else {
                rebase = Rebase(
                    isInteractive: false, branch: line("rebase-apply/head-name"), onto: line("rebase-apply/onto"))
            }
        } else if exists("rebase-merge") {
            rebase = Rebase(
                isInteractive: exists("rebase-merge/interactive"), branch: line("rebase-merge/head-name"),
                onto: line("rebase-merge/onto"))
            rebase?.done = RepositoryState.commands(text("rebase-merge/done"))
            rebase?.todo = RepositoryState.commands(text("rebase-merge/git-rebase-todo"))
        }
        cherryPick = id("CHERRY_PICK_HEAD")
        revert = id("REVERT_HEAD")
        if cherryPick == nil, revert == nil, rebase == nil, let todo = text("sequencer/todo") {
            let zero = ObjectID.zero(repository.algorithm)
            if todo.hasPrefix("pick") { cherryPick = zero }
            if todo.hasPrefix("revert") { revert = zero }
        }
        if exists("BISECT_LOG") { bisectStart = line("BISECT_START") ?? "" }
    }

    /// Lines of a to-do list that are not comments, ids cut short.
    private static func commands(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            var words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            if words.count > 1, words[1].count >= 40, words[1].allSatisfy(\.isHexDigit) {
                words[1] = String(words[1].prefix(7))
            }
            return words.joined(separator: " ")
        }
    }

    /// Where a commit that is being made comes from.
    var isPlainCommit: Bool { !isMerging && cherryPick == nil }

    /// The branch's name without `refs/heads/`.
    var branchName: String? { branch.map { $0.dropping("refs/heads/") ?? $0.string } }
}
