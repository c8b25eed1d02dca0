internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Synchronization
internal import SystemPackage

/// One run of `fsck`: reads every object, then asks what is reachable and what leads nowhere.
final class FsckRun {
    struct Settings {
        var checker = ObjectChecker()
        var showsUnreachable = false
        var showsDangling = true
        var showsTags = false
        var showsRoots = false
        var keepsReflogs = true
        var keepsIndex = true
        var isFull = true
        var onlyConnectivity = false
        var isVerbose = false
        var lostFound = false
        var namesObjects = false
        var heads: [(name: [UInt8], id: ObjectID)] = []
    }

    /// Bits of the exit code.
    private struct Problem {
        static let object: Int32 = 1
        static let reachable: Int32 = 2
        static let pack: Int32 = 4
        static let refs: Int32 = 8
        static let commitGraph: Int32 = 16
    }

    private static let isReachable: UInt8 = 1
    private static let isUsed: UInt8 = 2
    private static let isPresent: UInt8 = 4
    private static let isBroken: UInt8 = 8
    private static let isPromised: UInt8 = 16

    private let repository: Repository
    private let database: ObjectDatabase
    private let context: Context
    private let settings: Settings
    private var table = ObjectIDTable()
    private var flags: [UInt8] = []
    private var kinds: [ObjectKind?] = []
    private var code: Int32 = 0
    /// The objects that trees name `.gitmodules` and `.gitattributes`.
    private var modules: Set<ObjectID> = []
    private var attributes: Set<ObjectID> = []
    /// How each object was found, where that is to be said.
    private var names = ObjectNames()

    init(_ repository: Repository, _ context: Context, _ settings: Settings) {
        self.repository = repository
        database = repository.objects
        self.context = context
        self.settings = settings
    }

    /// Checks everything and gives the exit code.
    func run() throws -> Int32 {
        try listObjects()
        if settings.onlyConnectivity {
            for number in 0..<table.count { kinds[number] = try? database.header(table[number]).kind }
        } else {
            try checkPacks()
            try checkObjects()
        }
        try markPromised()
        checkNamedFiles()
        try markRoots()
        try reportMissing()
        try reportUnreachable()
        try checkCommitGraph()
        return code
    }

    private func number(_ id: ObjectID, kind: ObjectKind?) -> Int {
        let (number, isNew) = table.insert(id)
        if isNew {
            flags.append(0)
            kinds.append(kind)
        }
        return number
    }

    private func listObjects() throws {
        let ids = settings.isFull ? try database.allIDs(sorted: false) : try database.looseIDs()
        for id in ids { flags[number(id, kind: nil)] |= Self.isPresent }
    }

    // MARK: Objects by themselves

    private func checkPacks() throws {
        guard settings.isFull else { return }
        for pack in try database.packs() {
            do {
                let inspection = try PackInspection(packAt: pack.path, algorithm: repository.algorithm)
                try pack.index.check(against: inspection, pack: pack.path)
            } catch {
                context.errors.write("error: \(error)\n")
                code |= Problem.pack
            }
        }
    }

    /// Reads every object on all cores, some at a time, and reports in their order.
    private func checkObjects() throws {
        let step = 4096
        for start in stride(from: 0, to: table.count, by: step) {
            let ids = Array(table.ids[start..<min(start + step, table.count)])
            let results = Mutex(
                [Checked](repeating: Checked(), count: ids.count))
            let database = database
            let settings = settings
            let checker = settings.checker
            let (showsRoots, showsTags) = (settings.showsRoots, settings.showsTags)
            Workers.forEach(ids.count) { (_, item) throws(Never) in
                let result = Self.check(ids[item], database, checker, roots: showsRoots, tags: showsTags)
                results.withLock { $0[item] = result }
            }
            for (offset, result) in results.withLock({ $0 }).enumerated() {
                kinds[start + offset] = result.kind
                if result.kind == nil { flags[start + offset] |= Self.isBroken }
                for line in result.lines {
                    if line.hasPrefix("error") { code |= Problem.object }
                    context.errors.write(line + "\n")
                }
                modules.formUnion(result.modules)
                attributes.formUnion(result.attributes)
                if let tag = result.tag { context.output.line(tag) }
                if settings.isVerbose, let kind = result.kind {
                    context.errors.write("Checking \(kind.name) \(ids[offset])\n")
                }
            }
        }
    }

