internal import Bytes
public import GitDiff
public import GitObjects
public import GitStorage
public import GitWorktree

/// Applies patches to files, to an index, or to both: checks everything first, then changes.
///
/// What is accepted and the words of what is refused are those of `git apply`.
public final class PatchApplication {
    /// How patches are applied.
    public struct Options: Sendable {
        /// Whether index and files must agree and both are changed (`--index`).
        public var usesIndex = false
        /// Whether only the index is read and changed (`--cached`).
        public var leavesFiles = false
        /// Whether a three-way merge is tried first (`--3way`).
        public var isThreeWay = false
        /// Whether hunks that fit are applied where others do not (`--reject`).
        public var rejects = false
        /// Whether paths may lead out of the directory (`--unsafe-paths`).
        public var allowsUnsafePaths = false
        /// How hunks find their place.
        public var image = PatchImage.Options()
        /// Whether added lines are mended by the rules of their path.
        public var fixesWhitespace = false
        /// Whether errors in white space are noticed at all.
        public var noticesWhitespace = true
        /// How much is said: -1 nothing, 0 what matters, 1 everything.
        public var verbosity = 0
        /// Whether offsets are told the other way round (`-R`).
        public var isReversed = false
        /// What conflicts call the sides.
        public var labels: (ours: String, theirs: String) = ("ours", "theirs")

        /// `git apply`'s.
        public init() {}
    }

    /// What is known of a path that an earlier patch of the same input changed.
    enum Earlier {
        case willBeDeleted
        case deleted
        case changed(PatchedFile)
    }

    /// A patch on its way.
    struct Item {
        var patch: FilePatch
        var isRejected = true
        var rejectedHunks: Set<Int> = []
        var result: PatchedFile?
        var goesToMerge = false
        /// Base, ours and theirs where the merge left conflicts.
        var stages: [ObjectID?] = []
    }

    /// A refusal in Git's words, said already.
    struct Refusal: Error {}

    let options: Options
    let objects: ObjectDatabase?
    let files: any PatchFiles
    let worktree: Worktree?
    let say: (String) -> Void
    let whitespace: (GitPath) -> WhitespaceRules
    var earlier: [GitPath: Earlier] = [:]
    var items: [Item]
    /// The index that is read and changed.
    public var index: Index
    /// How many added lines were mended.
    public internal(set) var fixedLines = 0
    /// Input lines at which blank lines begin that are added at the end of a file.
    public internal(set) var blankEnds: [Int] = []

    /// Prepares.
    ///
    /// - Parameters:
    ///   - files: where the files are.
    ///   - worktree: the same files as a work tree, where there is a repository.
    ///   - whitespace: the rules of a path.
    ///   - say: is given lines for standard error.
    public init(
        _ patches: [FilePatch], files: any PatchFiles, worktree: Worktree?, objects: ObjectDatabase?, index: Index,
        options: Options, whitespace: @escaping (GitPath) -> WhitespaceRules = { _ in WhitespaceRules() },
        say: @escaping (String) -> Void
    ) {
        items = patches.map { Item(patch: $0) }
        self.files = files
        self.worktree = worktree
        self.objects = objects
        self.index = index
        self.options = options
        self.whitespace = whitespace
        self.say = say
    }

    func error(_ text: String) -> Refusal {
        if options.verbosity >= 0 { say("error: \(text)") }
        return Refusal()
    }

    // MARK: Checking

    /// Finds out what every patch makes of its file; nothing is changed.
    ///
    /// - Returns: whether all apply; what does not has been said.
    /// - Throws: where something is wrong that is no matter of the patch fitting: an unsafe path, a file that cannot be read.
    public func check() throws -> Bool {
        for item in items where item.patch.newName == nil || item.patch.isRename {
            if let name = item.patch.oldName { earlier[name] = .willBeDeleted }
        }
        var isGood = true
        for position in items.indices {
            if options.verbosity > 0 { say("Checking patch \(shown(items[position].patch))...") }
            var item = items[position]
            do {
                try check(&item)
            } catch is Refusal {
                isGood = false
            }
            items[position] = item
        }
        return isGood
    }

    func shown(_ patch: FilePatch) -> String {
        func quoted(_ path: GitPath) -> String { String(decoding: path.quoted(), as: UTF8.self) }
        guard let old = patch.oldName, let new = patch.newName, old != new else { return quoted(patch.name) }
        return "\(quoted(old)) => \(quoted(new))"
    }

