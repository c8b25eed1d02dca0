internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

/// `rev-parse`: what revisions name, and where the repository stands.
///
/// Its words are read in order, as Git does: what is not known as an option of its own is passed through.
enum RevParseCommand: Command {
    static let name = "rev-parse"
    static let summary = "pick out and massage parameters"
    static let usage = ["[<options>] -- [<args>...]"]
    static let options: [OptionSpec] = []
    static let permutesOptions = false
    static let parsesOptions = false

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var parser = RevisionParser(context)
        do {
            return try parser.run(arguments.words)
        } catch let error as CommandError where error.kind != .fatal {
            throw error
        } catch {
            // What was found before is printed after the reason, as Git's own buffer has it.
            context.errors.line("fatal: \(error)")
            throw CommandError(.silent, "", exitCode: .fatal)
        }
    }
}

/// Reads the words of `rev-parse` one after the other.
struct RevisionParser {
    let context: Context
    var abbreviates = false
    var abbreviation: Int?
    var isVerifying = false
    var isQuiet = false
    var isSymbolic = false
    var isFullSymbolic = false
    var nameStyle: String?
    var showsNot = false
    var revisionsOnly = false
    var noRevisions = false
    var showsFlags: Bool?
    var quotesForShell = false
    var defaultName: String?
    var shown = 0
    var excluded: [String] = []
    var hasSeparator = false
    var pathFormat: String?
    /// `--prefix`: the directory that paths and `./` in revisions count from; it is shown before paths.
    var outputPrefix: String?

    init(_ context: Context) { self.context = context }

    mutating func run(_ words: [[UInt8]]) throws -> ExitCode {
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        if texts.first == "--parseopt" { return try ScriptOptions.run(Array(words.dropFirst()), context) }
        if texts.first == "--sq-quote" {
            context.output.line(words.dropFirst().flatMap { [UInt8(ascii: " ")] + ShellQuoting.quote($0) })
            return .success
        }
        if texts.first == "--local-env-vars" {
            for name in Self.localVariables { context.output.line(name) }
            return .success
        }
        let separator = texts.contains("--")
        var index = 0
        var isPath = false
        while index < texts.count {
            let text = texts[index]
            index += 1
            if hasSeparator || isPath {
                if try showFile(text), !hasSeparator { try demandFile(text, mayBeRevision: false) }
                continue
            }
            if text == "--" {
                hasSeparator = true
                if showsFlags != false || !noRevisions { _ = try showFile("--", isPath: false) }
                continue
            }
            if text.hasPrefix("-"), text != "-" {
                if try option(text, texts, &index) { continue }
                if isVerifying { try dieNoSingle() }
                if showsFlags != false, !revisionsOnly { pass(text) }
                continue
            }
            if try revision(text) { continue }
            if isVerifying { try dieNoSingle() }
            if separator { throw CommandError.fatal("bad revision '\(text)'") }
            // What follows the first path is a path too.
            isPath = true
            guard try showFile(text) else { break }
            try demandFile(text, mayBeRevision: true)
        }
        if isVerifying {
            if shown == 0, let defaultName { _ = try revision(defaultName) }
            if shown != 1 { try dieNoSingle() }
        } else if shown == 0, let defaultName {
            guard try revision(defaultName) else { return .success }
        }
        return .success
    }

    private static let localVariables = [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
        "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
    ]

    private func dieNoSingle() throws {
        if isQuiet { throw CommandError(.silent, "") }
        throw CommandError.fatal("Needed a single revision")
    }

    /// Prints a word: a line, or with `--sq` in quotes with a space.
    private func pass(_ text: String) {
        guard quotesForShell else { return context.output.line(text) }
        context.output.write("'\(text.replacing("'", with: "'\\''"))' ")
    }

    /// Prints a word that is no option or revision, where those are wanted; returns whether they are.
    private mutating func showFile(_ text: String, isPath: Bool = true) throws -> Bool {
        if let name = defaultName {
            defaultName = nil
            _ = try revision(name)
        }
        guard !revisionsOnly, showsFlags != true else { return false }
        pass(isPath ? (outputPrefix ?? "") + text : text)
        return true
    }

    // MARK: Revisions

    private func resolver() throws -> RevisionResolver {
        let quiet = isQuiet
        var resolver = try context.revisionResolver()
        if quiet { resolver.report = { _ in } }
        if let outputPrefix { resolver.prefix = GitPath(outputPrefix.split(separator: "/").joined(separator: "/")) }
        return resolver
    }

