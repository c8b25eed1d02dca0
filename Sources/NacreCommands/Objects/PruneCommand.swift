internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import Glibc

struct PruneCommand: Command {
    static let name = "prune"
    static let summary = "remove loose objects that nothing reaches"
    static let usage = ["[-n] [-v] [--progress] [--expire <time>] [--] [<head>...]"]
    static let options: [OptionSpec] = [
        .flag("dry-run", "n", "do not remove, show only"),
        .flag("verbose", "v", "report pruned objects"),
        .flag("progress", "accepted: nothing is shown"),
        .value("expire", "expiry-date", "expire objects older than <time>"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let heads = try arguments.operands.map { try context.object($0) }
        let before = try Expiry.parse(arguments.text("expire") ?? "now", context)
        let isDryRun = arguments.isOn("dry-run")
        let speaks = isDryRun || arguments.isOn("verbose")
        try repository.prune(before: before, heads: heads, isDryRun: isDryRun) { id, kind in
            if speaks { context.output.line("\(id) \(kind?.name ?? "unknown")") }
        }
        return .success
    }
}

struct PrunePackedCommand: Command {
    static let name = "prune-packed"
    static let summary = "remove loose objects that packs hold too"
    static let usage = ["[-n | --dry-run] [-q | --quiet]"]
    static let options: [OptionSpec] = [
        .flag("dry-run", "n", "dry run"), .flag("quiet", "q", "accepted: nothing is shown anyway"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let database = try context.repository().objects
        let isDryRun = arguments.isOn("dry-run")
        try database.prunePacked(isDryRun: isDryRun) { id in
            if isDryRun { context.output.line("rm -f \(database.loosePath(id))") }
        }
        return .success
    }
}

/// Times before which something is too old: `now`, `never`, or an approximate date.
enum Expiry {
    /// Seconds since 1970; objects last written before are expired.
    static func parse(_ text: String, _ context: Context) throws -> Int64 {
        switch text {
        // Also what was written in this very second.
        case "now", "all": return .max
        case "never", "false": return 0
        default:
            let now = Int64(time(nil))
            guard let seconds = ApproximateDate.parse(text, now: now, localZone: { context.localZone(at: $0) }) else {
                throw CommandError.fatal("Invalid expiry date '\(text)'")
            }
            return seconds
        }
    }
}
