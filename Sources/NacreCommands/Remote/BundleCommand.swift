internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitTransport
internal import SystemPackage

/// `bundle`: carries refs and objects in one file.
struct BundleCommand: Command {
    static let name = "bundle"
    static let summary = "move objects and refs by archive"
    static let usage = [
        "create [-q | --quiet] [--version=<version>] <file> <git-rev-list-args>",
        "verify [-q | --quiet] <file>", "list-heads <file> [<refname>...]",
        "unbundle <file> [<refname>...]",
    ]
    static let parsesOptions = false

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let verb = arguments.words.first else { throw CommandError.usage("need a subcommand") }
        let words = Array(arguments.words.dropFirst())
        switch String(decoding: verb, as: UTF8.self) {
        case "create": return try BundleCreation(context).run(words)
        case "verify": return try verify(words, context)
        case "list-heads": return try listHeads(words, context)
        case "unbundle": return try unbundle(words, context)
        case let other: throw CommandError.usage("unknown subcommand: `\(other)'")
        }
    }

    private static func open(_ word: [UInt8], _ context: Context) throws -> BundleFile {
        let path = context.workingDirectory.pushing(FilePath(bytes: word))
        do {
            return try BundleFile(reading: path)
        } catch BundleError.notABundle {
            let shown = String(decoding: word, as: UTF8.self)
            throw CommandError.error("'\(shown)' does not look like a v2 or v3 bundle file")
        } catch TransportError.file {
            throw CommandError.error("could not open '\(String(decoding: word, as: UTF8.self))'")
        }
    }

    private static func parse(
        _ words: [[UInt8]], _ options: [OptionSpec]
    ) throws -> (options: Arguments, file: [UInt8], rest: [[UInt8]]) {
        let arguments = try ArgumentParser.parse(words, options: options, permutes: false)
        guard let file = arguments.operands.first else { throw CommandError.usage("no <file>") }
        return (arguments, file, Array(arguments.operands.dropFirst()))
    }

    private static func list(_ lines: [BundleFile.Line], _ names: [[UInt8]] = [], _ context: Context) {
        for line in lines where names.isEmpty || names.contains(line.text) {
            context.output.line(line.id.hexBytes + [32] + line.text)
        }
    }

    private static func verify(_ words: [[UInt8]], _ context: Context) throws -> ExitCode {
        let (options, file, _) = try parse(words, [.flag("quiet", "q", "do not show bundle details")])
        let bundle = try open(file, context)
        let repository = try context.repository()
        let missing = BundlePrerequisites.missing(bundle, repository)
        if !missing.isEmpty {
            context.errors.line("error: \(BundleError.missingPrerequisites(missing))")
            return .failure
        }
        if let lacking = try BundlePrerequisites.unconnected(bundle, repository) {
            context.errors.line("error: Could not read \(lacking)")
            return .failure
        }
        let output = context.output
        if !options.isOn("quiet") {
            let count = bundle.refs.count
            output.line(count == 1 ? "The bundle contains this ref:" : "The bundle contains these \(count) refs:")
            list(bundle.refs, [], context)
            let needs = bundle.prerequisites.count
            if needs == 0 {
                output.line("The bundle records a complete history.")
            } else {
                output.line(needs == 1 ? "The bundle requires this ref:" : "The bundle requires these \(needs) refs:")
                for line in bundle.prerequisites { output.line(line.id.hexBytes + [32]) }
            }
            output.line("The bundle uses this hash algorithm: \(bundle.algorithm.name)")
            if let filter = bundle.filter { output.line("The bundle uses this filter: \(filter)") }
            output.flush()
        }
        context.errors.line("\(String(decoding: file, as: UTF8.self)) is okay")
        return .success
    }

    private static func listHeads(_ words: [[UInt8]], _ context: Context) throws -> ExitCode {
        let (_, file, names) = try parse(words, [])
        list(try open(file, context).refs, names, context)
        return .success
    }

    private static func unbundle(_ words: [[UInt8]], _ context: Context) throws -> ExitCode {
        let (_, file, names) = try parse(words, [])
        let bundle = try open(file, context)
        let repository = try context.repository()
        let missing = BundlePrerequisites.missing(bundle, repository)
        guard missing.isEmpty else {
            throw CommandError.error("\(BundleError.missingPrerequisites(missing))")
        }
        var settings = PackIndexer.Options()
        if bundle.filter != nil { settings.promisorMessage = [] }
        let indexer = try PackIndexer(repository.objects, options: settings)
        try bundle.readPack { try indexer.receive($0) }
        _ = try indexer.finish()
        list(bundle.refs, names, context)
        return .success
    }
}