    /// What the files that trees name `.gitmodules` and `.gitattributes` say.
    private func checkNamedFiles() {
        for (ids, name, missing, other) in [
            (modules, ".gitmodules", CheckMessage.gitmodulesMissing, CheckMessage.gitmodulesBlob),
            (
                attributes, ".gitattributes", CheckMessage.gitattributesMissing, CheckMessage.gitattributesBlob
            ),
        ] {
            for id in ids.subtracting(settings.checker.skipped).sorted() {
                let object = try? database.readIfPresent(id)
                let kind = object?.kind ?? .blob
                let findings: [CheckFinding?]
                if let object, object.kind == .blob {
                    findings =
                        name == ".gitmodules"
                        ? ModulesCheck.findings(modules: object.content, settings.checker)
                        : ModulesCheck.findings(attributes: object.content, settings.checker)
                } else if object == nil {
                    // A partial clone may do without.
                    if table.number(of: id).map({ flags[$0] & Self.isPromised != 0 }) == true { continue }
                    findings = [CheckFinding(missing, "unable to read \(name) blob", settings.checker)]
                } else {
                    findings = [CheckFinding(other, "non-blob found at \(name)", settings.checker)]
                }
                for finding in findings.compactMap(\.self) {
                    let isError = finding.severity >= .error
                    if isError { code |= Problem.object }
                    context.errors.write("\(isError ? "error" : "warning") in \(kind.name) \(id): \(finding)\n")
                }
            }
        }
    }

    /// What the check of one object found.
    private struct Checked: Sendable {
        var kind: ObjectKind?
        var lines: [String] = []
        var tag: String?
        var modules: [ObjectID] = []
        var attributes: [ObjectID] = []
    }

    private static func check(
        _ id: ObjectID, _ database: ObjectDatabase, _ checker: ObjectChecker, roots: Bool, tags: Bool
    ) -> Checked {
        let object: GitObject
        do {
            object = try database.read(id)
        } catch {
            return Checked(
                lines: ["error: \(error)", "error: \(id): object corrupt or missing: \(database.loosePath(id))"])
        }
        let actual = object.id(id.algorithm)
        guard actual == id else {
            return Checked(lines: ["error: \(id): hash-path mismatch, found at: \(database.loosePath(id))"])
        }
        let lines = checker.findings(id, object.kind, object.content.span.bytes).map { finding in
            let level = finding.severity >= .error ? "error" : "warning"
            return "\(level) in \(object.kind.name) \(id): \(finding)"
        }
        var note: String?
        if roots, object.kind == .commit, !lines.contains(where: { $0.hasPrefix("error") }),
            let links = try? CommitLinks(parsing: object.content.span.bytes, algorithm: id.algorithm),
            links.parents.isEmpty
        {
            note = "root \(id)"
        }
        if tags, object.kind == .tag, let tag = try? Tag(parsing: object.content, algorithm: id.algorithm) {
            note = "tagged \(tag.targetKind.name) \(tag.target) (\(String(decoding: tag.name, as: UTF8.self))) in \(id)"
        }
        var checked = Checked(kind: object.kind, lines: lines, tag: note)
        if object.kind == .tree {
            (checked.modules, checked.attributes) = ObjectChecker.namedFiles(
                in: object.content.span.bytes, algorithm: id.algorithm)
        }
        return checked
    }

    // MARK: Reachability

    /// What a partial clone's packs hold and name may be missing: its remote has promised it.
    private func markPromised() throws {
        for pack in try database.packs() where pack.hasCompanion("promisor") {
            for position in 0..<pack.index.count {
                let id = pack.index.id(at: position)
                flags[number(id, kind: nil)] |= Self.isPromised
                for (child, kind) in references(of: id) { flags[number(child, kind: kind)] |= Self.isPromised }
            }
        }
    }

