/// A mapping from text to values that keeps the order in which keys were added.
public struct ValueObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// A key with its value.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public let key: String
        /// The value.
        public var value: Value
    }

    /// The entries in order; no two have the same key.
    public private(set) var entries: [Entry] = []
    // Small mappings are searched from the front: that is faster than hashing until about this many keys.
    private var positions: [String: Int] = [:]
    private static let indexedCount = 16

    /// An empty mapping.
    public init() {}

    /// Makes a mapping; of a key that is given twice the last value counts.
    public init(_ pairs: some Sequence<(String, Value)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// Members in the order in which they are written.
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }

    /// How many keys there are.
    public var count: Int { entries.count }

    /// Whether there is no key.
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys in order.
    public var keys: [String] { entries.map(\.key) }

    private func position(of key: String) -> Int? {
        if entries.count > Self.indexedCount { return positions[key] }
        return entries.firstIndex { $0.key == key }
    }

    /// The value of a key. Setting a new key puts it last; setting nil removes the key.
    public subscript(key: String) -> Value? {
        get { position(of: key).map { entries[$0].value } }
        set {
            if let position = position(of: key) {
                if let newValue {
                    entries[position].value = newValue
                } else {
                    entries.remove(at: position)
                    rebuild()
                }
            } else if let newValue {
                entries.append(Entry(key: key, value: newValue))
                if entries.count > Self.indexedCount + 1 {
                    positions[key] = entries.count - 1
                } else if entries.count == Self.indexedCount + 1 {
                    rebuild()
                }
            }
        }
    }

    private mutating func rebuild() {
        positions.removeAll(keepingCapacity: true)
        guard entries.count > Self.indexedCount else { return }
        for (position, entry) in entries.enumerated() { positions[entry.key] = position }
    }

    /// The same entries, keys in the order of their Unicode scalars, at every level.
    public var sorted: ValueObject {
        ValueObject(entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sortingKeys) })
    }

    public static func == (left: ValueObject, right: ValueObject) -> Bool { left.entries == right.entries }

    public func hash(into hasher: inout Hasher) { hasher.combine(entries) }
}

extension Value {
    /// The value with the keys of every mapping in order.
    public var sortingKeys: Value {
        switch self {
        case .object(let object): .object(object.sorted)
        case .array(let values): .array(values.map(\.sortingKeys))
        default: self
        }
    }
}