/// One run of `bundle create`.
private struct BundleCreation {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func run(_ words: [[UInt8]]) throws -> ExitCode {
        let options: [OptionSpec] = [
            .flag("quiet", "q", "do not show progress meter: none is shown"),
            .value("version", "n", "specify bundle format version"),
        ]
        let arguments = try ArgumentParser.parse(words, options: options, permutes: false)
        guard let file = arguments.operands.first else { throw CommandError.usage("no <file>") }
        let repository = try context.repository()
        var bundle = BundleFile(path: context.workingDirectory.pushing(FilePath(bytes: file)))
        bundle.algorithm = repository.algorithm
        let oldest = repository.algorithm == .sha1 ? 2 : 3
        bundle.version = try arguments.integer("version").flatMap { $0 < 0 ? nil : $0 } ?? oldest
        guard (2...3).contains(bundle.version) else {
            throw CommandError.fatal("unsupported bundle version \(bundle.version)")
        }
        guard bundle.version >= oldest else {
            throw CommandError.fatal(
                "cannot write bundle version \(bundle.version) with algorithm \(bundle.algorithm.name)")
        }
        let selection = RevisionOptions.selection
        let request = try RevisionRequest(context)
        let revisions = try ArgumentParser.parse(Array(arguments.operands.dropFirst()), options: selection)
        try request.parse(revisions)
        request.walk.showsBoundary = true
        var shown: Set<ObjectID> = []
        var walk = try request.makeWalk()
        while let entry = try walk.next() {
            guard entry.isBoundary else {
                shown.insert(entry.id)
                continue
            }
            let subject = try repository.objects.commit(entry.id).subject
            bundle.prerequisites.append(.init(id: entry.id, text: Array(subject)))
        }
        try addRefs(to: &bundle, request, shown, repository)
        guard !bundle.refs.isEmpty else { throw CommandError.fatal("Refusing to create empty bundle.") }
        let excluded = request.pending.filter(\.isExcluded).map(\.id) + bundle.prerequisites.map(\.id)
        let pack = try PushPack(
            repository.objects, wants: bundle.refs.map(\.id), haves: excluded, cut: repository.shallowCommits,
            isThin: true, usesOffsets: true)
        try write(bundle, pack.path, toOutput: file.elementsEqual("-".utf8))
        // The pack's file goes away with it.
        withExtendedLifetime(pack) {}
        return .success
    }

    /// The refs among what was asked for, by their full names.
    private func addRefs(
        to bundle: inout BundleFile, _ request: RevisionRequest, _ shown: Set<ObjectID>, _ repository: Repository
    ) throws {
        var names: Set<RefName> = []
        for item in request.pending where !item.isExcluded {
            guard let name = try fullName(item.name, item.id, repository) else { continue }
            // What was taken out again by name is not spoken of.
            if request.pending.contains(where: { $0.isExcluded && $0.id == item.id }) { continue }
            if item.kind == .commit, !shown.contains(item.id) {
                context.errors.line("warning: ref '\(item.name)' is excluded by the rev-list options")
                continue
            }
            guard names.insert(name).inserted, let id = try repository.refs.resolve(name) else { continue }
            bundle.refs.append(.init(id: id, text: name.bytes))
        }
    }

    private func fullName(_ text: String, _ id: ObjectID, _ repository: Repository) throws -> RefName? {
        if text == "HEAD" || text == "@" { return .head }
        for candidate in FetchMap.expansions(text) where candidate.hasPrefix("refs/") {
            guard let name = try? RefName(candidate), let found = try repository.refs.resolve(name) else { continue }
            let target = try repository.objects.peelTags(found).id
            return found == id || target == id ? name : nil
        }
        return nil
    }

    private func write(_ bundle: BundleFile, _ pack: FilePath, toOutput: Bool) throws {
        if toOutput {
            context.output.write(bundle.header)
            try copy(pack) { context.output.write($0) }
            return
        }
        var file = try TemporaryFile(in: bundle.path.removingLastComponent(), prefix: "bundle", permissions: 0o644)
        try file.output.write(bundle.header)
        let box = BundleOutput(file)
        try copy(pack) { try box.write($0) }
        try box.finish(as: bundle.path)
    }

    private func copy(_ path: FilePath, _ sink: ([UInt8]) throws -> Void) throws {
        try BundleFile(path: path).readPack(sink)
    }
}

/// Carries a temporary file into a closure that writes to it.
private final class BundleOutput {
    private var file: TemporaryFile

    init(_ file: consuming TemporaryFile) { self.file = file }

    func write(_ bytes: [UInt8]) throws { try file.output.write(bytes) }

    func finish(as path: FilePath) throws { try file.finish(as: path) }
}
