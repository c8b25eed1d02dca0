internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `config`: reads and changes settings.
enum ConfigCommand: Command {
    static let name = "config"
    static let summary = "get and set repository or global options"
    static let usage = ["[<options>]"]
    static let options: [OptionSpec] = [
        .flag("global", "use global config file"), .flag("system", "use system config file"),
        .flag("local", "use repository config file"), .flag("worktree", "use per-worktree config file"),
        .value("file", "f", "file", "use given config file"),
        .value("blob", "blob-id", "read config from given blob object"),
        .flag("get", negatable: false, "get value: name [value-pattern]"),
        .flag("get-all", negatable: false, "get all values: key [value-pattern]"),
        .flag("get-regexp", negatable: false, "get values for regexp: name-regex [value-pattern]"),
        .flag("get-urlmatch", negatable: false, hidden: true, "get value specific for the URL: section[.var] URL"),
        .flag("replace-all", negatable: false, "replace all matching variables: name value [value-pattern]"),
        .flag("add", negatable: false, "add a new variable: name value"),
        .flag("unset", negatable: false, "remove a variable: name [value-pattern]"),
        .flag("unset-all", negatable: false, "remove all matches: name [value-pattern]"),
        .flag("rename-section", negatable: false, "rename section: old-name new-name"),
        .flag("remove-section", negatable: false, "remove a section: name"),
        .flag("list", "l", negatable: false, "list all"),
        .flag("fixed-value", "use string equality when comparing values to 'value-pattern'"),
        .flag("edit", "e", negatable: false, "open an editor"),
        .flag("get-color", negatable: false, "find the color configured: slot [default]"),
        .flag("get-colorbool", negatable: false, "find the color setting: slot [stdout-is-tty]"),
        .value("type", "t", "type", "value is given this type"),
        .flag("bool", negatable: false, "value is \"true\" or \"false\""),
        .flag("int", negatable: false, "value is decimal number"),
        .flag("bool-or-int", negatable: false, "value is --bool or --int"),
        .flag("path", negatable: false, "value is a path (file or directory name)"),
        .flag("expiry-date", negatable: false, "value is an expiry date"),
        .flag("null", "z", "terminate values with NUL byte"), .flag("name-only", "show variable names only"),
        .flag("includes", "respect include directives on lookup"),
        .flag("show-origin", "show origin of config (file, standard input, blob, command line)"),
        .flag("show-scope", "show scope of config (worktree, local, global, system, command)"),
        .value("default", "value", "with --get, use default value when missing entry"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let session = try ConfigSession(arguments, context)
        return try session.run()
    }
}

/// One call of `config`.
struct ConfigSession {
    let arguments: Arguments
    let context: Context
    let words: [String]

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        words = arguments.texts
    }

    private static let actions = [
        "get", "get-all", "get-regexp", "get-urlmatch", "replace-all", "add", "unset", "unset-all", "rename-section",
        "remove-section", "list", "edit", "get-color", "get-colorbool",
    ]

