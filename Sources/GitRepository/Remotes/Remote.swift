public import GitConfig
public import GitRefs

/// A repository elsewhere, as the configuration describes it: `remote.<name>.*`.
public struct Remote: Sendable {
    /// Which tags a fetch brings besides what its refspecs say.
    public enum TagMode: Sendable, Hashable {
        /// Those that lead to what is fetched (where anything is stored).
        case automatic
        /// All (`--tags`).
        case all
        /// None (`--no-tags`).
        case none
    }

    /// Its name, or the address where it has none.
    public var name: String
    /// Whether the configuration has it.
    public var isConfigured: Bool
    /// Where it is fetched from, rewritten by `url.<base>.insteadOf`.
    public var urls: [String]
    /// Where it is pushed to.
    public var pushURLs: [String]
    /// What a fetch brings and where it goes.
    public var fetchSpecs: [Refspec]
    /// What a push sends where nothing is named.
    public var pushSpecs: [Refspec]
    /// Which tags come along.
    public var tags = TagMode.automatic
    /// Whether refs that are gone there are removed here (`prune`, `fetch.prune`).
    public var prunes = false
    /// Whether tags that are gone there are removed here (`pruneTags`).
    public var prunesTags = false
    /// Whether a push sends all refs (`mirror`).
    public var isMirror = false
    /// Whether `fetch --all` passes it over.
    public var skipsFetchAll = false
    /// The program that serves fetches, over ssh.
    public var uploadPack: String?
    /// The program that takes pushes, over ssh.
    public var receivePack: String?
    /// Its own proxy.
    public var proxy: String?
    /// Whether objects that are not here can be asked of it.
    public var isPromisor = false
    /// What its partial clone leaves out.
    public var filter: String?

    /// The remote of that name, or the address that it is.
    ///
    /// - Throws: ``RefError`` for a refspec that is none, ``ConfigError`` for a value that cannot be read.
    public init(_ name: String, _ config: Config) throws {
        self.name = name
        let rewriting = URLRewriting(config)
        func key(_ variable: String) -> String { "remote.\(name).\(variable)" }
        isConfigured =
            !name.contains("\n")
            && config.entries.contains {
                $0.key.section == "remote" && $0.key.subsection.map { $0.elementsEqual(name.utf8) } == true
            }
        let plain = config.strings(key("url"))
        urls = (plain.isEmpty ? [name] : plain).map { rewriting.fetch($0) }
        let push = config.strings(key("pushurl"))
        pushURLs =
            push.isEmpty
            ? (plain.isEmpty ? [name] : plain).map { rewriting.push($0) } : push.map { rewriting.fetch($0) }
        fetchSpecs = try config.strings(key("fetch")).map { try Refspec($0, forPush: false) }
        pushSpecs = try config.strings(key("push")).map { try Refspec($0, forPush: true) }
        switch config.string(key("tagopt")) {
        case "--tags": tags = .all
        case "--no-tags": tags = .none
        default: break
        }
        prunes = try config.bool(key("prune")) ?? config.bool("fetch.prune") ?? false
        prunesTags = try config.bool(key("prunetags")) ?? config.bool("fetch.prunetags") ?? false
        isMirror = try config.bool(key("mirror")) ?? false
        skipsFetchAll = try config.bool(key("skipfetchall")) ?? config.bool(key("skipdefaultupdate")) ?? false
        uploadPack = config.string(key("uploadpack"))
        receivePack = config.string(key("receivepack"))
        proxy = config.string(key("proxy"))
        isPromisor = try config.bool(key("promisor")) ?? false
        filter = config.string(key("partialclonefilter"))
    }

    /// The names of the configured remotes, in order.
    public static func names(_ config: Config) -> [String] {
        var names: Set<String> = []
        for entry in config.entries where entry.key.section == "remote" {
            // `remote.pushDefault` stands in the section itself.
            guard let name = entry.key.subsection else { continue }
            names.insert(String(decoding: name, as: UTF8.self))
        }
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }

    /// Where a ref of the remote is kept here.
    public func trackingRef(for name: RefName) -> RefName? {
        for spec in fetchSpecs where !spec.isNegative {
            if let destination = spec.destination(for: name) { return destination }
        }
        return nil
    }
}

/// `url.<base>.insteadOf` and `pushInsteadOf`.
struct URLRewriting {
    private var fetchRules: [(prefix: String, base: String)] = []
    private var pushRules: [(prefix: String, base: String)] = []

    init(_ config: Config) {
        for entry in config.entries where entry.key.section == "url" {
            guard let base = entry.key.subsection.map({ String(decoding: $0, as: UTF8.self) }) else { continue }
            switch entry.key.name {
            case "insteadof": fetchRules.append((entry.text, base))
            case "pushinsteadof": pushRules.append((entry.text, base))
            default: break
            }
        }
    }

    private static func apply(_ rules: [(prefix: String, base: String)], _ url: String) -> String? {
        // The longest prefix wins.
        let rule = rules.filter { url.hasPrefix($0.prefix) && !$0.prefix.isEmpty }
            .max { $0.prefix.utf8.count < $1.prefix.utf8.count }
        return rule.map { $0.base + url.dropFirst($0.prefix.count) }
    }

    func fetch(_ url: String) -> String { URLRewriting.apply(fetchRules, url) ?? url }

    func push(_ url: String) -> String { URLRewriting.apply(pushRules, url) ?? fetch(url) }
}