    mutating func show(_ id: ObjectID, _ name: String?, isExcluded: Bool) throws {
        if noRevisions { return }
        defaultName = nil
        shown += 1
        if isVerifying, shown > 1 { try dieNoSingle() }
        let mark = isExcluded != showsNot ? "^" : ""
        if isSymbolic || nameStyle != nil, let name {
            if isFullSymbolic || nameStyle != nil {
                let names = try resolver().fullNames(name)
                guard let first = names.first else {
                    // What is no ref has no name to be shown.
                    return
                }
                // A symbolic ref is shown as the ref that it leads to.
                let full = try context.repository().refs.resolveFully(first).name
                if let style = nameStyle {
                    context.output.line(
                        mark + (try RefShortening(context.repository()).shorten(full, isStrict: style == "strict")))
                } else {
                    context.output.line(mark + full.string)
                }
                return
            }
            context.output.line(mark + name)
            return
        }
        let text = abbreviates ? try context.repository().objects.abbreviate(id, minimum: abbreviation) : id.hex
        pass(mark + text)
    }

    private mutating func revision(_ text: String) throws -> Bool {
        let resolver = try resolver()
        let repository = try context.repository()
        func find(_ name: String) throws -> ObjectID? {
            do {
                return try resolver.find(name)?.id
            } catch let error as RevisionError where isQuiet {
                _ = error
                throw CommandError(.silent, "")
            }
        }
        if text != "..", let dots = text.firstRange(of: "..") {
            let isSymmetric = text[dots.upperBound...].hasPrefix(".")
            let right = isSymmetric ? text[dots.upperBound...].dropFirst() : text[dots.upperBound...]
            let leftName = dots.lowerBound == text.startIndex ? "HEAD" : String(text[..<dots.lowerBound])
            let rightName = right.isEmpty ? "HEAD" : String(right)
            if let a = try find(leftName), let b = try find(rightName) {
                try show(b, rightName, isExcluded: false)
                try show(a, leftName, isExcluded: !isSymmetric)
                if isSymmetric, let a = try resolver.peel(a, to: .commit), let b = try resolver.peel(b, to: .commit) {
                    var bases = MergeBases(repository)
                    for base in try bases.bases(of: a, [b]) { try show(base, nil, isExcluded: true) }
                }
                return true
            }
        }
        for suffix in ["^!", "^@", "^-"] {
            guard let mark = text.firstRange(of: suffix) else { continue }
            let rest = text[mark.upperBound...]
            let number = suffix == "^-" ? (rest.isEmpty ? 1 : Int(rest)) : rest.isEmpty ? 0 : nil
            let base = String(text[..<mark.lowerBound])
            guard let number, !base.isEmpty, let id = try find(base), let commit = try resolver.peel(id, to: .commit)
            else { continue }
            let parents = try repository.objects.links(commit).parents
            guard number <= parents.count else { continue }
            if suffix != "^@" { try show(commit, base, isExcluded: false) }
            for (index, parent) in parents.enumerated() where number == 0 || index + 1 == number {
                try show(parent, "\(base)^\(index + 1)", isExcluded: suffix != "^@")
            }
            return true
        }
        let isExcluded = text.hasPrefix("^")
        let name = isExcluded ? String(text.dropFirst()) : text
        guard let id = try find(name) else { return false }
        try show(id, name, isExcluded: isExcluded)
        return true
    }

    /// Refuses a word that is neither a file nor a pattern of files.
    private func demandFile(_ text: String, mayBeRevision: Bool) throws {
        if text.hasPrefix("-") { throw CommandError.fatal("option '\(text)' must come before non-option arguments") }
        if OperandSplit.looksLikePathspec(text.utf8) { return }
        var base = context.workingDirectory
        if let outputPrefix, let top = try context.repository().workTree { base = top.appending(outputPrefix) }
        let path = text.hasPrefix("/") ? FilePath(text) : base.appending(bytes: Array(text.utf8))
        if (try? FileStatus.of(path)).flatMap({ $0 }) != nil { return }
        guard mayBeRevision else {
            throw CommandError.fatal(
                "\(text): no such path in the working tree.\n"
                    + "Use 'git <command> -- <path>...' to specify paths that do not exist locally.")
        }
        try resolver().diagnose(text)
        throw RevisionError.unknown(text)
    }
}
