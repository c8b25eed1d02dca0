internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// The revisions, limits and paths of a command line, in the order in which they stood.
final class RevisionRequest {
    /// An object that was named.
    struct Pending {
        let name: String
        let id: ObjectID
        let kind: ObjectKind
        let isExcluded: Bool
        let isLeft: Bool
        var path: GitPath?
        var mode: UInt32?
        /// Whether it was named on the command line rather than by a glob.
        var isNamed = true
        /// Whether it is there only as a parent of what was named: `X^@`, `X^!`.
        var isParent = false
    }

    let context: Context
    let repository: Repository
    let resolver: RevisionResolver
    var walk = RevisionWalk.Options()
    private(set) var pending: [Pending] = []
    /// The operands that are paths.
    private(set) var paths: [[UInt8]] = []
    /// Whether anything that names revisions stood there, even where it named none.
    private(set) var hasRevisions = false
    var showsLeftRight = false
    var showsCherryMarks = false
    var showsParents = false
    /// Whether blobs and trees may be named.
    var takesObjects = false
    private var isNegated = false
    private var excluded: [String] = []

    init(_ context: Context) throws {
        self.context = context
        repository = try context.repository()
        resolver = try context.revisionResolver()
    }

    /// Reads options and operands.
    func parse(_ arguments: Arguments) throws {
        let ignoresMissing = arguments.has("ignore-missing")
        walk.ignoresMissing = ignoresMissing
        var next = 0
        var readsStandardInput = false
        for (index, operand) in arguments.beforeSeparator.enumerated() {
            while next < arguments.occurrences.count, arguments.occurrences[next].operandsBefore <= index {
                try option(arguments.occurrences[next], &readsStandardInput)
                next += 1
            }
            let text = String(decoding: operand, as: UTF8.self)
            if try revision(text, ignoresMissing: ignoresMissing) {
                if arguments.separator == nil { try refuseFile(operand) }
                continue
            }
            guard arguments.separator == nil else { throw CommandError.fatal("bad revision '\(text)'") }
            let rest = Array(arguments.beforeSeparator.dropFirst(index))
            for (position, path) in rest.enumerated() { try demandPath(path, mayBeRevision: position == 0) }
            paths = rest
            break
        }
        for occurrence in arguments.occurrences[next...] { try option(occurrence, &readsStandardInput) }
        paths += arguments.afterSeparator
        if readsStandardInput { try readStandardInput() }
        if !paths.isEmpty { walk.paths = try pathspec() }
    }

    /// The paths as they limit the walk.
    func pathspec() throws -> Pathspec {
        try Pathspec(
            paths, prefix: context.prefix(), root: (repository.workTree ?? repository.gitDirectory).bytes)
    }

    // MARK: Options

