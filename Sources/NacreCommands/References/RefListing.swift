internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// The refs that `for-each-ref`, `branch` and `tag` list: which, and in which order.
struct RefListing {
    static let options: [OptionSpec] = [
        .value("sort", "key", "field name to sort on"),
        .value("points-at", "object", "print only refs which points at the given object"),
        .unlessLast("merged", "commit", negatable: false, "print only refs that are merged"),
        .unlessLast("no-merged", "commit", negatable: false, "print only refs that are not merged"),
        .unlessLast("contains", "commit", negatable: false, "print only refs which contain the commit"),
        .unlessLast("no-contains", "commit", negatable: false, "print only refs which don't contain the commit"),
        .flag("ignore-case", "sorting and filtering are case insensitive"),
        .value("format", "format", "format to use for the output"),
    ]

    private let context: RefListContext
    private let resolver: RevisionResolver
    private let keys: [(atom: RefAtom, isDescending: Bool, isVersion: Bool)]
    private let ignoresCase: Bool
    private var filters: [(ObjectID) throws -> Bool] = []

    init(_ arguments: Arguments, _ context: RefListContext, _ resolver: RevisionResolver, defaultSort: [String]) throws
    {
        self.context = context
        self.resolver = resolver
        ignoresCase = arguments.isOn("ignore-case")
        let texts = arguments.has("sort") ? arguments.allTexts("sort") : defaultSort
        keys = try texts.reversed().map { text in
            var rest = text[...]
            let isDescending = rest.hasPrefix("-")
            if isDescending { rest.removeFirst() }
            var isVersion = false
            for prefix in ["version:", "v:"] where rest.hasPrefix(prefix) {
                rest = rest.dropFirst(prefix.count)
                isVersion = true
            }
            return (try RefAtom(String(rest)), isDescending, isVersion)
        }
        try makeFilters(arguments)
    }

    private mutating func makeFilters(_ arguments: Arguments) throws {
        func commit(_ text: String?) throws -> ObjectID {
            let text = text ?? "HEAD"
            guard let id = try resolver.find(text, hint: .committish)?.id else {
                throw CommandError(.error, "malformed object name \(text)", exitCode: .usage)
            }
            guard let commit = try resolver.peel(id, to: .commit) else {
                throw CommandError.fatal("no such commit \(text)")
            }
            return commit
        }
        let repository = context.repository
        let resolver = resolver
        func add(_ name: String, _ wanted: Bool, _ test: @escaping (_ tip: ObjectID, _ given: ObjectID) throws -> Bool)
            throws
        {
            let given = try arguments.occurrences.filter { $0.name == name }.map { try commit($0.text) }
            guard !given.isEmpty else { return }
            filters.append { id in
                guard let tip = try resolver.peel(id, to: .commit) else { return false }
                return try given.contains { try test(tip, $0) } == wanted
            }
        }
        func isAncestor(_ one: ObjectID, _ other: ObjectID) throws -> Bool {
            var bases = MergeBases(repository)
            return try bases.isAncestor(one, of: other)
        }
        try add("merged", true) { tip, given in try isAncestor(tip, given) }
        try add("no-merged", false) { tip, given in try isAncestor(tip, given) }
        try add("contains", true) { tip, given in try isAncestor(given, tip) }
        try add("no-contains", false) { tip, given in try isAncestor(given, tip) }
        let points = try arguments.allTexts("points-at").map { text in
            guard let id = try resolver.find(text)?.id else {
                throw CommandError.usage("malformed object name '\(text)'")
            }
            return id
        }
        if !points.isEmpty {
            filters.append { id in
                if points.contains(id) { return true }
                return points.contains(try repository.objects.peelTags(id).id)
            }
        }
    }

    /// The refs that pass all filters, in order.
    func list(_ refs: [Ref]) throws -> [RefValues] {
        var values: [RefValues] = []
        for ref in refs {
            guard let id = ref.id else { continue }
            if try filters.allSatisfy({ try $0(id) }) { values.append(RefValues(ref, context)) }
        }
        guard !keys.isEmpty else { return values }
        let byName = try RefAtom("refname")
        let isNameOrder = keys.count == 1 && keys[0].atom == byName && !keys[0].isDescending && !keys[0].isVersion
        if isNameOrder && !ignoresCase { return values }
        var decorated: [(value: RefValues, keys: [Key])] = []
        for value in values { decorated.append((value, try keys.map { try key(value, $0.atom) })) }
        decorated.sort { left, right in
            for (index, key) in keys.enumerated() {
                let order = Key.compare(left.keys[index], right.keys[index], isVersion: key.isVersion)
                if order != 0 { return (order < 0) != key.isDescending }
            }
            return left.value.ref.name < right.value.ref.name
        }
        return decorated.map(\.value)
    }

    private struct Key {
        let number: Int64?
        let text: [UInt8]

        static func compare(_ left: Key, _ right: Key, isVersion: Bool) -> Int {
            if let a = left.number, let b = right.number, !isVersion { return a < b ? -1 : a > b ? 1 : 0 }
            if isVersion { return VersionOrder.compare(left.text, right.text) }
            if left.text == right.text { return 0 }
            return left.text.lexicographicallyPrecedes(right.text) ? -1 : 1
        }
    }

    private func key(_ value: RefValues, _ atom: RefAtom) throws -> Key {
        if let number = value.number(atom) { return Key(number: number, text: []) }
        let text = try value.text(atom)
        return Key(number: nil, text: ignoresCase ? text.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 } : text)
    }
}

/// The order of version numbers: digits compare as numbers (strverscmp(3)).
enum VersionOrder {
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var i = 0
        var j = 0
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        while i < left.count, j < right.count {
            if isDigit(left[i]), isDigit(right[j]) {
                let a = left[i...].prefix(while: isDigit)
                let b = right[j...].prefix(while: isDigit)
                let x = a.drop { $0 == 0x30 }
                let y = b.drop { $0 == 0x30 }
                if x.count != y.count { return x.count < y.count ? -1 : 1 }
                if !x.elementsEqual(y) { return x.lexicographicallyPrecedes(y) ? -1 : 1 }
                if a.count != b.count { return a.count > b.count ? -1 : 1 }
                i += a.count
                j += b.count
                continue
            }
            if left[i] != right[j] { return left[i] < right[j] ? -1 : 1 }
            i += 1
            j += 1
        }
        return (left.count - i) - (right.count - j)
    }
}
