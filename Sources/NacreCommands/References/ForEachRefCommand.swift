internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage

/// `for-each-ref`: information on refs, in any format.
enum ForEachRefCommand: Command {
    static let name = "for-each-ref"
    static let summary = "output information on each ref"
    static let usage = ["[<options>] [<pattern>]"]
    static let options: [OptionSpec] =
        RefListing.options + [
            .value("count", "n", "show only <n> matched refs"),
            .flag("shell", "s", "quote placeholders suitably for shells"),
            .flag("perl", "p", "quote placeholders suitably for perl"),
            .flag("python", "quote placeholders suitably for python"),
            .flag("tcl", "quote placeholders suitably for Tcl"),
            .optional("color", "when", "respect format colors"),
        ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let list = try RefListContext(repository, context)
        let color = arguments.occurrences.last { $0.name == "color" }
        list.usesColor = try context.usesColor(
            color.map { $0.isNegated ? "never" : $0.text ?? "always" }, key: "color.ui")
        let format = try RefFormat(
            arguments.bytes("format") ?? Array("%(objectname) %(objecttype)\t%(refname)".utf8))
        let listing = try RefListing(arguments, list, context.revisionResolver(), defaultSort: ["refname"])
        let ignoresCase = arguments.isOn("ignore-case")
        let refs = try repository.refs.list().filter { ref in
            arguments.operands.isEmpty || arguments.operands.contains { matches($0, ref.name.bytes, ignoresCase) }
        }
        var values = try listing.list(refs)
        if let count = try arguments.integer("count"), count > 0 { values = Array(values.prefix(count)) }
        let quote = Self.quote(arguments)
        for value in values { context.output.line(try format.expand(value, quote: quote)) }
        return .success
    }

    private static func matches(_ pattern: [UInt8], _ name: [UInt8], _ ignoresCase: Bool) -> Bool {
        let isPrefix =
            name.starts(with: pattern)
            && (name.count == pattern.count || pattern.last == UInt8(ascii: "/")
                || name[pattern.count] == UInt8(ascii: "/"))
        return isPrefix
            || Wildmatch.matches(pattern, name, options: ignoresCase ? [.pathname, .ignoringCase] : .pathname)
    }

    private static func quote(_ arguments: Arguments) -> (([UInt8]) -> [UInt8])? {
        func escaped(_ text: [UInt8], _ special: [UInt8], _ mark: UInt8, newline: Bool = false) -> [UInt8] {
            var result = [mark]
            for byte in text {
                if newline && byte == 10 {
                    result += "\\n".utf8
                    continue
                }
                if special.contains(byte) { result.append(UInt8(ascii: "\\")) }
                result.append(byte)
            }
            return result + [mark]
        }
        if arguments.isOn("shell") {
            return { text in
                var result = [UInt8(ascii: "'")]
                for byte in text {
                    if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "!") {
                        result += "'\\".utf8
                        result += [byte, UInt8(ascii: "'")]
                    } else {
                        result.append(byte)
                    }
                }
                return result + [UInt8(ascii: "'")]
            }
        }
        if arguments.isOn("perl") { return { escaped($0, Array("'\\".utf8), UInt8(ascii: "'")) } }
        if arguments.isOn("python") { return { escaped($0, Array("'\\".utf8), UInt8(ascii: "'"), newline: true) } }
        if arguments.isOn("tcl") { return { escaped($0, Array("[]{}$\\\"".utf8), UInt8(ascii: "\"")) } }
        return nil
    }
}