    private func option(_ occurrence: Arguments.Occurrence, _ readsStandardInput: inout Bool) throws {
        let text = occurrence.text ?? ""
        func number() throws -> Int {
            guard let number = Int(text) else { throw CommandError.fatal("'\(text)': not an integer") }
            return number
        }
        func date() -> Int64 { ApproximateDate.limit(text, now: context.now, localZone: context.localZone) }
        switch occurrence.name {
        case "all":
            try globbed(nil, "refs/", trimming: "")
            let head = try repository.refs.resolve(.head)
            if let head, !excluded.contains(where: { Wildmatch.matches(Array($0.utf8), Array("HEAD".utf8)) }) {
                try add("HEAD", head, isNamed: false)
            }
            excluded = []
        case "branches": try globbed(occurrence.text, "refs/heads/", trimming: "refs/heads/")
        case "tags": try globbed(occurrence.text, "refs/tags/", trimming: "refs/tags/")
        case "remotes": try globbed(occurrence.text, "refs/remotes/", trimming: "refs/remotes/")
        case "glob": try globbed(text.hasPrefix("refs/") ? text : "refs/" + text, "", trimming: "")
        case "exclude": excluded.append(text)
        case "reflog": try reflogs()
        case "not": isNegated.toggle()
        case "stdin": readsStandardInput = true
        case "no-walk":
            walk.isWalking = false
            walk.isUnsorted = text == "unsorted"
        case "do-walk": walk.isWalking = true
        case "max-count":
            let count = try number()
            walk.maximumCount = count < 0 ? nil : count
        case "skip": walk.skip = try number()
        case "since": walk.since = date()
        case "since-as-filter": walk.sinceFilter = date()
        case "until": walk.until = date()
        case "max-age": walk.since = Int64(try number())
        case "min-age": walk.until = Int64(try number())
        case "merges": if occurrence.isNegated { walk.maximumParents = 1 } else { walk.minimumParents = 2 }
        case "min-parents": walk.minimumParents = occurrence.isNegated ? 0 : try number()
        case "max-parents":
            let count = occurrence.isNegated ? -1 : try number()
            walk.maximumParents = count < 0 ? nil : count
        case "first-parent": walk.followsFirstParentOnly = true
        case "boundary": walk.showsBoundary = true
        case "left-right": showsLeftRight = true
        case "left-only": walk.isLeftOnly = true
        case "right-only": walk.isRightOnly = true
        case "cherry":
            (walk.isRightOnly, walk.marksEqualPatches, showsCherryMarks) = (true, true, true)
            walk.maximumParents = 1
        case "cherry-pick": walk.omitsEqualPatches = true
        case "cherry-mark": (walk.marksEqualPatches, showsCherryMarks) = (true, true)
        case "ancestry-path": walk.isAncestryPath = true
        case "full-history": walk.keepsFullHistory = true
        case "dense": walk.isDense = true
        case "sparse": walk.isDense = false
        case "simplify-by-decoration": try simplifyByDecoration()
        case "topo-order": walk.order = .topological
        case "date-order": walk.order = .commitDate
        case "author-date-order": walk.order = .authorDate
        case "reverse": walk.isReversed = !occurrence.isNegated
        case "parents": (showsParents, walk.rewritesParents) = (true, true)
        case "children": (walk.findsChildren, walk.rewritesParents) = (true, true)
        case "simplify-merges": simplifyMerges()
        case "show-pulls": walk.showsPulls = true
        case "remove-empty": walk.stopsWhereEmpty = true
        default: break
        }
    }

    private func simplifyMerges() {
        walk.simplifiesMerges = true
        walk.rewritesParents = true
        walk.keepsFullHistory = true
        if walk.order == .time { walk.order = .topological }
    }

    private func simplifyByDecoration() throws {
        walk.decorated = try Decorations(repository, include: [], exclude: [], configExclude: []).names
        simplifyMerges()
    }

    private func globbed(_ pattern: String?, _ prefix: String, trimming: String) throws {
        hasRevisions = true
        var glob: [UInt8]?
        if let pattern {
            var full = prefix + pattern
            if !Wildmatch.isGlob(full.utf8) { full += full.hasSuffix("/") ? "*" : "/*" }
            glob = Array(full.utf8)
        }
        for ref in try repository.refs.list(prefix: prefix.isEmpty ? "refs/" : prefix) {
            if let glob, !Wildmatch.matches(glob, ref.name.bytes) { continue }
            // What keeps our own log alive is no history of anybody's.
            if glob == nil, ref.name.isOperationLog { continue }
            let name = Array(ref.name.bytes.dropFirst(trimming.utf8.count))
            if excluded.contains(where: { Wildmatch.matches(Array($0.utf8), name) }) { continue }
            guard let id = ref.id else { continue }
            try add(ref.name.string, id, isNamed: false)
        }
        if prefix != "refs/" { excluded = [] }
    }

    /// `--bisect`: what a bisection found bad, without what it found good.
    func addBisection() throws {
        let terms = try BisectState(context: context, repository: repository).terms() ?? BisectState.Terms()
        for ref in try repository.refs.list(prefix: "refs/bisect/") {
            guard let name = ref.name.dropping("refs/bisect/"), let id = ref.id else { continue }
            if name == terms.bad || name.hasPrefix(terms.bad + "-") {
                try add(name, id, isNamed: false)
                hasRevisions = true
            } else if name.hasPrefix(terms.good + "-") {
                try add(name, id, isExcluded: true, isNamed: false)
            }
        }
    }

    private func reflogs() throws {
        hasRevisions = true
        for name in try repository.refs.reflogNames() {
            for entry in try repository.refs.reflog(name)?.entries ?? [] {
                for id in [entry.old, entry.new] where !id.isZero && repository.objects.contains(id) {
                    try add(name.string, id, isNamed: false)
                }
            }
        }
    }

