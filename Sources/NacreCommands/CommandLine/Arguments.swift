/// A verb's arguments, parsed: options in the order in which they stood, and operands. Everything is kept as bytes,
/// because paths need not be UTF-8.
struct Arguments: Sendable {
    /// An option as it stood.
    struct Occurrence: Sendable, Hashable {
        /// ``OptionSpec/name``.
        let name: String
        /// Its value, where one was given.
        let value: [UInt8]?
        /// Whether it was `--no-…`.
        let isNegated: Bool
        /// How many operands stood before it.
        let operandsBefore: Int

        /// The value as text.
        var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// The options in order.
    var occurrences: [Occurrence] = []
    /// Everything that is not an option, in order, `--` left out.
    var operands: [[UInt8]] = []
    /// How many operands stood before `--`; nil where there was none.
    var separator: Int?
    /// The words as they were given, for operation logs and messages.
    var words: [[UInt8]] = []

    /// The operands as text.
    var texts: [String] { operands.map { String(decoding: $0, as: UTF8.self) } }

    /// The operands before `--` (all without one).
    var beforeSeparator: ArraySlice<[UInt8]> { operands[..<(separator ?? operands.count)] }

    /// The operands after `--` (none without one).
    var afterSeparator: ArraySlice<[UInt8]> { operands[(separator ?? operands.count)...] }

    /// Whether the option stood there, in any form.
    func has(_ name: String) -> Bool { occurrences.contains { $0.name == name } }

    /// What the last `--name` or `--no-name` said; nil where neither stood there.
    func flag(_ name: String) -> Bool? { occurrences.last { $0.name == name }.map { !$0.isNegated } }

    /// Whether the flag is on; off by default.
    func isOn(_ name: String) -> Bool { flag(name) ?? false }

    /// How often a flag stood there since it was last negated.
    func count(_ name: String) -> Int {
        var count = 0
        for occurrence in occurrences where occurrence.name == name { count = occurrence.isNegated ? 0 : count + 1 }
        return count
    }

    /// The last occurrence unless that was negated.
    func last(_ name: String) -> Occurrence? {
        guard let last = occurrences.last(where: { $0.name == name }), !last.isNegated else { return nil }
        return last
    }

    /// The last value as text.
    func text(_ name: String) -> String? { last(name)?.text }

    /// The last value as bytes.
    func bytes(_ name: String) -> [UInt8]? { last(name)?.value }

    /// All values since the option was last negated, as text.
    func allTexts(_ name: String) -> [String] { allBytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// All values since the option was last negated.
    func allBytes(_ name: String) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for occurrence in occurrences where occurrence.name == name {
            if occurrence.isNegated { values = [] } else if let value = occurrence.value { values.append(value) }
        }
        return values
    }

    /// The last value as a whole number, with Git's `k`, `m` and `g`.
    ///
    /// - Throws: a usage error that names the option.
    func integer(_ name: String) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Arguments.integer(text) else {
            throw CommandError.usage(
                name.count == 1
                    ? "switch `\(name)' expects an integer value with an optional k/m/g suffix"
                    : "option `\(name)' expects an integer value with an optional k/m/g suffix")
        }
        return number
    }

    static func integer(_ text: String) -> Int? {
        guard let last = text.utf8.last else { return nil }
        let shift: Int? =
            switch last | 0x20 {
            case UInt8(ascii: "k"): 10
            case UInt8(ascii: "m"): 20
            case UInt8(ascii: "g"): 30
            default: nil
            }
        guard let number = Int(shift == nil ? text[...] : text.dropLast()) else { return nil }
        let (result, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        return overflow ? nil : result
    }
}
