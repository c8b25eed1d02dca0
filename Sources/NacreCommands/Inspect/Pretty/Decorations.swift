internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// The names that stand beside commits: `(HEAD -> main, tag: v1, origin/main)`.
struct Decorations {
    enum Kind: Hashable { case localBranch, remoteBranch, tag, stash, head, grafted, other }

    struct Item: Hashable {
        let name: String
        let kind: Kind
    }

    /// How names are shown.
    enum Style: Hashable { case short, full, none }

    private var items: [ObjectID: [Item]] = [:]
    private(set) var isEmpty = true
    private var headBranch: String?

    init() {}

    /// The names of all refs that pass the filters.
    init(_ repository: Repository, include: [String], exclude: [String], configExclude: [String]) throws {
        func matches(_ pattern: String, _ name: String) -> Bool {
            let full = Self.normalized(pattern)
            let text = Array(name.utf8)
            if Wildmatch.matches(Array(full.utf8), text) { return true }
            guard !Wildmatch.isGlob(full.utf8) else { return false }
            return text.starts(with: full.utf8) && (text.count == full.utf8.count || text[full.utf8.count] == 0x2f)
        }
        func passes(_ name: String) -> Bool {
            if exclude.contains(where: { matches($0, name) }) { return false }
            if !include.isEmpty { return include.contains { matches($0, name) } }
            if configExclude.contains(where: { matches($0, name) }) { return false }
            return true
        }
        let namesOwn = include.contains { $0.contains("nacre") }
        // Names are put in front of those that came before: the last ref stands first.
        for ref in try repository.refs.list() where passes(ref.name.string) {
            guard let id = ref.id, namesOwn || !ref.name.isOperationLog else { continue }
            try add(Item(name: ref.name.string, kind: Self.kind(ref.name)), id, repository)
        }
        let head = try repository.refs.resolveFully(.head)
        if let id = head.id, passes("HEAD") { try add(Item(name: "HEAD", kind: .head), id, repository) }
        if head.name.isBranch, case .symbolic? = try repository.refs.read(.head) { headBranch = head.name.string }
        for id in repository.shallowCommits { try add(Item(name: "grafted", kind: .grafted), id, repository) }
    }

    static func normalized(_ pattern: String) -> String {
        let full = pattern == "HEAD" || pattern.hasPrefix("refs/") ? pattern : "refs/" + pattern
        return full.hasSuffix("/") ? String(full.dropLast()) : full
    }

    private static func kind(_ name: RefName) -> Kind {
        if name.isBranch { return .localBranch }
        if name.isRemote { return .remoteBranch }
        if name.isTag { return .tag }
        return name.string == "refs/stash" ? .stash : .other
    }

    private mutating func add(_ item: Item, _ start: ObjectID, _ repository: Repository) throws {
        isEmpty = false
        var id = start
        // A tag object carries the name as well as what it leads to.
        for _ in 0..<64 {
            items[id, default: []].insert(item, at: 0)
            guard item.kind == .tag || true, let header = try repository.objects.headerIfPresent(id),
                header.kind == .tag
            else { return }
            id = try repository.objects.tag(id).target
        }
    }

    var names: Set<ObjectID> { Set(items.keys) }

    func of(_ id: ObjectID) -> [Item] { items[id] ?? [] }

    private func shown(_ item: Item, _ style: Style) -> String {
        guard style == .short else { return item.name }
        for prefix in ["refs/heads/", "refs/tags/", "refs/remotes/"] where item.name.hasPrefix(prefix) {
            return String(item.name.dropFirst(prefix.count))
        }
        return item.name
    }

    /// The names as text with what stands around and between them, coloured where `colors` is given.
    func text(
        _ id: ObjectID, style: Style, prefix: String = " (", separator: String = ", ", suffix: String = ")",
        colors: DecorationColors?
    ) -> String {
        let items = of(id)
        guard !items.isEmpty, style != .none else { return "" }
        let current = headBranch.flatMap { name in items.first { $0.kind == .localBranch && $0.name == name } }
        let hasHead = items.contains { $0.kind == .head }
        let reset = colors == nil ? "" : TerminalColor.reset
        var result = ""
        var before = prefix
        for item in items {
            // The branch is shown with HEAD.
            if hasHead, let current, item == current { continue }
            result += (colors?.commit ?? "") + before + reset
            result += colors?.color(item.kind) ?? ""
            if item.kind == .tag { result += "tag: " }
            result += shown(item, style)
            if item.kind == .head, let current {
                result += " -> " + reset + (colors?.color(current.kind) ?? "") + shown(current, style)
            }
            result += reset
            before = separator
        }
        return result + (colors?.commit ?? "") + suffix + reset
    }
}

/// The colours of names beside commits: `color.decorate.<slot>`.
struct DecorationColors {
    var commit = "\u{1b}[33m"
    private var slots: [Decorations.Kind: String] = [
        .localBranch: "\u{1b}[1;32m", .remoteBranch: "\u{1b}[1;31m", .tag: "\u{1b}[1;33m", .stash: "\u{1b}[1;35m",
        .head: "\u{1b}[1;36m", .grafted: "\u{1b}[1;34m", .other: "",
    ]

    init(_ config: Config) {
        let names: [(String, Decorations.Kind)] = [
            ("branch", .localBranch), ("remotebranch", .remoteBranch), ("tag", .tag), ("stash", .stash),
            ("head", .head),
            ("grafted", .grafted),
        ]
        for (name, kind) in names {
            if let text = config.string("color.decorate.\(name)"), let color = TerminalColor.sequence(text) {
                slots[kind] = color
            }
        }
        if let text = config.string("color.diff.commit"), let color = TerminalColor.sequence(text) { commit = color }
    }

    func color(_ kind: Decorations.Kind) -> String { slots[kind] ?? "" }
}
