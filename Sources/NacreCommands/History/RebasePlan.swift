internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// What a rebase has to do, before a person has looked at it.
struct RebasePlan {
    let context: Context
    let repository: Repository
    let history: HistoryCommit
    /// The commits that are left out with all that they lead to.
    var excluded: [ObjectID] = []
    /// Where changes count as made already; nil where every commit is taken.
    var upstream: ObjectID?
    let head: ObjectID
    /// Whether commits that change nothing stay.
    var keepsEmpty = true
    var saysSkipped = true

    /// The commits, oldest first, with those that are left out because upstream has their change.
    func commits(withMerges: Bool) throws -> (all: [RevisionWalk.Entry], skipped: Set<ObjectID>) {
        var options = RevisionWalk.Options()
        options.order = .topological
        options.isReversed = true
        if !withMerges { options.maximumParents = 1 }
        var walk = RevisionWalk(repository, options: options)
        try walk.include(head)
        for id in excluded { try walk.exclude(id) }
        var all: [RevisionWalk.Entry] = []
        while let entry = try walk.next() { all.append(entry) }
        var skipped: Set<ObjectID> = []
        guard let upstream else { return (all, skipped) }
        var known: Set<[UInt8]> = []
        for id in try CommitList.between([head], [upstream], repository) {
            if let patch = try PatchID.of(id, repository) { known.insert(patch) }
        }
        if !known.isEmpty {
            for entry in all {
                if let patch = try PatchID.of(entry.id, repository), known.contains(patch) { skipped.insert(entry.id) }
            }
        }
        return (all, skipped)
    }

    func adviseSkipped() {
        guard context.advises("skippedCherryPicks") else { return }
        context.hint(
            "use --reapply-cherry-picks to include skipped commits",
            "Disable this message with \"git config advice.skippedCherryPicks false\"")
    }

    func saySkipped(_ id: ObjectID) {
        if saysSkipped { context.errors.line("warning: skipped previously applied commit \(history.short(id))") }
    }

    func isEmpty(_ entry: RevisionWalk.Entry) throws -> Bool {
        let before = try entry.parents.first.map { try repository.objects.commit($0).tree }
        return entry.parents.count < 2 && entry.tree == before ?? .emptyTree(repository.algorithm)
    }

    /// What stands behind a commit's id in the list: the subject, or what `rebase.instructionFormat` says.
    func title(_ id: ObjectID) throws -> String {
        guard let format = repository.config.string("rebase.instructionformat"), !format.isEmpty else {
            return try history.subject(id)
        }
        let pretty = PrettyContext(repository, now: context.now, localZone: context.localZone)
        var expansion = PrettyFormat(pretty, try CommitText(id, repository.objects))
        return String(decoding: try expansion.expand(Array(format.utf8)), as: UTF8.self)
    }

    /// A list without merges.
    func todo() throws -> RebaseTodo {
        let (all, skipped) = try commits(withMerges: false)
        var steps: [RebaseStep] = []
        for entry in all {
            if let step = try pick(entry, skipped) { steps.append(step) }
        }
        if !skipped.isEmpty { adviseSkipped() }
        return RebaseTodo(steps: steps)
    }

    /// The step for a commit that is no merge; nil where it is left out.
    func pick(_ entry: RevisionWalk.Entry, _ skipped: Set<ObjectID>) throws -> RebaseStep? {
        let isEmpty = try self.isEmpty(entry)
        if !isEmpty, skipped.contains(entry.id) {
            saySkipped(entry.id)
            return nil
        }
        guard !isEmpty || keepsEmpty else { return nil }
        return RebaseStep(.pick, entry.id, text: try title(entry.id) + (isEmpty ? " # empty" : ""))
    }
}

/// What a change is apart from where it stands: equal for the same change made twice.
enum PatchID {
    static func of(_ id: ObjectID, _ repository: Repository) throws -> [UInt8]? {
        let commit = try repository.objects.commit(id)
        guard commit.parents.count <= 1 else { return nil }
        let old = try commit.parents.first.map { try repository.objects.commit($0).tree }
        var options = DiffOptions()
        options.formats = .patch
        options.showsFullIndex = true
        let entries = try TreeDiff.compare(old, commit.tree, source: repository.objects)
        var text: [UInt8] = []
        var printer = DiffPrinter(source: repository.objects, options: options) { text += copy $0 }
        try printer.print(entries)
        var essence: [UInt8] = []
        var ids: ArraySlice<UInt8> = []
        for line in text.split(separator: 10) {
            if line.starts(with: "index ".utf8) {
                ids = line
                continue
            }
            if line.starts(with: "@@ ".utf8) { continue }
            // Of files that are no text nothing else is told.
            if line.starts(with: "Binary files ".utf8) { essence += ids }
            essence += line.filter { $0 != 32 && $0 != 9 && $0 != 13 }
        }
        return essence.isEmpty ? nil : Digest.hash(essence, .sha1)
    }
}
