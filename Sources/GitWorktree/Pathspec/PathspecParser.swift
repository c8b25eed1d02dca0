internal import GitObjects

/// Reads one operand.
struct PathspecParser {
    private let operand: [UInt8]
    private let prefix: GitPath
    private let root: [UInt8]
    private let defaults: Pathspec.Defaults
    private var isTop = false
    private var isLiteral = false
    private var isExcluding = false
    private var ignoresCase = false
    private var isGlob = false
    private var requirements: [Pathspec.AttributeRequirement] = []

    init(_ operand: [UInt8], prefix: GitPath, root: [UInt8], defaults: Pathspec.Defaults) {
        self.operand = operand
        self.prefix = prefix
        self.root = root
        self.defaults = defaults
    }

    private var text: String { String(decoding: operand, as: UTF8.self) }

    func parse() throws(PathspecError) -> Pathspec.Item {
        var copy = self
        return try copy.run()
    }

    private mutating func run() throws(PathspecError) -> Pathspec.Item {
        guard !operand.isEmpty else { throw .empty }
        var rest = operand[...]
        if !defaults.isLiteral, operand.first == UInt8(ascii: ":") {
            rest = operand.count > 1 && operand[1] == UInt8(ascii: "(") ? try longMagic() : try shortMagic()
        }
        if defaults.isLiteral { isLiteral = true }
        if defaults.isGlob && !isLiteral { isGlob = true }
        if defaults.isNoGlob && !isGlob { isLiteral = true }
        if defaults.ignoresCase { ignoresCase = true }
        if isLiteral && isGlob {
            throw .incompatible("'literal' and 'glob' are incompatible", pathspec: text)
        }
        let isForDirectories = rest.last == UInt8(ascii: "/")
        let base = isTop ? GitPath.root : prefix
        guard let match = PathspecParser.normalize(rest, base: base, root: root) else {
            throw .outside(path: String(decoding: rest, as: UTF8.self), root: String(decoding: root, as: UTF8.self))
        }
        let prefixCount = PathspecParser.prefixCount(match, base)
        let literal =
            isLiteral ? match.count : max(Wildmatch.literalCount(match[prefixCount...]) + prefixCount, prefixCount)
        return Pathspec.Item(
            original: operand, match: match, literalCount: min(literal, match.count), prefixCount: prefixCount,
            isForDirectories: isForDirectories && !match.isEmpty, isExcluding: isExcluding, ignoresCase: ignoresCase,
            isGlob: isGlob, isLiteral: isLiteral, requirements: requirements)
    }

    /// How much of the pattern is still the working directory (`..` may have taken some away).
    private static func prefixCount(_ match: [UInt8], _ base: GitPath) -> Int {
        if base.isRoot { return 0 }
        var directory: GitPath? = base
        let path = GitPath(match)
        while let candidate = directory, !candidate.isRoot {
            if path.isInside(candidate) { return min(candidate.bytes.count + 1, match.count) }
            directory = candidate.parent
        }
        return 0
    }

    /// Joins with the base and takes `.`, `..` and doubled slashes out; nil where the path leaves the top.
    static func normalize(_ path: ArraySlice<UInt8>, base: GitPath, root: [UInt8]) -> [UInt8]? {
        let slash = UInt8(ascii: "/")
        var components: [ArraySlice<UInt8>] = []
        if path.first == slash {
            // Absolute: it must be inside the work tree.
            var absolute: [ArraySlice<UInt8>] = []
            for part in path.split(separator: slash) { guard step(part, &absolute) else { return nil } }
            let top = root.split(separator: slash)
            guard absolute.count >= top.count, zip(absolute, top).allSatisfy({ $0.elementsEqual($1) }) else {
                return nil
            }
            components = Array(absolute.dropFirst(top.count))
        } else {
            components = base.components
            for part in path.split(separator: slash) { guard step(part, &components) else { return nil } }
        }
        return Array(components.joined(separator: [slash]))
    }

    private static func step(_ part: ArraySlice<UInt8>, _ components: inout [ArraySlice<UInt8>]) -> Bool {
        if part.elementsEqual([UInt8(ascii: ".")]) { return true }
        if part.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) { return components.popLast() != nil }
        components.append(part)
        return true
    }

    private mutating func shortMagic() throws(PathspecError) -> ArraySlice<UInt8> {
        var rest = operand.dropFirst()
        while let byte = rest.first {
            if byte == UInt8(ascii: ":") { return rest.dropFirst() }
            switch byte {
            case UInt8(ascii: "/"): isTop = true
            case UInt8(ascii: "!"), UInt8(ascii: "^"): isExcluding = true
            default:
                let isAlphanumeric =
                    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
                // Letters, digits, glob characters and others that never are magic begin the pattern.
                let isMagic = byte > 0x20 && byte < 0x7f && !isAlphanumeric && !"*?[]\\.-_+(){}$|".utf8.contains(byte)
                guard isMagic else { return rest }
                throw .incompatible(
                    "Unimplemented pathspec magic '\(Character(UnicodeScalar(byte)))' in '\(text)'", pathspec: text)
            }
            rest = rest.dropFirst()
        }
        return rest
    }

    private mutating func longMagic() throws(PathspecError) -> ArraySlice<UInt8> {
        guard let close = operand.firstIndex(of: UInt8(ascii: ")")) else { throw .unterminated(text) }
        for word in operand[2..<close].split(separator: UInt8(ascii: ",")) {
            let magic = String(decoding: word, as: UTF8.self)
            switch magic {
            case "top": isTop = true
            case "literal": isLiteral = true
            case "glob": isGlob = true
            case "icase": ignoresCase = true
            case "exclude": isExcluding = true
            default:
                guard magic.hasPrefix("attr:") else {
                    if magic.hasPrefix("prefix:") { continue }
                    throw .unknownMagic(magic, pathspec: text)
                }
                try parseAttributes(magic.dropFirst(5))
            }
        }
        return operand[(close + 1)...]
    }

    private mutating func parseAttributes(_ list: Substring) throws(PathspecError) {
        for word in list.split(separator: " ") {
            var name = word
            let value: AttributeValue?
            if name.hasPrefix("-") {
                name = name.dropFirst()
                value = .unset
            } else if name.hasPrefix("!") {
                name = name.dropFirst()
                value = nil
            } else if let equals = name.firstIndex(of: "=") {
                value = .value(Array(name[name.index(after: equals)...].utf8))
                name = name[..<equals]
            } else {
                value = .set
            }
            guard AttributeFile.isValidName(String(name)) else { throw .badAttribute("invalid attribute name \(name)") }
            requirements.append(.init(name: String(name), value: value))
        }
        guard !requirements.isEmpty else { throw .badAttribute("attr spec must not be empty") }
    }
}
