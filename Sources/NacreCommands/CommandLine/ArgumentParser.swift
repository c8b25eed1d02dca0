/// Parses a verb's words by its options, as Git's parse-options does.
struct ArgumentParser {
    private let options: [OptionSpec]
    private let permutes: Bool
    private var result = Arguments()

    private init(_ options: [OptionSpec], permutes: Bool) {
        self.options = options
        self.permutes = permutes
    }

    /// Parses `words`.
    ///
    /// - Throws: a usage ``CommandError`` in Git's words for an unknown or ambiguous option, a missing value, or a value
    ///   where none belongs.
    static func parse(
        _ words: [[UInt8]], options: [OptionSpec], permutes: Bool = true
    ) throws(CommandError) -> Arguments {
        var parser = ArgumentParser(options, permutes: permutes)
        parser.result.words = words
        try parser.parse(words)
        return parser.result
    }

    private mutating func parse(_ words: [[UInt8]]) throws(CommandError) {
        let dash = UInt8(ascii: "-")
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            guard word.count > 1, word[0] == dash else {
                if !permutes {
                    result.operands += words[(index - 1)...]
                    return
                }
                result.operands.append(word)
                continue
            }
            if word.count == 2, word[1] == dash {
                result.separator = result.operands.count
                result.operands += words[index...]
                return
            }
            if word[1] == dash {
                try parseLong(Array(word[2...]), words, &index)
            } else {
                try parseShort(word, words, &index)
            }
        }
    }

    private mutating func add(_ option: OptionSpec, value: [UInt8]? = nil, negated: Bool = false) {
        result.occurrences.append(
            .init(name: option.name, value: value, isNegated: negated, operandsBefore: result.operands.count))
    }

    private mutating func parseLong(
        _ word: [UInt8], _ words: [[UInt8]], _ index: inout Int
    ) throws(CommandError) {
        let equals = word.firstIndex(of: UInt8(ascii: "="))
        let name = String(decoding: word[..<(equals ?? word.count)], as: UTF8.self)
        let joined = equals.map { Array(word[($0 + 1)...]) }
        let (option, negated) = try find(name)
        if negated || option.kind == .flag {
            guard joined == nil else { throw .usage("option `\(name)' takes no value") }
            add(option, negated: negated)
            return
        }
        if let joined {
            add(option, value: joined)
        } else if option.kind == .optionalValue || (option.kind == .valueUnlessLast && index == words.count) {
            add(option)
        } else {
            guard index < words.count else { throw .usage("option `\(name)' requires a value") }
            add(option, value: words[index])
            index += 1
        }
    }

    /// The option of a long name or of an unambiguous prefix of one.
    private func find(_ name: String) throws(CommandError) -> (OptionSpec, negated: Bool) {
        var candidates: [(option: OptionSpec, negated: Bool, name: String)] = []
        for option in options {
            for long in option.longNames {
                // The negation of `--no-x` is `--x`.
                let negative = long.hasPrefix("no-") ? String(long.dropFirst(3)) : "no-" + long
                if long == name { return (option, false) }
                if option.isNegatable, negative == name { return (option, true) }
                if long.hasPrefix(name) { candidates.append((option, false, long)) }
                if option.isNegatable, negative.hasPrefix(name) { candidates.append((option, true, negative)) }
            }
        }
        guard let first = candidates.first else { throw .usage("unknown option `\(name)'") }
        if let other = candidates.first(where: { $0.option.name != first.option.name || $0.negated != first.negated }) {
            throw .usage("ambiguous option: \(name) (could be --\(first.name) or --\(other.name))")
        }
        return (first.option, first.negated)
    }

    private mutating func parseShort(
        _ word: [UInt8], _ words: [[UInt8]], _ index: inout Int
    ) throws(CommandError) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        if digits.contains(word[1]), let number = options.first(where: { $0.kind == .number }),
            !options.contains(where: { $0.short == Character(UnicodeScalar(word[1])) })
        {
            guard word[1...].allSatisfy({ digits.contains($0) }) else {
                throw .usage("unknown switch `\(String(decoding: word[1...], as: UTF8.self))'")
            }
            add(number, value: Array(word[1...]))
            return
        }
        var position = 1
        while position < word.count {
            let letter = Character(UnicodeScalar(word[position]))
            position += 1
            guard let option = options.first(where: { $0.short == letter }) else {
                throw .usage("unknown switch `\(letter)'")
            }
            if option.kind == .flag {
                add(option)
                continue
            }
            let rest = Array(word[position...])
            if !rest.isEmpty {
                add(option, value: rest)
            } else if option.kind == .optionalValue {
                add(option)
            } else {
                guard index < words.count else { throw .usage("switch `\(letter)' requires a value") }
                add(option, value: words[index])
                index += 1
            }
            return
        }
    }
}
