/// How one value changed.
public struct ValueDifference: Sendable, Hashable {
    /// The value before; null where there was none.
    public let old: Value
    /// The value after; null where there is none.
    public let new: Value

    /// After minus before, where both are numbers.
    public var change: Double? {
        guard let old = old.number, let new = new.number else { return nil }
        return new - old
    }

    /// The change relative to what was before; nil where that is zero or no number.
    public var relativeChange: Double? {
        guard let change, let old = old.number, old != 0 else { return nil }
        return change / abs(old)
    }

    /// The JSON that DVC writes: `{"old": 1, "new": 2, "diff": 1}`. Lists are Python's text of them, and truth counts as 0 and 1.
    public var json: Value {
        var object: ValueObject = ["old": old.inDifference, "new": new.inDifference]
        switch (old.counted, new.counted) {
        case (.integer(let old), .integer(let new)):
            let (difference, overflow) = new.subtractingReportingOverflow(old)
            object["diff"] = overflow ? .float(Double(new) - Double(old)) : .integer(difference)
        case (let old, let new):
            if let old = old.number, let new = new.number { object["diff"] = .float(new - old) }
        }
        return .object(object)
    }
}

/// The values of several files, each under its dotted key.
public struct ValueTable: Sendable {
    /// A file's values.
    public struct File: Sendable {
        /// The path from the top of the repository.
        public let path: String
        /// The values; nil where the file is named but not there.
        public var value: Value?
        /// Why the file could not be read.
        public var problem: String?
        /// What is odd about values that could be read.
        public var warnings: [String] = []
    }

    /// The files in order.
    public var files: [File] = []

    /// No file.
    public init() {}

    /// The value of a key, in any file (`accuracy`) or in a named one (`metrics.json:accuracy`).
    public func value(_ key: String) -> Value? {
        if let colon = key.firstIndex(of: ":") {
            let name = key[..<colon]
            if let file = files.first(where: { $0.path == name }) {
                return file.flattened[String(key[key.index(after: colon)...])]
            }
        }
        for file in files {
            if let value = file.flattened[key] { return value }
        }
        return nil
    }

    /// All values by key; of a key that stands in several files the first file's.
    public var merged: ValueObject {
        var result = ValueObject()
        for file in files {
            for (key, value) in file.value?.flattened ?? [] where result[key] == nil { result[key] = value }
        }
        return result
    }

    /// Several runs of one thing as one: a metric that all of them have becomes the list of what it was in each.
    public static func together(_ tables: [ValueTable]) -> ValueTable {
        guard tables.count > 1, let first = tables.first else { return tables.first ?? ValueTable() }
        var result = ValueTable()
        for file in first.files {
            let values = tables.map { table in table.files.first { $0.path == file.path }?.flattened ?? [:] }
            var object = ValueObject()
            for key in file.flattened.keys {
                let found = values.compactMap { $0[key] }
                if found.count == tables.count { object[key] = .array(found) }
            }
            var joined = file
            joined.value = file.value == nil ? nil : .object(object)
            joined.problem =
                tables.lazy.compactMap { table in table.files.first { $0.path == file.path }?.problem }.first
            result.files.append(joined)
        }
        return result
    }

    /// The differences from this table to another, by file and key, in order; unchanged values are left out unless
    /// `includingUnchanged`.
    public func differences(
        to other: ValueTable, includingUnchanged: Bool = false, numbersOnly: Bool = false
    ) -> [(file: String, changes: [(key: String, difference: ValueDifference)])] {
        var paths = files.map(\.path)
        for file in other.files where !paths.contains(file.path) { paths.append(file.path) }
        return paths.sorted().compactMap { path in
            let old = files.first { $0.path == path }?.flattened ?? [:]
            let new = other.files.first { $0.path == path }?.flattened ?? [:]
            let keys = Set(old.keys).union(new.keys).sorted()
            let changes = keys.compactMap { key -> (key: String, difference: ValueDifference)? in
                let before = old[key] ?? .null
                let after = new[key] ?? .null
                if !includingUnchanged, before.isSame(as: after) { return nil }
                if numbersOnly, before.number == nil, after.number == nil { return nil }
                return (key, ValueDifference(old: before, new: after))
            }
            return changes.isEmpty ? nil : (path, changes)
        }
    }

    /// The differences in DVC's shape: `{file: {key: {old, new, diff}}}`.
    public static func json(
        _ differences: [(file: String, changes: [(key: String, difference: ValueDifference)])]
    ) -> Value {
        .object(
            ValueObject(
                differences.map { file, changes in
                    (file, .object(ValueObject(changes.map { ($0.key, $0.difference.json) })))
                }))
    }
}

extension ValueTable.File {
    /// The file's values under dotted keys; empty where it was not read.
    public var flattened: ValueObject {
        ValueObject((value?.flattened ?? []).map { ($0.key, $0.value) })
    }
}