    private func readStandardInput() throws {
        let input = try Files.readAll(0, path: "standard input")
        var isPath = false
        for line in input.split(separator: 10) where !line.isEmpty {
            if isPath {
                paths.append(Array(line))
            } else if line.elementsEqual("--".utf8) {
                isPath = true
            } else {
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix("-") { throw CommandError.fatal("options not supported in --stdin mode") }
                guard try revision(text, ignoresMissing: walk.ignoresMissing) else {
                    throw CommandError.fatal("bad revision '\(text)'")
                }
            }
        }
        hasRevisions = true
    }

    // MARK: Adding

    /// Adds an object, tags followed.
    func add(
        _ name: String, _ id: ObjectID, isExcluded: Bool = false, isLeft: Bool = false,
        found: RevisionResolver.Found? = nil,
        isNamed: Bool = true, isParent: Bool = false
    ) throws {
        let isExcluded = isExcluded != isNegated
        guard let kind = try repository.objects.headerIfPresent(id)?.kind else {
            if walk.ignoresMissing { return }
            throw CommandError.fatal("bad object \(name)")
        }
        pending.append(
            Pending(
                name: name, id: id, kind: kind, isExcluded: isExcluded, isLeft: isLeft, path: found?.path,
                mode: found?.mode, isNamed: isNamed, isParent: isParent))
    }

    /// Reads one operand as revisions; false where it names none.
    func revision(_ text: String, ignoresMissing: Bool = false) throws -> Bool {
        if try range(text) {
            hasRevisions = true
            return true
        }
        var text = text
        if text.hasSuffix("^@"), try parents(String(text.dropLast(2)), isExcluded: false, except: 0) { return true }
        if text.hasSuffix("^!") {
            let base = String(text.dropLast(2))
            if try parents(base, isExcluded: true, except: 0) { text = base }
        } else if let mark = text.firstRange(of: "^-") {
            let number = text[mark.upperBound...]
            let base = String(text[..<mark.lowerBound])
            if let parent = number.isEmpty ? 1 : Int(number), parent > 0, !base.isEmpty,
                try parents(base, isExcluded: true, except: parent)
            {
                text = base
            }
        }
        let isExcluded = text.hasPrefix("^")
        if isExcluded { text = String(text.dropFirst()) }
        guard let found = try resolver.find(text, hint: takesObjects ? .any : .committish) else {
            hasRevisions = hasRevisions || ignoresMissing
            return ignoresMissing
        }
        hasRevisions = true
        try add(text, found.id, isExcluded: isExcluded, found: found)
        return true
    }

    private func parents(_ text: String, isExcluded: Bool, except: Int) throws -> Bool {
        var base = text
        var isExcluded = isExcluded
        if base.hasPrefix("^") {
            base = String(base.dropFirst())
            isExcluded.toggle()
        }
        guard let found = try resolver.find(base, hint: .committish),
            let commit = try resolver.peel(found.id, to: .commit)
        else { return false }
        let parents = try repository.objects.links(commit).parents
        guard except <= parents.count else { return false }
        hasRevisions = true
        for (index, parent) in parents.enumerated() where except == 0 || index + 1 == except {
            try add(base, parent, isExcluded: isExcluded, isParent: true)
        }
        return true
    }

    private func range(_ text: String) throws -> Bool {
        guard text != "..", let dots = text.firstRange(of: "..") else { return false }
        let isSymmetric = text[dots.upperBound...].hasPrefix(".")
        let right = isSymmetric ? text[dots.upperBound...].dropFirst() : text[dots.upperBound...]
        let leftName = dots.lowerBound == text.startIndex ? "HEAD" : String(text[..<dots.lowerBound])
        let rightName = right.isEmpty ? "HEAD" : String(right)
        // `^A..B` means something to nobody, and `a..b` may stand inside of a path after a colon.
        guard let left = try resolver.find(leftName, hint: .committish),
            let rightFound = try resolver.find(rightName, hint: .committish)
        else { return false }
        guard isSymmetric else {
            try add(leftName, left.id, isExcluded: true)
            try add(rightName, rightFound.id)
            return true
        }
        guard let a = try resolver.peel(left.id, to: .commit), let b = try resolver.peel(rightFound.id, to: .commit)
        else {
            throw CommandError.fatal("Invalid symmetric difference expression \(text)")
        }
        var bases = MergeBases(repository)
        for base in try bases.bases(of: a, [b]) { try add(base.hex, base, isExcluded: true) }
        try add(leftName, a, isLeft: true)
        try add(rightName, b)
        return true
    }

