internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

/// `apply`: patches to files and index.
enum ApplyCommand: Command {
    static let name = "apply"
    static let summary = "apply a patch to files and/or to the index"
    static let usage = ["[<options>] [<patch>...]"]
    static let options: [OptionSpec] = [
        .value("exclude", "path", "don't apply changes matching the given path"),
        .value("include", "path", "apply changes matching the given path"),
        .shortValue("p", "num", "remove <num> leading slashes from traditional diff paths"),
        .flag("no-add", negatable: false, "ignore additions made by the patch"),
        .flag("stat", "instead of applying the patch, output diffstat for the input"),
        .flag("numstat", "show number of added and deleted lines in decimal notation"),
        .flag("summary", "instead of applying the patch, output a summary for the input"),
        .flag("check", "instead of applying the patch, see if the patch is applicable"),
        .flag("index", "make sure the patch is applicable to the current index"),
        .flag("intent-to-add", "N", "mark new files with `git add --intent-to-add`"),
        .flag("cached", "apply a patch without touching the working tree"),
        .flag("unsafe-paths", "accept a patch that touches outside the working area"),
        .flag("apply", "also apply the patch (use with --stat/--summary/--check)"),
        .flag("3way", "3", "attempt three-way merge, fall back on normal patch if that fails"),
        .flag("null", "z", "paths are separated with NUL character"),
        .shortValue("C", "n", "ensure at least <n> lines of context match"),
        .value("whitespace", "action", "detect new or modified lines that have whitespace errors"),
        .flag(
            "ignore-space-change", aliases: ["ignore-whitespace"], "ignore changes in whitespace when finding context"),
        .flag("reverse", "R", "apply the patch in reverse"),
        .flag("unidiff-zero", "don't expect at least one line of context"),
        .flag("reject", "leave the rejected hunks in corresponding *.rej files"),
        .flag("allow-overlap", "allow overlapping hunks"),
        .flag("verbose", "v", "be more verbose"),
        .flag("quiet", "q", "be more quiet"),
        .flag("recount", "do not trust the line counts in the hunk headers"),
        .value("directory", "root", "prepend <root> to all filenames"),
        .flag("allow-empty", "don't return error for empty patches"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let settings = try PatchSettings(arguments, context)
        let operation = PatchOperation(context: context, settings: settings)
        let inputs = arguments.operands.isEmpty ? [Array("-".utf8)] : arguments.operands
        var code = ExitCode.success
        for input in inputs {
            let (name, content) = try read(input, context)
            let outcome = try operation.run(content, name: name)
            if outcome == .fatal || outcome == .failure { return outcome }
            if outcome != .success { code = .failure }
        }
        return try operation.reportWhitespace() ? code : .fatal
    }

    private static func read(_ operand: [UInt8], _ context: Context) throws -> (name: String, content: [UInt8]) {
        if operand.elementsEqual("-".utf8) { return ("<stdin>", try Files.readAll(0, path: "standard input")) }
        let name = String(decoding: operand, as: UTF8.self)
        do throws(FileError) {
            return (name, try Files.read(context.workingDirectory.pushing(FilePath(bytes: operand))))
        } catch {
            throw CommandError(.error, "can't open patch '\(name)': \(error.code)", exitCode: .fatal)
        }
    }
}

/// What is done about errors in white space.
enum WhitespaceAction {
    case ignore, warn, fix, fail, failAndListAll

    init?(_ name: String) {
        switch name {
        case "nowarn": self = .ignore
        case "warn": self = .warn
        case "fix", "strip": self = .fix
        case "error": self = .fail
        case "error-all": self = .failAndListAll
        default: return nil
        }
    }
}

/// How patches are read, limited and applied: `apply`'s options and settings, which `am` hands on.
struct PatchSettings {
    var parsing = PatchParser.Options()
    var application = PatchApplication.Options()
    var whitespace = WhitespaceAction.warn
    /// Patterns in the order given; the first that matches decides.
    var limits: [(pattern: [UInt8], isIncluding: Bool)] = []
    var applies = true
    var checks = false
    var announcesNew = false
    var allowsEmpty = false
    var endsWithNUL = false
    var formats: DiffOptions.Formats = []

