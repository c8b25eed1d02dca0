internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// Prints branches as `branch` lists them.
struct BranchList {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository
    private let list: RefListContext
    private var columns: ColumnLayout
    /// What is to stand in columns.
    private var words: [[UInt8]] = []

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        list = try RefListContext(repository, context)
        columns = try ColumnLayout(arguments, context, verb: "branch")
        if arguments.count("verbose") > 0 {
            if columns.isExplicit {
                throw CommandError.fatal("options '--column' and '--verbose' cannot be used together")
            }
            columns.disable()
        }
        let color = arguments.occurrences.last { $0.name == "color" }
        list.usesColor = try context.usesColor(
            color.map { $0.isNegated ? "never" : $0.text ?? "always" }, key: "color.branch")
        if arguments.flag("abbrev") == false {
            list.pretty.abbreviation = 0
        } else if let digits = try arguments.integer("abbrev") {
            list.pretty.abbreviation = digits == 0 ? 0 : max(digits, 4)
        }
    }

    mutating func run() throws {
        let showsLocal = !arguments.isOn("remotes") || arguments.isOn("all")
        let showsRemote = arguments.isOn("remotes") || arguments.isOn("all")
        let configured = repository.config.strings("branch.sort")
        let listing = try RefListing(
            arguments, list, context.revisionResolver(), defaultSort: configured.isEmpty ? ["refname"] : configured)
        var refs: [Ref] = []
        if showsLocal { refs += try repository.refs.list(prefix: "refs/heads/") }
        if showsRemote { refs += try repository.refs.list(prefix: "refs/remotes/") }
        let ignoresCase = arguments.isOn("ignore-case")
        if !arguments.operands.isEmpty {
            refs = refs.filter { ref in
                let short = Array((ref.name.dropping("refs/heads/") ?? ref.name.dropping("refs/remotes/") ?? "").utf8)
                return arguments.operands.contains {
                    Wildmatch.matches($0, short, options: ignoresCase ? .ignoringCase : [])
                }
            }
        }
        var values = try listing.list(refs)
        let detached = showsLocal ? try detachedHead(listing) : nil
        if let text = arguments.bytes("format") {
            let format = try RefFormat(text)
            for value in values { emit(try format.expand(value, quote: nil)) }
            context.output.write(columns.text(words, padding: 1))
            return
        }
        if let detached { values.insert(detached, at: 0) }
        let names = try values.map { try name($0, all: showsLocal && showsRemote) }
        let width = names.map { TextColumns.width(Array($0.utf8)[...]) }.max() ?? 0
        for (value, name) in zip(values, names) { try show(value, name, width) }
        context.output.write(columns.text(words, padding: 1))
    }

    /// Prints a line, or keeps it for the columns.
    private mutating func emit(_ line: [UInt8]) {
        if columns.isActive { words.append(line) } else { context.output.line(line) }
    }

    /// `HEAD` itself, where it names no branch.
    private func detachedHead(_ listing: RefListing) throws -> RefValues? {
        guard
            arguments.operands.isEmpty
                || arguments.operands.contains(where: { Wildmatch.matches($0, Array("HEAD".utf8)) }),
            arguments.bytes("format") == nil, case .id(let id)? = try repository.refs.read(.head)
        else { return nil }
        return try listing.list([Ref(name: .head, target: .id(id), id: id)]).first
    }

    private func name(_ value: RefValues, all: Bool) throws -> String {
        let name = value.ref.name
        if name == .head { return try detachedText(value) }
        if let branch = name.dropping("refs/heads/") { return branch }
        let remote = name.dropping("refs/remotes/") ?? name.string
        return all ? "remotes/" + remote : remote
    }

    private func detachedText(_ value: RefValues) throws -> String {
        guard let id = value.ref.id else { return "(no branch)" }
        if let log = try repository.refs.reflog(.head),
            let entry = log.entries.last(where: { $0.text.hasPrefix("checkout: moving from ") }),
            let to = entry.text.firstRange(of: " to ")
        {
            let target = String(entry.text[to.upperBound...])
            let isSame = entry.new == id
            var shown = target
            if target != "HEAD", let name = try context.revisionResolver().fullName(target),
                try repository.refs.resolve(name) == entry.new || name.isTag
            {
                shown = name.shortened
            } else {
                shown = repository.objects.abbreviate(entry.new)
            }
            return "(HEAD detached \(isSame ? "at" : "from") \(shown))"
        }
        return "(no branch)"
    }

    private func color(_ slot: String, _ fallback: String) -> String {
        guard list.usesColor else { return "" }
        guard let text = repository.config.string("color.branch.\(slot)") else { return fallback }
        return TerminalColor.sequence(text) ?? fallback
    }

    private mutating func show(_ value: RefValues, _ name: String, _ width: Int) throws {
        let reset = list.usesColor ? TerminalColor.reset : ""
        let ref = value.ref.name
        let isRemote = ref.isRemote
        var mark = "  "
        var tint = isRemote ? color("remote", "\u{1b}[31m") : color("local", "")
        let isCurrent = ref == .head || list.headBranch == ref
        let other = isCurrent ? nil : list.worktrees[ref]
        if isCurrent {
            mark = "* "
            tint = color("current", "\u{1b}[32m")
        } else if other != nil {
            mark = "+ "
            tint = color("worktree", "\u{1b}[36m")
        }
        let verbosity = arguments.count("verbose")
        var line = mark + tint + name
        if verbosity > 0 {
            let columns = TextColumns.width(Array(name.utf8)[...])
            line += String(repeating: " ", count: max(0, width - columns))
        }
        line += reset
        if case .symbolic(let target) = value.ref.target, isRemote {
            emit(Array((line + " -> " + list.shortening.shorten(target)).utf8))
            return
        }
        guard verbosity > 0 else {
            emit(Array(line.utf8))
            return
        }
        func text(_ atom: String) throws -> String { String(decoding: try value.text(RefAtom(atom)), as: UTF8.self) }
        line += " " + (list.pretty.abbreviation == 0 ? try text("objectname") : try text("objectname:short")) + " "
        if !isRemote && ref != .head {
            if verbosity > 1 {
                if let other { line += "(\(color("worktree", "\u{1b}[36m"))\(other)\(reset)) " }
                let upstream = try text("upstream:short")
                if !upstream.isEmpty {
                    let track = try text("upstream:track,nobracket")
                    line +=
                        "[\(color("upstream", "\u{1b}[34m"))\(upstream)\(reset)\(track.isEmpty ? "" : ": " + track)] "
                }
            } else {
                let track = try text("upstream:track")
                if !track.isEmpty { line += track + " " }
            }
        }
        context.output.line(Array(line.utf8) + (try value.text(RefAtom("contents:subject"))))
    }
}
