internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc
internal import SystemPackage

struct IndexPackCommand: Command {
    static let name = "index-pack"
    static let summary = "build the index of a pack"
    static let usage = [
        "[-v] [-o <index-file>] [--keep | --keep=<msg>] [--[no-]rev-index] [--verify] [--strict] (<pack-file> | --stdin [--fix-thin] [<pack-file>])"
    ]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", negatable: false, "accepted: progress is shown on a terminal only"),
        .shortValue("o", "index-file", "write the index to this file"),
        .flag("stdin", negatable: false, "read the pack from stdin and store it in the repository"),
        .flag("fix-thin", negatable: false, "complete a thin pack"),
        .optional("keep", "msg", negatable: false, "protect the pack with a .keep file"),
        .optional("promisor", "msg", negatable: false, "mark the pack as one of a partial clone"),
        .flag("rev-index", "write a reverse index"),
        .flag("verify", negatable: false, "check an existing pack and index"),
        .optional("strict", "msg-ids", negatable: false, "die on broken objects"),
        .flag("fsck-objects", negatable: false, "die on broken objects"),
        .flag("check-self-contained-and-connected", negatable: false, hidden: true, "die on links out of the pack"),
        .value("max-input-size", "size", negatable: false, "die if the pack is larger"),
        .value("object-format", "hash", negatable: false, "specify the hash algorithm to use"),
        .value("threads", "n", negatable: false, "use this many threads"),
        .value("index-version", "version", negatable: false, "only version 2 is written"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        if let version = arguments.text("index-version"), version != "2" {
            throw CommandError.fatal("bad \(version): only index version 2 is written")
        }
        if arguments.has("check-self-contained-and-connected") {
            throw CommandError.fatal("--check-self-contained-and-connected is not supported; use 'nacre fsck'")
        }
        if arguments.isOn("fix-thin"), !arguments.isOn("stdin") {
            throw CommandError.fatal("options '--fix-thin' and '--stdin' must be used together")
        }
        return arguments.isOn("stdin") ? try receive(arguments, context) : try index(arguments, context)
    }

    private static func checker(_ arguments: Arguments) -> ObjectChecker? {
        arguments.has("strict") || arguments.has("fsck-objects") ? ModulesCheck.transferChecker() : nil
    }

    private static func message(_ arguments: Arguments, _ name: String) -> [UInt8]? {
        guard arguments.has(name) else { return nil }
        guard let text = arguments.bytes(name), !text.isEmpty else { return [] }
        return text + [UInt8(ascii: "\n")]
    }

    private static func receive(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty, !arguments.has("o") else {
            throw CommandError.fatal("with --stdin the pack goes into the repository: no file can be named")
        }
        let repository = try context.repository()
        var options = PackIndexer.Options()
        options.completesThinPacks = arguments.isOn("fix-thin")
        options.checker = checker(arguments)
        options.keepMessage = message(arguments, "keep")
        options.promisorMessage = message(arguments, "promisor")
        options.writesReverseIndex = arguments.flag("rev-index") ?? true
        options.maximumPackSize = try arguments.integer("max-input-size").flatMap { $0 > 0 ? $0 : nil }
        let indexer = try PackIndexer(repository.objects, options: options)
        try feed(indexer)
        let outcome = try indexer.finish()
        context.output.line("\(outcome.keep == nil ? "pack" : "keep")\t\(outcome.checksum)")
        return .success
    }

    /// Gives standard input to an indexer.
    static func feed(_ indexer: PackIndexer) throws {
        var piece = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = piece.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw FileError("read", "-") }
            if count == 0 { return }
            try indexer.receive(piece.span.bytes.extracting(0..<count))
        }
    }

    private static func index(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 1 else { throw CommandError.usage("a pack file is needed") }
        let path = FilePath(bytes: arguments.operands[0])
        let algorithm = try PackFiles.algorithm(arguments, context)
        if arguments.isOn("verify") {
            let pack = PackFiles.pack(arguments.operands[0])
            let inspection = try PackInspection(packAt: pack, algorithm: algorithm, checker: checker(arguments))
            var indexPath = pack
            indexPath.extension = "idx"
            try PackIndex(indexPath, algorithm: algorithm).check(against: inspection, pack: pack)
            return .success
        }
        guard path.extension == "pack" || arguments.has("o") else {
            throw CommandError.fatal("packfile name '\(path)' does not end with '.pack'")
        }
        let inspection = try PackInspection(
            packAt: path, algorithm: algorithm, checker: checker(arguments),
            workers: arguments.integer("threads").flatMap { $0 > 0 ? $0 : nil } ?? Workers.processorCount)
        var indexPath = path
        indexPath.extension = "idx"
        let target = arguments.bytes("o").map { FilePath(bytes: $0) } ?? indexPath
        try write(inspection.index, to: target)
        if arguments.flag("rev-index") ?? false {
            var reverse = target
            reverse.extension = "rev"
            try write(inspection.reverseIndex, to: reverse)
        }
        if let keep = message(arguments, "keep") {
            var file = path
            file.extension = "keep"
            try write(keep, to: file)
        }
        context.output.line(inspection.checksum.hex)
        return .success
    }

    private static func write(_ bytes: [UInt8], to path: FilePath) throws {
        let folder = path.removingLastComponent()
        var file = try TemporaryFile(in: folder.isEmpty ? "." : folder, prefix: "idx", permissions: 0o444)
        try file.output.write(bytes)
        try file.finish(as: path)
    }
}