    init() {}

    init(_ arguments: Arguments, _ context: Context) throws {
        let config = try context.configuration()
        formats = [
            arguments.isOn("stat") ? .stat : [], arguments.isOn("numstat") ? .numstat : [],
            arguments.isOn("summary") ? .summary : [],
        ]
        checks = arguments.isOn("check")
        applies = formats.isEmpty && !checks || arguments.isOn("apply") || arguments.isOn("reject")
        allowsEmpty = arguments.isOn("allow-empty")
        endsWithNUL = arguments.isOn("null")
        try readPaths(arguments)
        let hasRepository = try context.repositoryIfPresent() != nil
        for option in ["3way", "index", "cached"] where arguments.isOn(option) && !hasRepository {
            throw CommandError(.error, "'--\(option)' outside a repository", exitCode: .fatal)
        }
        if arguments.isOn("reject") && arguments.isOn("3way") {
            throw CommandError(
                .error, "options '--reject' and '--3way' cannot be used together", exitCode: .fatal)
        }
        application.isThreeWay = arguments.isOn("3way")
        application.leavesFiles = arguments.isOn("cached")
        application.usesIndex = arguments.isOn("index") || application.isThreeWay || application.leavesFiles
        application.rejects = arguments.isOn("reject")
        application.allowsUnsafePaths = arguments.isOn("unsafe-paths") && !application.usesIndex
        application.isReversed = arguments.isOn("reverse")
        application.verbosity = arguments.isOn("quiet") ? -1 : arguments.isOn("verbose") || application.rejects ? 1 : 0
        announcesNew = arguments.isOn("intent-to-add") && !application.usesIndex && hasRepository
        application.image.hasNoContext = arguments.isOn("unidiff-zero")
        application.image.minimumContext = try arguments.integer("C")
        application.image.allowsOverlap = arguments.isOn("allow-overlap")
        application.image.addsLines = !arguments.isOn("no-add")
        let ignores = config.string("apply.ignorewhitespace").map { $0.lowercased() == "change" } ?? false
        application.image.ignoresBlanks = arguments.flag("ignore-space-change") ?? ignores
        try readWhitespace(arguments.text("whitespace") ?? config.string("apply.whitespace"))
        if formats.isEmpty == false || checks, !applies, arguments.text("whitespace") == nil { whitespace = .ignore }
        application.noticesWhitespace = whitespace != .ignore
    }

    private mutating func readPaths(_ arguments: Arguments) throws {
        if let count = try arguments.integer("p") { parsing.stripCount = count }
        if var directory = arguments.bytes("directory"), !directory.isEmpty {
            if directory.last != UInt8(ascii: "/") { directory.append(UInt8(ascii: "/")) }
            parsing.directory = directory
        }
        parsing.recounts = arguments.isOn("recount")
        parsing.demandsContent = applies || checks
        for occurrence in arguments.occurrences where ["include", "exclude"].contains(occurrence.name) {
            if let value = occurrence.value { limits.append((value, occurrence.name == "include")) }
        }
    }

    mutating func readWhitespace(_ name: String?) throws {
        guard let name else { return }
        guard let action = WhitespaceAction(name) else {
            throw CommandError(.error, "unrecognized whitespace option '\(name)'", exitCode: .usage)
        }
        whitespace = action
        application.fixesWhitespace = action == .fix
    }

    /// Whether a path passes `--include` and `--exclude`.
    func includes(_ path: GitPath) -> Bool {
        for limit in limits where Wildmatch.matches(limit.pattern, path.bytes) { return limit.isIncluding }
        return !limits.contains { $0.isIncluding }
    }
}