    private func markRoots() throws {
        var starts = settings.heads
        if settings.heads.isEmpty {
            let roots = try repository.reachabilityRoots(
                reflogs: settings.keepsReflogs, indexes: settings.keepsIndex)
            // Of the heads that are no refs, git's check begins at `HEAD` alone.
            for ref in roots.refs
            where ref.name.contains("refs/") || ref.name.hasSuffix("HEAD") && !ref.name.hasSuffix("_HEAD") {
                if database.contains(ref.id)
                    || table.number(of: ref.id).map({ flags[$0] & Self.isPromised != 0 }) == true
                {
                    starts.append((Array(ref.name.utf8), ref.id))
                } else {
                    context.errors.write("error: \(ref.name): invalid sha1 pointer \(ref.id)\n")
                    code |= Problem.refs
                }
            }
            if roots.refs.isEmpty { context.errors.write("notice: No default references\n") }
            for entry in roots.reflogs {
                // A log may outlive what it speaks of; Git calls that an error of the log.
                guard !database.contains(entry.id) else {
                    starts.append((entry.time.map { Array("\(entry.name)@{\($0)}".utf8) } ?? [], entry.id))
                    continue
                }
                if table.number(of: entry.id).map({ flags[$0] & Self.isPromised != 0 }) == true { continue }
                context.errors.write("error: \(entry.name): invalid reflog entry \(entry.id)\n")
                code |= Problem.reachable
            }
            for entry in roots.index {
                // What an index calls a file is a blob, also where it is missing.
                if entry.path != nil { _ = number(entry.id, kind: .blob) }
                starts.append(([UInt8(ascii: ":")] + (entry.path?.bytes ?? []), entry.id))
            }
        }
        var stack: [Int] = []
        for start in starts {
            let number = number(start.id, kind: nil)
            if settings.namesObjects, !start.name.isEmpty { names.put(start.name, start.id) }
            if flags[number] & Self.isPresent == 0, database.contains(start.id) {
                flags[number] |= Self.isPresent
                kinds[number] = try database.header(start.id).kind
            }
            if flags[number] & Self.isReachable == 0 {
                flags[number] |= Self.isReachable
                stack.append(number)
            }
        }
        while let current = stack.popLast() {
            guard flags[current] & (Self.isPresent | Self.isBroken) == Self.isPresent else { continue }
            if settings.namesObjects { nameReferences(of: table[current]) }
            for (child, kind) in references(of: table[current]) {
                let number = number(child, kind: kind)
                flags[number] |= Self.isUsed
                if kinds[number] == nil { kinds[number] = kind }
                if flags[number] & Self.isPresent == 0, !settings.isFull, database.contains(child) {
                    flags[number] |= Self.isPresent
                }
                let isMissing = flags[number] & (Self.isPresent | Self.isPromised) == 0
                // What something else has led to before is not spoken of again.
                if isMissing || flags[number] & Self.isBroken != 0, flags[number] & Self.isReachable == 0 {
                    brokenLink(from: current, to: number, kind)
                }
                if flags[number] & Self.isReachable == 0 {
                    flags[number] |= Self.isReachable
                    stack.append(number)
                }
            }
        }
    }

    private func brokenLink(from: Int, to: Int, _ kind: ObjectKind) {
        func padded(_ kind: ObjectKind?) -> String {
            let name = kind?.name ?? "unknown"
            return String(repeating: " ", count: max(0, 7 - name.utf8.count)) + name
        }
        say("broken link from \(padded(kinds[from]))", table[from])
        say("              to \(padded(kinds[to] ?? kind))", table[to])
        code |= Problem.reachable
    }

    /// A line that ends in an object and its name.
    private func say(_ words: String, _ id: ObjectID) {
        context.output.line(Array(words.utf8) + [0x20] + names.described(id))
    }

