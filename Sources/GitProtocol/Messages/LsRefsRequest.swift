/// Version 2's `ls-refs`: which refs are there?
public struct LsRefsRequest: Sendable, Hashable {
    /// Whether annotated tags are to be followed.
    public var peel: Bool
    /// Whether the targets of symbolic refs are to be named.
    public var symrefs: Bool
    /// Whether `HEAD` of a branch without commits is to be named.
    public var unborn: Bool
    /// Only refs that begin so are wanted; all where empty. A hint: more may come.
    public var prefixes: [[UInt8]]

    /// The most prefixes that are taken; with more, all refs are given, as Git does.
    public static let prefixLimit = 65_536

    /// Makes a request.
    public init(peel: Bool = true, symrefs: Bool = true, unborn: Bool = false, prefixes: [[UInt8]] = []) {
        self.peel = peel
        self.symrefs = symrefs
        self.unborn = unborn
        self.prefixes = prefixes
    }

    /// Reads the command's arguments.
    ///
    /// - Throws: ``ProtocolError/unexpected(line:expected:)``.
    public init(arguments: [[UInt8]]) throws(ProtocolError) {
        self.init(peel: false, symrefs: false)
        var hasTooManyPrefixes = false
        for line in arguments {
            switch String(decoding: line, as: UTF8.self) {
            case "peel": peel = true
            case "symrefs": symrefs = true
            case "unborn": unborn = true
            case let text where text.hasPrefix("ref-prefix "):
                if prefixes.count < LsRefsRequest.prefixLimit {
                    prefixes.append(Array(line.dropFirst(11)))
                } else {
                    hasTooManyPrefixes = true
                }
            default: throw .unexpectedLine(line, expected: "an argument of ls-refs")
            }
        }
        if hasTooManyPrefixes { prefixes = [] }
    }

    /// The arguments as lines.
    public var arguments: [[UInt8]] {
        var lines: [[UInt8]] = []
        if peel { lines.append(Array("peel\n".utf8)) }
        if symrefs { lines.append(Array("symrefs\n".utf8)) }
        if unborn { lines.append(Array("unborn\n".utf8)) }
        lines += prefixes.map { Array("ref-prefix ".utf8) + $0 + [UInt8(ascii: "\n")] }
        return lines
    }

    /// Whether a ref is asked for.
    public func matches(_ name: [UInt8]) -> Bool {
        prefixes.isEmpty || prefixes.contains { name.starts(with: $0) }
    }
}