    func run() throws -> ExitCode {
        let scopes = ["global", "system", "local", "worktree", "file", "blob"].filter { arguments.last($0) != nil }
        if scopes.count > 1 { throw CommandError.usage("only one config file at a time") }
        let actions = Self.actions.filter { arguments.has($0) }
        if actions.count > 1 { throw CommandError.usage("only one action at a time") }
        func demand(_ range: ClosedRange<Int>) throws {
            guard range.contains(words.count) else {
                throw CommandError.usage(
                    "wrong number of arguments, should be from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        switch actions.first {
        case "list":
            try demand(0...0)
            for entry in try entries() { print(entry, showsKey: true) }
            return .success
        case "get":
            try demand(1...2)
            return try get(all: false)
        case "get-all":
            try demand(1...2)
            return try get(all: true)
        case "get-regexp":
            try demand(1...2)
            return try getMatching()
        case "add":
            try demand(2...2)
            return try change { file throws(ConfigError) in try file.add(words[0], try formatted(words[1])) }
        case "replace-all":
            try demand(2...3)
            let match = try match(2)
            return try change { file throws(ConfigError) in
                try file.set(words[0], to: try formatted(words[1]), matching: match, replacingAll: true)
            }
        case "unset", "unset-all":
            try demand(1...2)
            let match = try match(1)
            let all = actions.first == "unset-all"
            return try change { file throws(ConfigError) in try file.unset(words[0], matching: match, all: all) }
        case "rename-section":
            try demand(2...2)
            return try section { file throws(ConfigError) in try file.renameSection(words[0], to: words[1]) }
        case "remove-section":
            try demand(1...1)
            return try section { file throws(ConfigError) in try file.removeSection(words[0]) }
        case "edit":
            try context.edit(try path())
            return .success
        case "get-color":
            try demand(1...2)
            let text =
                try entries().last { $0.key.description == words[0].lowercased() }?.text
                ?? (words.count > 1 ? words[1] : "")
            guard let sequence = TerminalColor.sequence(text) else {
                throw CommandError.fatal("unable to parse default color value")
            }
            context.output.write(sequence)
            return .success
        case "get-colorbool":
            try demand(1...2)
            let when = try entries().last { $0.key.description == words[0].lowercased() }?.text
            let isTerminal = words.count > 1 ? words[1] == "true" : context.output.isTerminal
            let isOn = when == "always" || (when != "never" && when != "false" && isTerminal)
            if words.count > 1 { context.output.line(isOn ? "true" : "false") }
            return isOn ? .success : .failure
        case "get-urlmatch":
            try demand(2...2)
            return try getURLMatch()
        default:
            try demand(1...3)
            if words.count == 1 { return try get(all: false) }
            let match = try match(2)
            return try change { file throws(ConfigError) in
                do throws(ConfigError) {
                    try file.set(words[0], to: try formatted(words[1]), matching: match)
                } catch {
                    guard case .multipleValues = error else { throw error }
                    context.errors.line("warning: \(error)")
                    context.errors.line(
                        "error: cannot overwrite multiple values with a single value\n       Use a regexp, --add or --replace-all to change \(words[0])."
                    )
                    throw error
                }
            }
        }
    }

    // MARK: Places

    private func path() throws -> FilePath {
        if let file = arguments.bytes("file") { return context.workingDirectory.pushing(FilePath(bytes: file)) }
        let discovery = context.discovery
        if arguments.isOn("global") {
            // The last one is the user's own, unless only the other exists.
            guard let last = discovery.globalConfig.last else { throw CommandError.fatal("$HOME not set") }
            let existing = discovery.globalConfig.last {
                (try? FileStatus.of($0, followingLinks: true)).flatMap { $0 } != nil
            }
            return existing ?? last
        }
        if arguments.isOn("system") { return discovery.systemConfig ?? "/etc/gitconfig" }
        // One that is not trusted is none.
        guard let repository = (try? context.repositoryIfPresent()) ?? nil else {
            throw arguments.isOn("local")
                ? CommandError.fatal("--local can only be used inside a git repository")
                : CommandError.fatal("not in a git directory")
        }
        if arguments.isOn("worktree"), try repository.config.bool("extensions.worktreeconfig") == true {
            return repository.gitDirectory.appending("config.worktree")
        }
        return repository.commonDirectory.appending("config")
    }

    private var isOneFile: Bool {
        ["global", "system", "local", "worktree", "file"].contains { arguments.last($0) != nil }
    }

    func entries() throws -> [ConfigEntry] {
        if let blob = arguments.text("blob") {
            let repository = try context.repository()
            guard let id = try context.revisionResolver().find(blob)?.id else {
                throw CommandError.fatal("unable to resolve config blob '\(blob)'")
            }
            return try Config(parsing: repository.objects.read(id, as: .blob), place: .blob(blob)).entries
        }
        guard isOneFile else { return try context.configuration().entries }
        if arguments.text("file") == "-" {
            return try Config(parsing: Files.readAll(0, path: "standard input"), place: .standardInput).entries
        }
        let path = try path()
        let isGlobal = arguments.isOn("global")
        let scope: ConfigScope =
            isGlobal
            ? .global
            : arguments.isOn("system")
                ? .system
                : arguments.isOn("worktree")
                    ? .worktree
                    : arguments.isOn("local") ? .local : .command
        let files = isGlobal && arguments.last("file") == nil ? context.discovery.globalConfig : [path]
        let exists = files.contains { (try? FileStatus.of($0, followingLinks: true)).flatMap { $0 } != nil }
        if !exists, arguments.has("list") {
            throw CommandError.fatal(
                "unable to read config file '\(arguments.text("file") ?? path.string)': No such file or directory")
        }
        let shown = arguments.bytes("file").map { [FilePath(bytes: $0)] } ?? files
        return try Config(
            loading: shown.map { .file($0, scope) },
            context: ConfigContext(
                home: context.home, gitDirectory: try? context.repositoryIfPresent()?.gitDirectory,
                followsIncludes: arguments.isOn("includes"))
        ).entries
    }

    // MARK: Reading

    private func match(_ index: Int) throws -> ConfigFile.Match {
        guard words.count > index else { return .any }
        let test = try valueTest(words[index])
        return .matching { test($0 ?? []) }
    }

    private func valueTest(_ text: String) throws -> ([UInt8]) -> Bool {
        if arguments.isOn("fixed-value") { return { $0.elementsEqual(text.utf8) } }
        let isNegated = text.hasPrefix("!")
        let source = isNegated ? String(text.dropFirst()) : text
        guard let pattern = LinePattern(source) else {
            throw CommandError(.error, "invalid pattern: \(source)", exitCode: ExitCode(6))
        }
        return { pattern.matches($0[...]) != isNegated }
    }

    func key(_ text: String) throws -> ConfigKey {
        do throws(ConfigError) {
            return try ConfigKey(parsing: text.utf8)
        } catch {
            throw CommandError.error("\(error)")
        }
    }

    private func get(all: Bool) throws -> ExitCode {
        let key = try key(words[0])
        let test = words.count > 1 ? try valueTest(words[1]) : { _ in true }
        let found = try entries().filter { $0.key == key && test($0.value ?? []) }
        if found.isEmpty, let fallback = arguments.text("default"), !all {
            print(
                ConfigEntry(
                    key: key, value: Array(fallback.utf8), origin: ConfigOrigin(scope: .command, place: .commandLine)),
                showsKey: false)
            return .success
        }
        guard let last = found.last else { return .failure }
        for entry in all ? found : [last] {
            context.output.write(try line(entry, showsKey: false))
        }
        return .success
    }

    private func getMatching() throws -> ExitCode {
        guard let pattern = LinePattern(Self.lowered(words[0])) else {
            throw CommandError(.error, "invalid key pattern: \(words[0])", exitCode: ExitCode(6))
        }
        let test = words.count > 1 ? try valueTest(words[1]) : { _ in true }
        let found = try entries().filter { pattern.matches($0.key.bytes[...]) && test($0.value ?? []) }
        for entry in found { context.output.write(try line(entry, showsKey: true)) }
        return found.isEmpty ? .failure : .success
    }

    /// The pattern with section and name in lower case, as keys are.
    private static func lowered(_ text: String) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return text.lowercased() }
        let middle = parts.dropFirst().dropLast()
        return ([first.lowercased()] + middle.map(String.init) + [last.lowercased()]).joined(separator: ".")
    }

