internal import Bytes
internal import GitConfig
internal import GitRepository
internal import GitStorage
internal import LargeFiles
internal import SystemPackage

struct GCCommand: Command {
    static let name = "gc"
    static let summary = "clean up unneeded files and optimize the repository"
    static let usage = [
        "[--aggressive] [--auto] [--quiet] [--prune=<date> | --no-prune] [--force] [--keep-largest-pack]",
        "[--expire-operations=<date> | --no-expire-operations]",
    ]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "suppress progress reporting"),
        .optional("prune", "date", "prune unreferenced objects"),
        .flag("aggressive", "be more thorough (increased runtime)"),
        .flag("auto", "enable auto-gc mode"),
        .flag("force", "force running gc even if there may be another gc running"),
        .flag("keep-largest-pack", "repack all other packs except the largest pack"),
        .value("expire-operations", "date", "forget what could be undone before that date"),
        .flag("detach", hidden: true, "with --auto, go on in the background"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.isEmpty else { throw CommandError.usage("no arguments are taken") }
        let repository = try context.repository()
        var options = MaintenanceOptions()
        options.isForced = arguments.isOn("force")
        options.pruneBefore = try expiry(arguments, context)
        options.pruneWorktreesBefore = try date(
            repository.config.string("gc.worktreepruneexpire") ?? "3.months.ago", context)
        options.keptPackSize = try repository.config.int("gc.bigpackthreshold")
        if let keeps = arguments.flag("keep-largest-pack") {
            options.keepsLargestPack = keeps
            options.keptPackSize = nil
        }
        let operations = try operationExpiry(arguments, context)
        options.builder = try PackObjectsCommand.builderOptions(Arguments(), repository)
        options.builder.usesOffsetDeltas = try repository.config.bool("repack.usedeltabaseoffset") ?? true
        if arguments.isOn("aggressive") {
            options.builder.reusesDeltas = false
            options.builder.window = try repository.config.int("gc.aggressivewindow") ?? 250
            options.builder.depth = try repository.config.int("gc.aggressivedepth") ?? 50
        }
        if arguments.isOn("auto") {
            let need = try repository.needsMaintenance()
            guard need.isNeeded else { return .success }
            if try arguments.flag("detach") ?? repository.config.bool("gc.autodetach") ?? true {
                try context.startMaintenance(quiet: arguments.isOn("quiet"))
                return .success
            }
            options.packsAll = need.tooManyPacks
        }
        do {
            try repository.maintain(options) {
                try ReflogExpiry(repository, context).runAll()
                if let operations {
                    try OperationLog(repository).expire(before: operations, by: context.reflogIdentity())
                }
            }
            if let before = options.pruneBefore { try collectLargeFiles(repository, before: before) }
        } catch let error as RepositoryError where error.code == .conflict && arguments.isOn("auto") {
            // Somebody else is at it already.
            return .success
        }
        return .success
    }

    private static func expiry(_ arguments: Arguments, _ context: Context) throws -> Int64? {
        if arguments.flag("prune") == false { return nil }
        let text = try arguments.text("prune") ?? context.repository().config.string("gc.pruneexpire") ?? "2.weeks.ago"
        return try date(text, context)
    }

    /// Seconds since 1970; nil for never.
    private static func date(_ text: String, _ context: Context) throws -> Int64? {
        text == "never" || text == "false" ? nil : try Expiry.parse(text, context)
    }

    /// How far back commands can be undone.
    private static func operationExpiry(_ arguments: Arguments, _ context: Context) throws -> Int64? {
        if arguments.flag("expire-operations") == false { return nil }
        let configured = try context.repository().config.string("nacre.operationexpiry")
        return try date(arguments.text("expire-operations") ?? configured ?? "90.days.ago", context)
    }

    /// Removes large content that nothing names any more, where some is stored.
    private static func collectLargeFiles(_ repository: Repository, before: Int64) throws {
        let store = LargeFileStore(commonDirectory: repository.commonDirectory)
        guard try FileStatus.of(store.chunks.directory) != nil else { return }
        _ = try store.chunks.collect(live: LiveContent.find(repository), cutoff: before, isDryRun: false)
    }
}

extension Context {
    /// Verbs that leave objects behind, after which it is looked whether enough has piled up.
    static let maintainedVerbs: Set<String> = ["am", "commit", "fetch", "merge", "pull", "rebase"]

    /// Starts a clean-up in the background where enough has piled up: what verbs that add objects do at their end. Never
    /// fails: a clean-up that cannot be started is tried again by the next verb.
    func maintainAutomatically(quiet: Bool = false) {
        guard let repository = try? repository(), (try? repository.needsMaintenance().isNeeded) == true else { return }
        let detaches = ((try? repository.config.bool("gc.autodetach")) ?? nil) ?? true
        output.flush()
        if detaches {
            try? startMaintenance(quiet: quiet)
        } else {
            let words = ["--auto", "--no-detach"].map { Array($0.utf8) }
            if let arguments = try? ArgumentParser.parse(words, options: GCCommand.options) {
                _ = try? GCCommand.run(arguments, self)
            }
        }
    }

    /// Runs `gc --auto` in a process of its own, which outlives this one.
    func startMaintenance(quiet: Bool) throws {
        if !quiet {
            errors.write("Auto packing the repository in background for optimum performance.\n")
            errors.write("See \"nacre help gc\" for manual housekeeping.\n")
        }
        // A shell starts it in the background and ends: nobody waits for it then.
        let program = try Files.readLink("/proc/self/exe") ?? Array("nacre".utf8)
        let directory = try repository().gitDirectory
        var request = ChildProcess.Request(
            "/bin/sh",
            [
                "-c", "\"$@\" </dev/null >/dev/null 2>&1 &", "sh", String(decoding: program, as: UTF8.self),
                "--git-dir=\(directory)", "gc", "--auto", "--no-detach", "--quiet",
            ])
        request.leadsGroup = true
        _ = try ChildProcess.run(request)
    }
}
