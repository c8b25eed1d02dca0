/// The values that `${…}` may name, with the file that each came from.
struct TemplateContext: Sendable {
    /// The values.
    private(set) var values = ValueObject()

    /// Adds a mapping's values; mappings are joined, key by key.
    ///
    /// - Throws: ``ValueError`` where a value that is set already would be set again.
    mutating func merge(_ other: ValueObject, from origin: String) throws(ValueError) {
        values = try Self.merge(values, other, prefix: "", origin: origin)
    }

    /// Sets a value for the time of one stage of a `foreach` or `matrix`.
    func setting(_ key: String, to value: Value) -> TemplateContext {
        var copy = self
        copy.values[key] = value
        return copy
    }

    private static func merge(
        _ left: ValueObject, _ right: ValueObject, prefix: String, origin: String
    ) throws(ValueError) -> ValueObject {
        var result = left
        for entry in right.entries {
            let key = prefix + entry.key
            switch (result[entry.key], entry.value) {
            case (nil, _): result[entry.key] = entry.value
            case (.object(let old)?, .object(let new)):
                result[entry.key] = .object(try merge(old, new, prefix: key + ".", origin: origin))
            case (let old?, let new):
                guard old == new else {
                    throw ValueError(origin, "cannot redefine '\(key)', which another file of variables sets already")
                }
            }
        }
        return result
    }
}
