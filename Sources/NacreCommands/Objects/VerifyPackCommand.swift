internal import Bytes
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import SystemPackage

struct VerifyPackCommand: Command {
    static let name = "verify-pack"
    static let summary = "validate packs and show what they hold"
    static let usage = ["[-v | --verbose] [-s | --stat-only] [--] <pack>.idx..."]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "verbose"),
        .flag("stat-only", "s", "show statistics only"),
        .value("object-format", "hash", "specify the hash algorithm to use"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard !arguments.operands.isEmpty else { throw CommandError.usage("a pack is needed") }
        let algorithm = try PackFiles.algorithm(arguments, context)
        var code = ExitCode.success
        for operand in arguments.operands {
            do {
                try verify(PackFiles.pack(operand), algorithm, arguments, context)
            } catch let error as StorageError {
                context.errors.write("error: \(error)\n")
                if arguments.isOn("verbose") || arguments.isOn("stat-only") {
                    context.output.line("\(PackFiles.pack(operand)): bad")
                }
                code = .failure
            }
        }
        return code
    }

    private static func verify(
        _ path: FilePath, _ algorithm: HashAlgorithm, _ arguments: Arguments, _ context: Context
    ) throws {
        let inspection = try PackInspection(packAt: path, algorithm: algorithm)
        var indexPath = path
        indexPath.extension = "idx"
        let index = try PackIndex(indexPath, algorithm: algorithm)
        try index.check(against: inspection, pack: path)
        let statistics = arguments.isOn("stat-only")
        guard statistics || arguments.isOn("verbose") else { return }
        if !statistics {
            for entry in inspection.entries {
                let kind = entry.kind.name + String(repeating: " ", count: max(0, 6 - entry.kind.name.utf8.count))
                var line = "\(entry.id) \(kind) \(entry.size) \(entry.packedSize) \(entry.offset)"
                if let base = entry.base { line += " \(entry.depth) \(base)" }
                context.output.line(line)
            }
        }
        var lengths: [Int: Int] = [:]
        for entry in inspection.entries { lengths[entry.depth, default: 0] += 1 }
        func objects(_ count: Int) -> String { "\(count) object\(count == 1 ? "" : "s")" }
        if let whole = lengths[0] { context.output.line("non delta: \(objects(whole))") }
        for depth in lengths.keys.sorted() where depth > 0 {
            context.output.line("chain length = \(depth): \(objects(lengths[depth] ?? 0))")
        }
        if !statistics { context.output.line("\(path): ok") }
    }
}

/// What the verbs on pack files share.
enum PackFiles {
    /// The `.pack` that an operand means: its name may end with `.idx`, `.pack`, or neither.
    static func pack(_ operand: [UInt8]) -> FilePath {
        let path = FilePath(bytes: operand)
        if path.extension == "pack" { return path }
        if path.extension == "idx" {
            var pack = path
            pack.extension = "pack"
            return pack
        }
        return FilePath(bytes: operand + Array(".pack".utf8))
    }

    /// The hash function: the repository's, or the one that is named.
    static func algorithm(_ arguments: Arguments, _ context: Context) throws -> HashAlgorithm {
        guard let name = arguments.text("object-format") else {
            return try context.repositoryIfPresent()?.algorithm ?? .sha1
        }
        guard let algorithm = HashAlgorithm(name: name) else {
            throw CommandError.fatal("unknown hash algorithm '\(name)'")
        }
        return algorithm
    }
}
