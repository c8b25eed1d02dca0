internal import GitConfig
internal import GitRepository
internal import GitStorage

struct RepackCommand: Command {
    static let name = "repack"
    static let summary = "pack objects that are loose or in many packs"
    static let usage = [
        "[-a] [-A] [-d] [-f] [-F] [-l] [-n] [-q] [-b] [-k] [--window=<n>] [--depth=<n>] [--threads=<n>]\n"
            + "          [--unpack-unreachable=<when>]"
    ]
    static let options: [OptionSpec] = [
        .shortFlag("a", "pack everything in a single pack"),
        .shortFlag("A", "same as -a, and turn unreachable objects loose"),
        .shortFlag("d", "remove redundant packs, and run git-prune-packed"),
        .shortFlag("f", "pass --no-reuse-delta to git-pack-objects"),
        .shortFlag("F", "pass --no-reuse-object to git-pack-objects"),
        .flag("write-bitmap-index", "b", "write bitmap index"),
        .shortFlag("n", "accepted: no server info is written"),
        .flag("quiet", "q", "be quiet"),
        .flag("local", "l", "pass --local to git-pack-objects"),
        .value("unpack-unreachable", "approxidate", "with -A, do not loosen objects older than this"),
        .flag("keep-unreachable", "k", "with -a, repack unreachable objects"),
        .value("window", "n", "size of the window used for delta compression"),
        .value("window-memory", "bytes", "same as the above, but limit memory size instead of entries count"),
        .value("depth", "n", "limits the maximum delta depth"),
        .value("threads", "n", "limits the maximum number of threads"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let repository = try context.repository()
        var options = RepackOptions()
        let loosens = arguments.isOn("A") || arguments.has("unpack-unreachable")
        if arguments.isOn("keep-unreachable"), loosens {
            throw CommandError.fatal("options '--keep-unreachable' and '-A' cannot be used together")
        }
        options.packsAll = arguments.isOn("a") || loosens
        options.removesRedundant = arguments.isOn("d")
        options.isLocal = arguments.isOn("local")
        options.writesBitmap =
            try arguments.flag("write-bitmap-index") ?? (options.packsAll && repository.writesBitmaps())
        if options.writesBitmap, !options.packsAll {
            throw CommandError.fatal(
                "Incremental repacks are incompatible with bitmap indexes.  Use\n"
                    + "--no-write-bitmap-index or disable the pack.writeBitmaps configuration.")
        }
        if arguments.isOn("keep-unreachable") { options.unreachable = .keep }
        if loosens {
            let since = try arguments.text("unpack-unreachable").map { try Expiry.parse($0, context) } ?? 0
            options.unreachable = .loosen(since: since)
        }
        options.builder = try PackObjectsCommand.builderOptions(arguments, repository)
        options.builder.usesOffsetDeltas = try repository.config.bool("repack.usedeltabaseoffset") ?? true
        options.builder.reusesDeltas = !arguments.isOn("f") && !arguments.isOn("F")
        options.builder.reusesObjects = !arguments.isOn("F")
        let outcome = try repository.repack(options)
        if outcome == nil, !arguments.isOn("quiet") { context.output.line("Nothing new to pack.") }
        return .success
    }
}