    /// Names what an object leads to by how it was found itself.
    private func nameReferences(of id: ObjectID) {
        guard let object = try? database.readIfPresent(id) else { return }
        switch object.kind {
        case .blob: break
        case .tree:
            guard let tree = try? Tree(parsing: object.content, algorithm: id.algorithm) else { return }
            names.follow(tree, id)
        case .commit:
            guard let links = try? CommitLinks(parsing: object.content.span.bytes, algorithm: id.algorithm) else {
                return
            }
            let parents = repository.shallowCommits.contains(id) ? [] : links.parents
            names.follow(tree: links.tree, parents: parents, of: id)
        case .tag:
            guard let tag = try? Tag(parsing: object.content, algorithm: id.algorithm) else { return }
            names.follow(tagged: tag.target, of: id)
        }
    }

    /// What an object names, with the kinds that it says they have.
    private func references(of id: ObjectID) -> [(ObjectID, ObjectKind)] {
        guard let object = try? database.readIfPresent(id) else { return [] }
        switch object.kind {
        case .blob: return []
        case .tree:
            guard let tree = try? Tree(parsing: object.content, algorithm: id.algorithm) else { return [] }
            return tree.entries.compactMap { $0.mode == .gitlink ? nil : ($0.id, $0.mode.objectKind) }
        case .commit:
            guard let links = try? CommitLinks(parsing: object.content.span.bytes, algorithm: id.algorithm) else {
                return []
            }
            let parents = repository.shallowCommits.contains(id) ? [] : links.parents
            return [(links.tree, .tree)] + parents.map { ($0, .commit) }
        case .tag:
            guard let tag = try? Tag(parsing: object.content, algorithm: id.algorithm) else { return [] }
            return [(tag.target, tag.targetKind)]
        }
    }

    private func reportMissing() throws {
        for number in 0..<table.count
        where flags[number] & (Self.isReachable | Self.isPresent) == Self.isReachable
            && table[number] != .emptyTree(repository.algorithm)
        {
            if flags[number] & Self.isPromised != 0 { continue }
            say("missing \(kinds[number]?.name ?? "object")", table[number])
            code |= Problem.reachable
        }
    }

    private func reportUnreachable() throws {
        let lost = (0..<table.count).filter {
            flags[$0] & (Self.isReachable | Self.isPresent) == Self.isPresent && flags[$0] & Self.isBroken == 0
        }
        if settings.showsUnreachable {
            for number in lost {
                say("unreachable \(kinds[number]?.name ?? "object")", table[number])
            }
            if !settings.lostFound { return }
        }
        for number in lost {
            for (child, _) in references(of: table[number]) {
                if let child = table.number(of: child) { flags[child] |= Self.isUsed }
            }
        }
        for number in lost where flags[number] & Self.isUsed == 0 {
            if settings.showsDangling, !settings.showsUnreachable {
                say("dangling \(kinds[number]?.name ?? "object")", table[number])
            }
            if settings.lostFound { try keep(table[number], kinds[number]) }
        }
    }

    /// Writes what was found into `.git/lost-found`.
    private func keep(_ id: ObjectID, _ kind: ObjectKind?) throws {
        let folder = repository.gitDirectory.appending("lost-found").appending(kind == .commit ? "commit" : "other")
        try Files.makeDirectory(folder)
        let content = kind == .blob ? try database.read(id).content : Array("\(id)\n".utf8)
        try TemporaryFile.replace(folder.appending(id.hex), with: content, synchronizing: false)
    }

    private func checkCommitGraph() throws {
        guard try repository.configuresCommitGraph else { return }
        do {
            try CommitGraph.open(objectsDirectory: database.directory, algorithm: repository.algorithm)?.verify()
        } catch {
            context.errors.write("error: commit-graph: \(error)\n")
            code |= Problem.commitGraph
        }
    }
}

extension Repository {
    /// `core.commitGraph`.
    fileprivate var configuresCommitGraph: Bool { get throws { try config.bool("core.commitgraph") ?? true } }
}
