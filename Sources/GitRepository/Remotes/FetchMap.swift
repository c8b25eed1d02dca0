internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitTransport

/// Which refs of a server go where.
public struct FetchMap {
    /// How a ref stands in `FETCH_HEAD`.
    enum Mark: Int { case merge, notForMerge, ignored }

    /// One ref of the server.
    struct Item {
        let name: RefName
        let id: ObjectID
        var destination: RefName?
        var isForced: Bool
        var mark: Mark
    }

    private(set) var items: [Item] = []
    private let refs: [AdvertisedRef]
    /// Whether tags follow what is fetched.
    var followsTags = false

    init(_ refs: [AdvertisedRef]) { self.refs = refs }

    /// What to ask of a server of version 2, so that it does not send every ref.
    static func prefixes(_ specs: [Refspec], tags: Remote.TagMode, includesHead: Bool) -> [[UInt8]] {
        var prefixes: [String] = []
        for spec in specs where !spec.isNegative {
            guard let source = spec.source else { continue }
            if let star = source.firstIndex(of: "*") {
                prefixes.append(String(source[..<star]))
            } else if !isID(source) {
                prefixes += FetchMap.expansions(source)
            }
        }
        if includesHead { prefixes.append("HEAD") }
        if prefixes.isEmpty { return [] }
        if tags != .none { prefixes.append("refs/tags/") }
        return prefixes.map { Array($0.utf8) }
    }

    /// The names that a short one may mean, the likeliest first.
    public static func expansions(_ name: String) -> [String] {
        [
            name, "refs/\(name)", "refs/tags/\(name)", "refs/heads/\(name)", "refs/remotes/\(name)",
            "refs/remotes/\(name)/HEAD",
        ]
    }

    static func isID(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64) && text.utf8.allSatisfy { Hex.value($0) != nil }
    }

    /// Adds what a refspec brings.
    ///
    /// - Throws: ``TransportError/noSuchRef(_:)`` where it names a ref that the server does not have, unless `isOptional`.
    mutating func add(_ spec: Refspec, mark: Mark, isOptional: Bool = false) throws {
        guard !spec.isNegative else { return }
        let source = spec.source ?? "HEAD"
        if source.contains("*") {
            for ref in refs {
                guard let id = ref.id, let name = try? RefName(ref.name), RefName.isValid(ref.name),
                    spec.matchesSource(name)
                else { continue }
                append(name, id, destination: spec.destination(for: name), spec.isForced, mark)
            }
            return
        }
        let destination = try spec.destination.map { try FetchMap.fullDestination($0, source: source) }
        for name in FetchMap.expansions(source) {
            guard let ref = refs.first(where: { $0.name.elementsEqual(name.utf8) }), let id = ref.id else { continue }
            append(RefName(unchecked: ref.name), id, destination: destination, spec.isForced, mark)
            return
        }
        if FetchMap.isID(source), let id = ObjectID(hex: source) {
            append(RefName(unchecked: Array(source.utf8)), id, destination: destination, spec.isForced, mark)
            return
        }
        if !isOptional { throw TransportError.noSuchRef(source) }
    }

    /// A destination without `refs/` is a branch, or a tag where the source is one.
    private static func fullDestination(_ name: String, source: String) throws -> RefName {
        if name.hasPrefix("refs/") { return try RefName(name) }
        if name.hasPrefix("heads/") || name.hasPrefix("tags/") || name.hasPrefix("remotes/") {
            return try RefName("refs/" + name)
        }
        return try RefName("refs/heads/" + name)
    }

    /// Adds every ref that has a place to go to.
    mutating func add(_ destination: (RefName) -> RefName?) throws {
        for ref in refs {
            guard let id = ref.id, RefName.isValid(ref.name), let target = destination(RefName(unchecked: ref.name))
            else {
                continue
            }
            items.append(
                Item(
                    name: RefName(unchecked: ref.name), id: id, destination: target, isForced: true, mark: .notForMerge)
            )
        }
    }

    private mutating func append(
        _ name: RefName, _ id: ObjectID, destination: RefName?, _ isForced: Bool, _ mark: Mark
    ) {
        // One ref that goes to one place by two ways is one.
        if let same = items.firstIndex(where: { $0.destination == destination && $0.name == name && destination != nil }
        ) {
            if mark.rawValue < items[same].mark.rawValue { items[same].mark = mark }
            return
        }
        items.append(Item(name: name, id: id, destination: destination, isForced: isForced, mark: mark))
    }

    /// Takes out what negative refspecs name.
    mutating func exclude(_ specs: [Refspec]) {
        let negative = specs.filter(\.isNegative)
        guard !negative.isEmpty else { return }
        items.removeAll { item in negative.contains { $0.matchesSource(item.name) } }
    }

    /// Adds where the configured refspecs keep what was fetched by name.
    mutating func addTracking(_ specs: [Refspec]) {
        for item in items {
            for spec in specs where !spec.isNegative {
                guard let destination = spec.destination(for: item.name) else { continue }
                append(item.name, item.id, destination: destination, spec.isForced, .ignored)
            }
        }
    }

    /// Marks the refs that the current branch merges, the first refspec's where it has none.
    mutating func mark(merging names: [String]) {
        for index in items.indices where names.contains(items[index].name.string) { items[index].mark = .merge }
    }

    mutating func markFirst() {
        if !items.isEmpty { items[0].mark = .merge }
    }

    /// Adds tags of the server that are not here and lead to what is here or is being fetched.
    mutating func addTags(_ isWanted: (AdvertisedRef) -> Bool) {
        var destinations = Set(items.compactMap(\.destination))
        for ref in refs where ref.name.starts(with: Array("refs/tags/".utf8)) && RefName.isValid(ref.name) {
            guard let id = ref.id, isWanted(ref) else { continue }
            let name = RefName(unchecked: ref.name)
            guard destinations.insert(name).inserted else { continue }
            items.append(Item(name: name, id: id, destination: name, isForced: false, mark: .notForMerge))
        }
    }

    /// The order in which refs are shown and written.
    var ordered: [Item] {
        [Mark.merge, .notForMerge, .ignored].flatMap { mark in items.filter { $0.mark == mark } }
    }
}
