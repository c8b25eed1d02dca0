internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree

/// Which objects `rev-list` lists beside commits, and how.
struct ObjectChoice {
    let filter: ObjectFilter?
    let isListing: Bool
    let showsEdge: Bool
    let isInCommitOrder: Bool
    let countsBytes: Bool
    let isForPeople: Bool
    let allowsMissing: Bool
    let printsMissing: Bool

    init(_ arguments: Arguments) throws {
        showsEdge = arguments.has("objects-edge")
        isListing = arguments.has("objects") || showsEdge
        isInCommitOrder = arguments.has("in-commit-order")
        countsBytes = arguments.has("disk-usage")
        isForPeople = arguments.text("disk-usage") == "human"
        if let format = arguments.text("disk-usage"), format != "human" {
            throw CommandError.fatal(
                "invalid value for '--disk-usage=<format>': '\(format)', the only allowed format is 'human'")
        }
        let action = arguments.text("missing") ?? "error"
        guard ["error", "allow-any", "allow-promisor", "print"].contains(action) else {
            throw CommandError.usage("'\(action)' is no way to deal with missing objects")
        }
        allowsMissing = action != "error"
        printsMissing = action == "print"
        filter = try arguments.text("filter").map { text in
            guard let filter = ObjectFilter(text) else { throw CommandError.fatal("invalid filter-spec '\(text)'") }
            return filter
        }
        if filter != nil, !isListing { throw CommandError.fatal("object filtering requires --objects") }
    }
}

/// What `rev-list --count` and `--disk-usage` add up.
struct RevisionTally {
    private var left = 0
    private var right = 0
    private var equal = 0
    var objects = 0
    var bytes = 0

    mutating func add(_ entry: RevisionWalk.Entry) {
        if entry.isEqualPatch { equal += 1 } else if entry.isLeft { left += 1 } else { right += 1 }
    }

    /// The line that `--count` prints.
    func text(_ request: RevisionRequest) -> String {
        switch (request.showsLeftRight, request.showsCherryMarks) {
        case (true, true): "\(left)\t\(right)\t\(equal)"
        case (true, false): "\(left)\t\(right)"
        case (false, true): "\(left + right)\t\(equal)"
        case (false, false): "\(left + right + equal + objects)"
        }
    }
}

/// `rev-list --bisect`: the commit whose test says most; `--bisect-all`: all of them, in that order.
struct RevisionHalving {
    private let context: Context
    private let request: RevisionRequest

    init(_ context: Context, _ request: RevisionRequest) {
        self.context = context
        self.request = request
    }

    func run(asVariables: Bool, showsAll: Bool) throws {
        var bad: [ObjectID] = []
        var good: [ObjectID] = []
        for item in request.pending {
            guard let id = try request.resolver.peel(item.id, to: .commit) else { continue }
            if item.isExcluded { good.append(id) } else if !bad.contains(id) { bad.append(id) }
        }
        guard let first = bad.first else {
            // There is nothing to choose from.
            if asVariables { throw CommandError(.silent, "", exitCode: .failure) }
            return
        }
        var knowledge = Bisection.Knowledge(bad: first, good: good)
        knowledge.alsoBad = Array(bad.dropFirst())
        knowledge.ranksAll = showsAll
        knowledge.followsFirstParentOnly = request.walk.followsFirstParentOnly
        knowledge.paths = request.walk.paths
        let choice = try Bisection.choose(request.repository, knowledge)
        if showsAll { try show(choice.ranking) }
        guard asVariables else {
            if !showsAll, let commit = choice.commit { context.output.line(commit.hex) }
            return
        }
        guard let commit = choice.commit else { throw CommandError(.silent, "", exitCode: .failure) }
        if showsAll { context.output.line("------") }
        context.output.line("bisect_rev='\(commit)'")
        let below = choice.reach - 1
        for (name, value) in [
            ("nr", max(choice.remaining, below)), ("good", choice.remaining), ("bad", below), ("all", choice.count),
            ("steps", choice.steps),
        ] {
            context.output.line("bisect_\(name)=\(value)")
        }
    }

    /// Every commit with the names that lead to it, and how far it is from the nearer end.
    private func show(_ ranking: [Bisection.Ranked]) throws {
        let decorations = try Decorations(request.repository, include: [], exclude: [], configExclude: [])
        for item in ranking {
            let names = decorations.text(item.commit, style: .short, suffix: "", colors: nil)
            context.output.line("\(item.commit)\(names.isEmpty ? " (" : names + ", ")dist=\(item.distance))")
        }
    }
}
