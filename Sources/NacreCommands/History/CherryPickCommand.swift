internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc

/// `cherry-pick`: the changes of commits on top of HEAD.
enum CherryPickCommand: Command {
    static let name = "cherry-pick"
    static let summary = "apply the changes introduced by some existing commits"
    static let usage = ["[<options>] <commit>...", "(--continue | --skip | --abort | --quit)"]
    static let options: [OptionSpec] =
        PickOptions.shared + [
            .shortFlag("x", "append commit name"),
            .flag("ff", negatable: false, "allow fast-forward"),
            .flag("allow-empty", negatable: false, "preserve initially empty commits"),
            .flag("keep-redundant-commits", negatable: false, "keep redundant, empty commits"),
        ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try PickOptions.run(arguments, context, .pick, verb: name)
    }
}

/// `revert`: commits that take the changes of others back.
enum RevertCommand: Command {
    static let name = "revert"
    static let summary = "revert some existing commits"
    static let usage = ["[<options>] <commit>...", "(--continue | --skip | --abort | --quit)"]
    static let options: [OptionSpec] = PickOptions.shared

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        try PickOptions.run(arguments, context, .revert, verb: name)
    }
}

/// What `cherry-pick` and `revert` share.
enum PickOptions {
    static let shared: [OptionSpec] = [
        .flag("quit", negatable: false, "end revert or cherry-pick sequence"),
        .flag("continue", negatable: false, "resume revert or cherry-pick sequence"),
        .flag("abort", negatable: false, "cancel revert or cherry-pick sequence"),
        .flag("skip", negatable: false, "skip current commit and continue"),
        .flag("no-commit", "n", negatable: false, "don't automatically commit"),
        .flag("edit", "e", "edit the commit message"),
        .flag("signoff", "s", "add a Signed-off-by trailer"),
        .value("mainline", "m", "parent-number", negatable: false, "select mainline parent"),
        .value("strategy-option", "X", "option", negatable: false, "option for merge strategy"), CommitSigning.option,
    ]

    static func run(
        _ arguments: Arguments, _ context: Context, _ direction: PickOperation.Direction, verb: String
    ) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        var operation = PickOperation(context: context, repository: repository, direction: direction)
        operation.strategyOptions = arguments.allTexts("strategy-option")
        operation.mainline = try arguments.integer("mainline")
        if let mainline = operation.mainline, mainline < 1 {
            throw CommandError.usage("option `mainline' expects a number greater than zero")
        }
        operation.commits = !arguments.isOn("no-commit")
        operation.addsOrigin = arguments.has("x")
        operation.signing = try context.signing(arguments)
        operation.signsOff = arguments.isOn("signoff")
        operation.allowsEmpty = arguments.isOn("allow-empty") || arguments.isOn("keep-redundant-commits")
        operation.keepsRedundant = arguments.isOn("keep-redundant-commits")
        operation.edits = arguments.flag("edit") ?? (direction == .revert && isatty(0) == 1)
        var sequence = PickSequence(operation: operation, context: context, repository: repository, verb: verb)
        if arguments.isOn("continue") { return try sequence.resume() }
        if arguments.isOn("skip") { return try sequence.skip() }
        if arguments.isOn("abort") { return try sequence.abort() }
        if arguments.isOn("quit") { return try sequence.quit() }
        guard !arguments.operands.isEmpty else { throw CommandError.usage("at least one commit is needed") }
        let ids = try CommitList.read(arguments.texts, context, oldestFirst: direction == .pick)
        guard !ids.isEmpty else { throw CommandError.fatal("empty commit set passed") }
        return try sequence.start(ids, allowsForward: arguments.isOn("ff"))
    }
}

/// The commits that operands name: single ones in the order given, ranges as a walk gives them.
enum CommitList {
    static func read(_ texts: [String], _ context: Context, oldestFirst: Bool) throws -> [ObjectID] {
        let resolver = try context.diffResolver()
        guard texts.contains(where: { RevisionRange($0) != nil || $0.hasPrefix("^") }) else {
            return try texts.map { text in
                do { return try resolver.commit(text) } catch { throw CommandError.fatal("bad revision '\(text)'") }
            }
        }
        var included: [ObjectID] = []
        var excluded: [ObjectID] = []
        for text in texts {
            if text.hasPrefix("^") {
                excluded.append(try resolver.commit(String(text.dropFirst())))
            } else if let range = RevisionRange(text) {
                let left = try resolver.commit(range.left)
                let right = try resolver.commit(range.right)
                included.append(right)
                if range.isSymmetric {
                    var bases = MergeBases(resolver.repository)
                    excluded += try bases.bases(of: left, [right])
                    included.append(left)
                } else {
                    excluded.append(left)
                }
            } else {
                included.append(try resolver.commit(text))
            }
        }
        let commits = try between(excluded, included, resolver.repository)
        return oldestFirst ? commits.reversed() : commits
    }

    /// The commits that some lead to and others do not, children before parents.
    static func between(
        _ excluded: [ObjectID], _ included: [ObjectID], _ repository: Repository
    ) throws -> [ObjectID] {
        var hidden: Set<ObjectID> = []
        var pending = excluded
        while let id = pending.popLast() {
            if hidden.insert(id).inserted { pending += try repository.objects.commit(id).parents }
        }
        var order: [ObjectID] = []
        var state: [ObjectID: Bool] = [:]
        // Depth first with an explicit stack: a commit is listed after all that it leads to.
        var stack: [(id: ObjectID, isDone: Bool)] = included.map { ($0, false) }
        while let (id, isDone) = stack.popLast() {
            if isDone {
                order.append(id)
                continue
            }
            guard state[id] == nil, !hidden.contains(id) else { continue }
            state[id] = true
            stack.append((id, true))
            for parent in try repository.objects.commit(id).parents { stack.append((parent, false)) }
        }
        return order.reversed()
    }
}
