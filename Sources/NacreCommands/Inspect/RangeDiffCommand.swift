internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// `range-diff`: two versions of a series of commits, pair by pair.
enum RangeDiffCommand: Command {
    static let name = "range-diff"
    static let summary = "compare two commit ranges (e.g. two versions of a branch)"
    static let usage = [
        "[<options>] <old-base>..<old-tip> <new-base>..<new-tip>", "[<options>] <old-tip>...<new-tip>",
        "[<options>] <base> <old-tip> <new-tip>",
    ]
    static let options: [OptionSpec] =
        [
            .value("creation-factor", "n", "percentage by which creation is weighted"),
            .flag("no-dual-color", "use simple diff colors"),
            .optional("notes", "notes", "show notes"),
            .flag("left-only", "only emit output related to the first range"),
            .flag("right-only", "only emit output related to the second range"),
        ] + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if arguments.isOn("left-only"), arguments.isOn("right-only") {
            throw CommandError.error("options '--left-only' and '--right-only' cannot be used together")
        }
        let (ranges, paths) = try ranges(arguments, context)
        var options = try DiffOptionTable.read(arguments, context, base: try DiffDefaults.options(context))
        if options.formats.isEmpty { options.formats = .patch }
        options.comparesPatches = true
        options.usesDualColor = !arguments.isOn("no-dual-color")
        // `--dual-color`, asked for by name, colours even what no terminal shows.
        if arguments.flag("no-dual-color") == false, options.colors == nil {
            options.colors = try DiffDefaults.colors(context)
        }
        options.linePrefix = Array("    ".utf8)
        options.terminalWidth = context.terminalWidth
        try context.startPager("range-diff")
        let reader = try CommitPatchReader(context, paths: paths, notes: try notes(arguments, context))
        let old = try reader.read(ranges.old)
        let new = try reader.read(ranges.new)
        let factor = try arguments.integer("creation-factor") ?? 60
        let pairs = PatchPairs(old, new, creationFactor: factor)
        try RangeDiffPrinter(
            context: context, options: options, showsOld: !arguments.isOn("right-only"),
            showsNew: !arguments.isOn("left-only")
        ).print(old, new, pairs)
        return .success
    }

    private static func notes(_ arguments: Arguments, _ context: Context) throws -> CommitNotes? {
        let repository = try context.repository()
        let standard = CommitNotes.defaultRefs(repository, environment: context.environment)
        var refs = standard
        var isFirst = true
        for occurrence in arguments.occurrences where occurrence.name == "notes" {
            if occurrence.isNegated {
                refs = []
            } else if let text = occurrence.text {
                if isFirst { refs = standard }
                refs.append(try RefName(text.hasPrefix("refs/notes/") ? text : "refs/notes/" + text))
            } else {
                refs = standard
            }
            isFirst = false
        }
        let notes = CommitNotes(repository, refs: refs)
        return notes.isEmpty ? nil : notes
    }

    // MARK: Operands

    private static func isRange(_ text: String, _ context: Context) throws -> Bool {
        let request = try RevisionRequest(context)
        guard try request.revision(text) else { return false }
        let excluded = Set(request.pending.filter(\.isExcluded).map(\.id))
        return !excluded.isEmpty && request.pending.contains { !excluded.contains($0.id) }
    }

    private static func ranges(
        _ arguments: Arguments, _ context: Context
    ) throws -> ((old: String, new: String), paths: [[UInt8]]) {
        let texts = arguments.texts
        let before = arguments.separator
        let resolver = try context.revisionResolver()
        func isCommit(_ text: String) throws -> Bool { try resolver.find(text, hint: .committish) != nil }
        func rest(_ count: Int) -> [[UInt8]] { Array(arguments.operands.dropFirst(count)) }
        if try before == 3 || (before == nil && texts.count > 2 && texts.prefix(3).allSatisfy(isCommit)) {
            if let bad = try texts.prefix(3).first(where: { try !isCommit($0) }) {
                throw CommandError.usage("not a revision: '\(bad)'")
            }
            return (("\(texts[0])..\(texts[1])", "\(texts[0])..\(texts[2])"), rest(3))
        }
        if try before == 2
            || (before == nil && texts.count > 1 && texts.prefix(2).allSatisfy { try isRange($0, context) })
        {
            if let bad = try texts.prefix(2).first(where: { try !isRange($0, context) }) {
                throw CommandError.usage("not a commit range: '\(bad)'")
            }
            return ((texts[0], texts[1]), rest(2))
        }
        if before == 1 || (before == nil && texts.first?.contains("...") == true), let text = texts.first {
            guard let dots = text.firstRange(of: "...") else {
                throw CommandError.usage("not a symmetric range: '\(text)'")
            }
            let left = dots.lowerBound == text.startIndex ? "HEAD" : String(text[..<dots.lowerBound])
            let right = dots.upperBound == text.endIndex ? "HEAD" : String(text[dots.upperBound...])
            return (("\(right)..\(left)", "\(left)..\(right)"), rest(1))
        }
        throw CommandError.usage("need two commit ranges")
    }
}

/// Which patch of one series belongs to which of the other.
struct PatchPairs {
    /// For each old patch the new one.
    private(set) var newOfOld: [Int?]
    /// For each new patch the old one.
    private(set) var oldOfNew: [Int?]

    private static let never = 1 << 16

    init(_ old: [CommitPatch], _ new: [CommitPatch], creationFactor: Int) {
        newOfOld = Array(repeating: nil, count: old.count)
        oldOfNew = Array(repeating: nil, count: new.count)
        pairEqual(old, new)
        let count = old.count + new.count
        var costs = [Int](repeating: 0, count: count * count)
        func creation(_ patch: CommitPatch, _ isPaired: Bool) -> Int {
            isPaired ? Self.never : patch.size * creationFactor / 100
        }
        for (column, patch) in old.enumerated() {
            for (row, other) in new.enumerated() {
                let cost =
                    newOfOld[column] == row
                    ? 0
                    : newOfOld[column] == nil && oldOfNew[row] == nil
                        ? DiffPrinter.lineCount(patch.patch, other.patch) : Self.never
                costs[column + count * row] = cost
            }
            for row in new.count..<count { costs[column + count * row] = creation(patch, newOfOld[column] != nil) }
        }
        for (row, patch) in new.enumerated() {
            for column in old.count..<count { costs[column + count * row] = creation(patch, oldOfNew[row] != nil) }
        }
        let rows = LinearAssignment.rows(count: count, costs: costs)
        for column in old.indices where rows[column] >= 0 && rows[column] < new.count {
            newOfOld[column] = rows[column]
            oldOfNew[rows[column]] = column
        }
    }

    /// Pairs patches that are the same to the byte.
    private mutating func pairEqual(_ old: [CommitPatch], _ new: [CommitPatch]) {
        var known: [[UInt8]: [Int]] = [:]
        for (index, patch) in old.enumerated() { known[patch.patch, default: []].append(index) }
        for (index, patch) in new.enumerated() {
            let key = patch.patch
            guard let match = known[key]?.popLast() else { continue }
            newOfOld[match] = index
            oldOfNew[index] = match
        }
    }
}