    // MARK: Paths

    private static let advice =
        "Use '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'"

    private func exists(_ operand: [UInt8]) -> Bool {
        var path = operand[...]
        if path.starts(with: ":/".utf8) {
            path = path.dropFirst(2)
            if path.isEmpty { return true }
            guard let top = repository.workTree else { return false }
            return (try? FileStatus.of(top.appending(bytes: path))).flatMap { $0 } != nil
        }
        return (try? FileStatus.of(context.workingDirectory.appending(bytes: path))).flatMap { $0 } != nil
    }

    private func refuseFile(_ operand: [UInt8]) throws {
        guard repository.workTree != nil, operand.first != UInt8(ascii: "-"), exists(operand) else { return }
        let text = String(decoding: operand, as: UTF8.self)
        throw CommandError.fatal("ambiguous argument '\(text)': both revision and filename\n" + Self.advice)
    }

    private func demandPath(_ operand: [UInt8], mayBeRevision: Bool) throws {
        let text = String(decoding: operand, as: UTF8.self)
        if text.hasPrefix("-") {
            throw CommandError.fatal("option '\(text)' must come before non-option arguments")
        }
        if text.hasPrefix(":("), text.contains(")") { return }
        if text.hasPrefix(":!") || text.hasPrefix(":^") { return }
        if Wildmatch.isGlob(operand) || exists(operand) { return }
        guard mayBeRevision else {
            throw CommandError.fatal(
                "\(text): no such path in the working tree.\nUse 'git <command> -- <path>...' to specify paths that do not exist locally."
            )
        }
        try resolver.diagnose(text)
        throw RevisionError.unknown(text)
    }

    // MARK: Walking

    /// The walk from all the commits that were named; other objects are left to the caller.
    func makeWalk() throws -> RevisionWalk {
        var result = RevisionWalk(repository, options: walk)
        for item in pending {
            guard let id = try resolver.peel(item.id, to: .commit) else { continue }
            if item.isExcluded { try result.exclude(id) } else { try result.include(id, isLeft: item.isLeft) }
        }
        return result
    }

    /// Adds `HEAD` to the revisions that were given.
    func addDefaultHead() throws {
        guard let id = try repository.refs.resolve(.head) else {
            throw CommandError.fatal("your current branch does not have any commits yet")
        }
        try add("HEAD", id)
    }

    /// Starts at `HEAD` where no revision was given.
    ///
    /// - Throws: Git's error where the branch has no commit yet.
    func addDefault() throws {
        guard !hasRevisions else { return }
        let head = try repository.refs.resolveFully(.head)
        guard let id = head.id else {
            throw CommandError.fatal("your current branch '\(head.name.shortened)' does not have any commits yet")
        }
        try add("HEAD", id)
    }
}

extension RefName {
    /// Whether the operation log hangs from it: `--all` and decorations leave it out, asking for it by name does not.
    var isOperationLog: Bool { string == "refs/nacre/operations" || string.hasPrefix("refs/nacre/operations/") }
}

extension Context {
    /// Finds what revisions name; warnings go to standard error.
    func revisionResolver() throws -> RevisionResolver {
        let errors = errors
        var resolver = RevisionResolver(
            try repository(), now: now, localZone: localZone, prefix: (try? prefix()) ?? .root,
            report: { errors.line($0) })
        let index = IndexCache(self)
        resolver.indexLookup = { path, stage in try index.find(path, stage) }
        return resolver
    }
}

/// The index, read when it is first asked for.
private final class IndexCache {
    private let context: Context
    private var index: Index?

    init(_ context: Context) { self.context = context }

    func find(_ path: GitPath, _ stage: Int) throws -> (id: ObjectID, mode: UInt32)? {
        if index == nil { index = try context.index() }
        guard let index, let stage = ConflictStage(rawValue: UInt8(stage)),
            case .found(let position) = index.position(of: path, stage: stage)
        else { return nil }
        return (index.entries[position].id, index.entries[position].mode.rawValue)
    }
}