    private func check(_ item: inout Item) throws {
        let entry = try checkBefore(&item.patch)
        let patch = item.patch
        if let new = patch.newName, patch.isNew == true || patch.isRename || patch.isCopy {
            let mayExist: Bool =
                switch earlier[new] {
                case .willBeDeleted, .deleted: true
                default: false
                }
            try checkCreation(new, mayExist: mayExist, &item)
            if item.patch.newMode == nil {
                item.patch.newMode = patch.isNew == true ? .regular : item.patch.oldMode
            }
        }
        if let old = patch.oldName, let new = patch.newName {
            if item.patch.newMode == nil { item.patch.newMode = item.patch.oldMode }
            if let before = item.patch.oldMode, let after = item.patch.newMode, kind(before) != kind(after) {
                let place = old == new ? "" : " of \(old)"
                throw error(
                    "new mode (\(octal(after))) of \(new) does not match old mode (\(octal(before)))\(place)")
            }
        }
        if !options.allowsUnsafePaths {
            for path in [patch.oldName, patch.newName].compactMap({ $0 })
            where !path.isSafe(mode: item.patch.newMode ?? .regular) {
                throw RepositoryError(.invalid, "invalid path '\(path)'")
            }
        }
        if patch.isDeleted != true, let new = patch.newName, try isBeyondLink(new) {
            throw error("affected file '\(new)' is beyond a symbolic link")
        }
        do {
            try makeResult(&item, entry)
        } catch is Refusal {
            throw error("\(patch.oldName ?? patch.name): patch does not apply")
        }
        item.isRejected = false
    }

    private func kind(_ mode: FileMode) -> UInt32 { mode.rawValue & 0o170000 }
    private func octal(_ mode: FileMode) -> String { String(mode.rawValue, radix: 8) }

    /// A path below a link that stands there, or that the patch makes.
    private func isBeyondLink(_ path: GitPath) throws -> Bool {
        var parent = path.parent
        while let directory = parent, !directory.isRoot {
            for item in items {
                if item.patch.newName == directory, item.patch.newMode == .symbolicLink { return true }
            }
            let isGone = items.contains {
                $0.patch.oldName == directory && $0.patch.oldMode == .symbolicLink
                    && ($0.patch.isDeleted == true || $0.patch.isRename)
            }
            if isGone { return false }
            parent = directory.parent
        }
        if options.usesIndex || options.leavesFiles {
            var parent = path.parent
            while let directory = parent, !directory.isRoot {
                if index[directory]?.mode == .symbolicLink { return true }
                parent = directory.parent
            }
            return false
        }
        return try files.isBeyondLink(path)
    }

    /// The file before: it must be there, in the index too where that is used.
    private func checkBefore(_ patch: inout FilePatch) throws -> IndexEntry? {
        guard let old = patch.oldName else { return nil }
        var previous: PatchedFile?
        if !patch.isCopy, !patch.isRename {
            switch earlier[old] {
            case .deleted: throw error("path \(old) has been renamed/deleted")
            case .changed(let file): previous = file
            default: break
            }
        }
        var mode = previous?.mode
        var entry: IndexEntry?
        func becomesNew() {
            patch.isNew = true
            patch.isDeleted = false
            patch.oldName = nil
        }
        if previous == nil {
            let standing = options.leavesFiles ? nil : try files.mode(old)
            if options.usesIndex || options.leavesFiles {
                guard let found = index[old] ?? index.range(of: old).first.map({ index.entries[$0] }) else {
                    if patch.isNew == nil {
                        becomesNew()
                        return nil
                    }
                    throw error("\(old): does not exist in index")
                }
                entry = found
                if !options.leavesFiles, try !isSame(found, standing) { throw error("\(old): does not match index") }
                mode = found.mode
            } else {
                guard let standing else {
                    if patch.isNew == nil {
                        becomesNew()
                        return nil
                    }
                    throw error("\(old): No such file or directory")
                }
                mode = standing
            }
        }
        if patch.isNew == nil { patch.isNew = false }
        guard let mode else { throw error("\(old): No such file or directory") }
        if patch.oldMode == nil { patch.oldMode = mode }
        guard let said = patch.oldMode, kind(said) == kind(mode) else { throw error("\(old): wrong type") }
        if said != mode, options.verbosity >= 0 {
            say("warning: \(old) has type \(octal(mode)), expected \(octal(said))")
        }
        if patch.newMode == nil, patch.isDeleted != true { patch.newMode = mode }
        return entry
    }

    /// Whether the file is what the index holds; one that is missing counts, as its content can be had from the index.
    private func isSame(_ entry: IndexEntry, _ standing: FileMode?) throws -> Bool {
        guard let standing, let worktree else { return entry.stage == .merged }
        if entry.stage != .merged { return false }
        if entry.mode == .gitlink { return standing == .gitlink || standing == .tree }
        guard let now = try worktree.hash(entry.path, index: index) else { return false }
        return now.id == entry.id && now.mode == entry.mode
    }

    private func checkCreation(_ path: GitPath, mayExist: Bool, _ item: inout Item) throws {
        func refuse(_ text: String) throws {
            if options.isThreeWay { item.goesToMerge = true } else { throw error(text) }
        }
        if options.usesIndex || options.leavesFiles, !mayExist, let entry = index[path] {
            let isAnnounced = entry.flags.contains(.intentToAdd)
            try refuse(isAnnounced ? "\(path): does not match index" : "\(path): already exists in index")
            return
        }
        if options.leavesFiles || mayExist { return }
        guard let mode = try files.mode(path) else { return }
        // A directory gives way: it is empty, or writing the file will fail.
        if mode == .tree { return }
        try refuse("\(path): already exists in working directory")
    }
}
