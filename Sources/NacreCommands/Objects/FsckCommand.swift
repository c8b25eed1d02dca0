internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage

struct FsckCommand: Command {
    static let name = "fsck"
    static let summary = "verify the connectivity and validity of the objects"
    static let usage = [
        "[--tags] [--root] [--unreachable] [--cache] [--no-reflogs] [--[no-]full] [--strict] [--verbose]\n"
            + "          [--lost-found] [--[no-]dangling] [--[no-]progress] [--connectivity-only]\n"
            + "          [--[no-]name-objects] [<object>...]"
    ]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be verbose"),
        .flag("unreachable", "show unreachable objects"),
        .flag("dangling", "show dangling objects"),
        .flag("tags", "report tags"),
        .flag("root", "report root nodes"),
        .flag("cache", "make index objects head nodes"),
        .flag("reflogs", "make reflogs head nodes (default)"),
        .flag("full", "also consider packs and alternate objects"),
        .flag("connectivity-only", "check only connectivity"),
        .flag("strict", "enable more strict checking"),
        .flag("lost-found", "write dangling objects in .git/lost-found"),
        .flag("progress", "accepted: progress is shown on a terminal only"),
        .flag("name-objects", "show verbose names for reachable objects"),
    ]
    static let aliases = ["fsck-objects"]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        var settings = FsckRun.Settings()
        settings.checker = try checker(arguments, repository, context)
        settings.showsUnreachable = arguments.isOn("unreachable")
        settings.showsDangling = arguments.flag("dangling") ?? true
        settings.showsTags = arguments.isOn("tags")
        settings.showsRoots = arguments.isOn("root")
        settings.keepsReflogs = arguments.flag("reflogs") ?? true
        settings.keepsIndex = arguments.isOn("cache") || arguments.operands.isEmpty
        settings.isFull = arguments.flag("full") ?? true
        settings.onlyConnectivity = arguments.isOn("connectivity-only")
        settings.isVerbose = arguments.isOn("verbose")
        if arguments.isOn("lost-found") {
            settings.lostFound = true
            settings.isFull = true
        }
        settings.namesObjects = arguments.isOn("name-objects")
        settings.heads = try arguments.operands.map { (name: $0, id: try context.object($0)) }
        let run = FsckRun(repository, context, settings)
        return ExitCode(try run.run())
    }

    private static func checker(
        _ arguments: Arguments, _ repository: Repository, _ context: Context
    ) throws -> ObjectChecker {
        var checker = ObjectChecker(isStrict: arguments.isOn("strict"))
        for message in CheckMessage.allCases {
            guard let level = repository.config.string("fsck.\(message.rawValue.lowercased())") else { continue }
            switch level {
            case "error": checker.severities[message] = .error
            case "warn": checker.severities[message] = .warn
            case "ignore": checker.severities[message] = .ignore
            default: throw CommandError.fatal("Unknown fsck message type: '\(level)'")
            }
        }
        return checker
    }
}