    private func print(_ entry: ConfigEntry, showsKey: Bool) {
        let isNull = arguments.isOn("null")
        var text = origin(entry)
        text += entry.key.bytes
        if showsKey && !arguments.isOn("name-only") {
            if let value = entry.value { text += [isNull ? 10 : UInt8(ascii: "=")] + value }
        } else if !showsKey {
            text = origin(entry) + (entry.value ?? [])
        }
        text.append(isNull ? 0 : 10)
        context.output.write(text)
    }

    private func origin(_ entry: ConfigEntry) -> [UInt8] {
        let separator: UInt8 = arguments.isOn("null") ? 0 : 9
        var text: [UInt8] = []
        if arguments.isOn("show-scope") { text += Array(entry.origin.scope.name.utf8) + [separator] }
        if arguments.isOn("show-origin") {
            switch entry.origin.place {
            case .file(let path): text += "file:".utf8 + shownPath(path)
            case .commandLine: text += "command line:".utf8
            case .blob(let name): text += "blob:\(name)".utf8
            case .standardInput: text += "standard input:".utf8
            }
            text.append(separator)
        }
        return text
    }

    /// The repository's own file is named from the working directory where it stands below that.
    private func shownPath(_ path: FilePath) -> [UInt8] {
        var relative = path
        return relative.removePrefix(context.workingDirectory) ? relative.bytes : path.bytes
    }

    func line(_ entry: ConfigEntry, showsKey: Bool) throws -> [UInt8] {
        let isNull = arguments.isOn("null")
        var text = origin(entry)
        if showsKey {
            text += entry.key.bytes
            if arguments.isOn("name-only") { return text + [isNull ? 0 : 10] }
        }
        let type = type()
        if entry.value != nil || type == "bool" || type == "bool-or-int" {
            if showsKey { text.append(isNull ? 10 : 0x20) }
            text += try typed(entry, type)
        }
        return text + [isNull ? 0 : 10]
    }

