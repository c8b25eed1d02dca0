/// The options before the verb.
struct GlobalOptions: Sendable {
    /// `-C`: directories to change to, in order.
    var directories: [String] = []
    /// `-c name=value`; a missing value means true.
    var configuration: [(name: String, value: String?)] = []
    var gitDirectory: String?
    var workTree: String?
    var namespace: String?
    var isBare = false
    /// `-p` is true, `--no-pager` false.
    var paginate: Bool?
    var usesReplaceObjects = true
    var takesOptionalLocks = true
    /// `--literal-pathspecs` and its siblings, under the name of the variable that means the same.
    var pathspecVariables: [String: String] = [:]

    /// What the words before the verb ask for instead of a verb.
    enum Request: Equatable {
        case verb
        case version
        case help
        case execPath
    }

    /// Takes the global options off the front of `words`.
    ///
    /// - Throws: a usage error for an unknown option or a missing value.
    static func parse(_ words: inout ArraySlice<[UInt8]>) throws(CommandError) -> (GlobalOptions, Request) {
        var options = GlobalOptions()
        while let word = words.first, word.first == UInt8(ascii: "-"), word.count > 1 {
            let text = String(decoding: word, as: UTF8.self)
            words.removeFirst()
            switch text {
            case "--version", "-v": return (options, .version)
            case "--help", "-h": return (options, .help)
            case "--exec-path": return (options, .execPath)
            case "--bare": options.isBare = true
            case "-p", "--paginate": options.paginate = true
            case "-P", "--no-pager": options.paginate = false
            case "--no-replace-objects": options.usesReplaceObjects = false
            case "--no-optional-locks": options.takesOptionalLocks = false
            case "--literal-pathspecs": options.pathspecVariables["GIT_LITERAL_PATHSPECS"] = "1"
            case "--glob-pathspecs": options.pathspecVariables["GIT_GLOB_PATHSPECS"] = "1"
            case "--noglob-pathspecs": options.pathspecVariables["GIT_NOGLOB_PATHSPECS"] = "1"
            case "--icase-pathspecs": options.pathspecVariables["GIT_ICASE_PATHSPECS"] = "1"
            default: try options.takeValue(text, &words)
            }
        }
        return (options, .verb)
    }

    private mutating func takeValue(_ word: String, _ words: inout ArraySlice<[UInt8]>) throws(CommandError) {
        func separate() throws(CommandError) -> String {
            guard let next = words.popFirst() else { throw .usage("no value given for \(word)") }
            return String(decoding: next, as: UTF8.self)
        }
        switch word {
        case "-C": directories.append(try separate())
        case "-c":
            let setting = try separate()
            let equals = setting.firstIndex(of: "=")
            configuration.append(
                (
                    String(setting[..<(equals ?? setting.endIndex)]),
                    equals.map { String(setting[setting.index(after: $0)...]) }
                ))
        case "--git-dir": gitDirectory = try separate()
        case "--work-tree": workTree = try separate()
        case "--namespace": namespace = try separate()
        default:
            if word.hasPrefix("--git-dir=") {
                gitDirectory = String(word.dropFirst(10))
            } else if word.hasPrefix("--work-tree=") {
                workTree = String(word.dropFirst(12))
            } else if word.hasPrefix("--namespace=") {
                namespace = String(word.dropFirst(12))
            } else {
                throw .usage("unknown option: \(word)")
            }
        }
    }
}
