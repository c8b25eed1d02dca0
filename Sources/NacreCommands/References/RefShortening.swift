internal import GitConfig
internal import GitRefs
internal import GitRepository

/// The shortest names of refs that still mean them.
struct RefShortening {
    private let refs: RefStore
    private let isStrictByDefault: Bool

    init(_ repository: Repository) {
        refs = repository.refs
        isStrictByDefault = (try? repository.config.bool("core.warnambiguousrefs")) ?? nil ?? true
    }

    /// The rules by which a short name is looked up, the one that counts first at the front.
    private static let rules = [
        ("", ""), ("refs/", ""), ("refs/tags/", ""), ("refs/heads/", ""), ("refs/remotes/", ""),
        ("refs/remotes/", "/HEAD"),
    ]

    /// The shortest name; strict also demands that rules after the one that counts find nothing.
    func shorten(_ name: RefName, isStrict: Bool? = nil) -> String {
        let full = name.string
        let isStrict = isStrict ?? isStrictByDefault
        for index in Self.rules.indices.reversed() where index > 0 {
            let (prefix, suffix) = Self.rules[index]
            guard full.hasPrefix(prefix), full.hasSuffix(suffix),
                full.utf8.count > prefix.utf8.count + suffix.utf8.count
            else {
                continue
            }
            let short = String(full.dropFirst(prefix.count).dropLast(suffix.count))
            let others = isStrict ? Array(Self.rules.indices) : Array(0..<index)
            let isTaken = others.contains { other in
                guard other != index, let candidate = try? RefName(Self.rules[other].0 + short + Self.rules[other].1)
                else {
                    return false
                }
                return (try? refs.read(candidate)).flatMap { $0 } != nil
            }
            if !isTaken { return short }
        }
        return full
    }
}