    // MARK: Types

    private func type() -> String? {
        for occurrence in arguments.occurrences.reversed() {
            if occurrence.name == "type" { return occurrence.isNegated ? nil : occurrence.text }
            if ["bool", "int", "bool-or-int", "path", "expiry-date"].contains(occurrence.name) {
                return occurrence.name
            }
        }
        return nil
    }

    private func typed(_ entry: ConfigEntry, _ type: String?) throws -> [UInt8] {
        switch type {
        case nil: return entry.value ?? []
        case "bool": return Array((try ConfigValue.bool(entry) ? "true" : "false").utf8)
        case "int": return Array(String(try located(entry)).utf8)
        case "bool-or-int":
            if entry.value == nil { return Array("true".utf8) }
            if let word = ConfigValue.boolWord(entry.value ?? []) { return Array((word ? "true" : "false").utf8) }
            return Array(String(try located(entry)).utf8)
        case "path": return try ConfigValue.path(entry, home: context.home).bytes
        case "expiry-date":
            guard let time = ApproximateDate.parse(entry.text, now: context.now, localZone: context.localZone) else {
                throw CommandError.error("'\(entry.text)' for '\(entry.key)' is not a valid timestamp")
            }
            return Array(String(time).utf8)
        case "color":
            guard let sequence = TerminalColor.sequence(entry.text) else {
                throw CommandError.error("invalid color value: \(entry.text)")
            }
            return Array(sequence.utf8)
        case .some(let other): throw CommandError.error("unrecognized --type argument, \(other)")
        }
    }

    /// A number; the error says in which file it stands.
    private func located(_ entry: ConfigEntry) throws -> Int {
        do throws(ConfigError) {
            return try ConfigValue.int(entry)
        } catch {
            guard case .badNumber(let key, let value, let fault) = error else { throw error }
            throw CommandError.fatal(
                "bad numeric config value '\(value)' for '\(key)' in \(entry.origin.phrase): \(fault.rawValue)")
        }
    }

    /// A value as it is written with the type that was asked for.
    private func formatted(_ text: String) throws(ConfigError) -> [UInt8] {
        let bytes = Array(text.utf8)
        let key = ConfigKey(section: "", subsection: nil, name: words[0])
        let entry = ConfigEntry(key: key, value: bytes, origin: ConfigOrigin(scope: .command, place: .commandLine))
        switch type() {
        case "bool": return Array((try ConfigValue.bool(entry) ? "true" : "false").utf8)
        case "int": return Array(String(try ConfigValue.int(entry)).utf8)
        case "bool-or-int":
            if let word = ConfigValue.boolWord(bytes) { return Array((word ? "true" : "false").utf8) }
            return Array(String(try ConfigValue.int(entry)).utf8)
        default: return bytes
        }
    }

    // MARK: Changing

    private func change(_ body: (inout ConfigFile) throws(ConfigError) -> Void) throws -> ExitCode {
        do throws(ConfigError) {
            try ConfigFile.edit(try pathForChange(), body)
            return .success
        } catch {
            switch error {
            case .nothingToUnset: return ExitCode(5)
            case .multipleValues:
                if arguments.has("unset") { context.errors.line("warning: \(error)") }
                return ExitCode(5)
            case .invalidKey(let fault, _):
                throw CommandError(
                    .error, "\(error)", exitCode: fault == .noSection || fault == .noName ? ExitCode(2) : ExitCode(1))
            case .lock, .file:
                throw CommandError(
                    .error, "could not lock config file \(try path()): \(error)", exitCode: ExitCode(255))
            default: throw error
            }
        }
    }

    private func pathForChange() throws(ConfigError) -> FilePath {
        do {
            return try path()
        } catch {
            throw .badParameter("\(error)")
        }
    }

    private func section(_ body: (inout ConfigFile) throws(ConfigError) -> Void) throws -> ExitCode {
        do throws(ConfigError) {
            try ConfigFile.edit(try pathForChange(), body)
            return .success
        } catch {
            switch error {
            case .noSection: throw CommandError.fatal("no such section: \(words[0])")
            case .badSectionName: throw CommandError(.error, "\(error)", exitCode: .failure)
            default: throw error
            }
        }
    }
}
