internal import GitObjects

/// A `--format` of refs: text, `%(atom)`, `%(if)…%(then)…%(else)…%(end)`, `%(align:…)…%(end)`.
struct RefFormat {
    indirect enum Node {
        case text([UInt8])
        case atom(RefAtom)
        case align(width: Int, position: String, [Node])
        case condition([Node], equals: String?, isNegated: Bool, then: [Node], otherwise: [Node])
    }

    let nodes: [Node]

    /// Reads a format.
    ///
    /// - Throws: Git's error for an atom that does not exist or a part that is not closed.
    init(_ format: [UInt8]) throws {
        var parser = RefFormatParser(format)
        nodes = try parser.parse(until: []).nodes
        if let stray = parser.stray {
            throw CommandError.fatal(
                "format: %(\(stray)) atom used without \(stray == "end" ? "corresponding atom" : "an %(if) atom")")
        }
    }

    /// The text for a ref.
    func expand(_ values: RefValues, quote: (([UInt8]) -> [UInt8])?) throws -> [UInt8] {
        try Self.expand(nodes, values, quote)
    }

    private static func expand(
        _ nodes: [Node], _ values: RefValues, _ quote: (([UInt8]) -> [UInt8])?
    ) throws -> [UInt8] {
        var result: [UInt8] = []
        for node in nodes {
            switch node {
            case .text(let text): result += text
            case .atom(let atom):
                let value = try values.text(atom)
                result += quote?(value) ?? value
            case .align(let width, let position, let inner):
                let text = try expand(inner, values, nil)
                let room = max(0, width - TextColumns.width(text[...]))
                let left = position == "right" ? room : position == "middle" ? room / 2 : 0
                let padded = [UInt8](repeating: 0x20, count: left) + text + [UInt8](repeating: 0x20, count: room - left)
                result += quote?(padded) ?? padded
            case .condition(let condition, let equals, let isNegated, let then, let otherwise):
                let text = try expand(condition, values, nil)
                var holds = !text.allSatisfy(CommitText.isSpace)
                if let equals { holds = text.elementsEqual(equals.utf8) != isNegated }
                let chosen = try expand(holds ? then : otherwise, values, nil)
                result += quote?(chosen) ?? chosen
            }
        }
        return result
    }
}

/// One `%(atom:arguments)`.
struct RefAtom: Hashable {
    /// The name without `*`.
    let name: String
    /// Whether it is about what a tag leads to.
    let isPeeled: Bool
    /// What stands after the first colon.
    let argument: String?

    private static let names: Set<String> = [
        "refname", "objecttype", "objectsize", "objectname", "tree", "parent", "numparent", "object", "type", "tag",
        "author",
        "authorname", "authoremail", "authordate", "committer", "committername", "committeremail", "committerdate",
        "tagger",
        "taggername", "taggeremail", "taggerdate", "creator", "creatordate", "subject", "body", "contents", "trailers",
        "upstream", "push", "HEAD", "symref", "flag", "color", "worktreepath", "raw", "deltabase",
    ]

    init(_ text: String) throws {
        var rest = text[...]
        isPeeled = rest.hasPrefix("*")
        if isPeeled { rest.removeFirst() }
        let colon = rest.firstIndex(of: ":")
        name = String(rest[..<(colon ?? rest.endIndex)])
        argument = colon.map { String(rest[rest.index(after: $0)...]) }
        guard Self.names.contains(name) else { throw CommandError.fatal("unknown field name: \(text)") }
    }
}

private struct RefFormatParser {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var stray: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse(until stops: Set<String>, depth: Int = 0) throws -> (nodes: [RefFormat.Node], stop: String?) {
        guard depth < 64 else { throw CommandError.fatal("format: too many nested atoms") }
        var nodes: [RefFormat.Node] = []
        var text: [UInt8] = []
        func flush() { if !text.isEmpty { nodes.append(.text(text)) } }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard byte == UInt8(ascii: "%"), position < bytes.count else {
                text.append(byte)
                continue
            }
            if bytes[position] == UInt8(ascii: "(") {
                guard let close = bytes[position...].firstIndex(of: UInt8(ascii: ")")) else {
                    throw CommandError.fatal(
                        "malformed format string \(String(decoding: bytes[(position - 1)...], as: UTF8.self))")
                }
                let word = String(decoding: bytes[(position + 1)..<close], as: UTF8.self)
                position = close + 1
                if ["then", "else", "end"].contains(word) {
                    if stops.contains(word) {
                        flush()
                        return (nodes, word)
                    }
                    stray = stray ?? word
                    continue
                }
                flush()
                text = []
                nodes.append(try node(word, depth))
            } else if bytes[position] == UInt8(ascii: "%") {
                text.append(byte)
                position += 1
            } else if position + 1 < bytes.count,
                let value = UInt8(String(decoding: bytes[position...(position + 1)], as: UTF8.self), radix: 16)
            {
                text.append(value)
                position += 2
            } else {
                text.append(byte)
            }
        }
        flush()
        if !stops.isEmpty { throw CommandError.fatal("format: %(end) atom missing") }
        return (nodes, nil)
    }

    private mutating func node(_ word: String, _ depth: Int) throws -> RefFormat.Node {
        if word == "align" || word.hasPrefix("align:") {
            var width: Int?
            var place = "left"
            for part in word.dropFirst(6).split(separator: ",") {
                let value =
                    part.hasPrefix("width=")
                    ? part.dropFirst(6) : part.hasPrefix("position=") ? part.dropFirst(9) : part
                if let number = Int(value), number >= 0 {
                    width = number
                } else if ["left", "right", "middle"].contains(value) {
                    place = String(value)
                } else {
                    throw CommandError.fatal("unrecognized %(align) argument: \(part)")
                }
            }
            guard let width else { throw CommandError.fatal("positive width expected with the %(align) atom") }
            return .align(width: width, position: place, try parse(until: ["end"], depth: depth + 1).nodes)
        }
        if word == "if" || word.hasPrefix("if:") {
            var equals: String?
            var isNegated = false
            let argument = word.dropFirst(3)
            if argument.hasPrefix("equals=") {
                equals = String(argument.dropFirst(7))
            } else if argument.hasPrefix("notequals=") {
                equals = String(argument.dropFirst(10))
                isNegated = true
            } else if !argument.isEmpty {
                throw CommandError.fatal("unrecognized %(if) argument: \(argument)")
            }
            let condition = try parse(until: ["then"], depth: depth + 1).nodes
            let then = try parse(until: ["else", "end"], depth: depth + 1)
            let otherwise = then.stop == "else" ? try parse(until: ["end"], depth: depth + 1).nodes : []
            return .condition(condition, equals: equals, isNegated: isNegated, then: then.nodes, otherwise: otherwise)
        }
        return .atom(try RefAtom(word))
    }
}
