internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository

/// How a rebase was told to go about it; kept in Git's files from its beginning to its end.
struct RebaseSettings {
    /// What becomes of commits that bring nothing any more.
    enum Empty: String { case drop, keep, ask = "stop" }

    var isQuiet = false
    var isVerbose = false
    var empty = Empty.drop
    var signing = CommitSigning.off
    var signsOff = false
    var strategyOptions: [String] = []
    /// Whether the committer's time is the author's.
    var takesAuthorDate = false
    /// Whether the author's time is now.
    var ignoresDate = false
    /// Whether a command that failed is run again when the rebase goes on.
    var reschedules = false
    var rerereAutoupdate: Bool?
    /// Whether commits that stand where they belong stay as they are.
    var allowsForward = true
    /// The commit of nothing on which roots are made.
    var root: ObjectID?

    init() {}

    /// Reads what an earlier command, or git, wrote.
    init(_ operation: RebaseOperation) throws {
        isQuiet = try operation.read("quiet") != nil
        isVerbose = try operation.read("verbose") != nil
        if try operation.read("keep_redundant_commits") != nil {
            empty = .keep
        } else {
            empty = try operation.read("drop_redundant_commits") != nil ? .drop : .ask
        }
        signing = CommitSigning(word: try operation.readLine("gpg_sign_opt"))
        signsOff = try operation.read("signoff") != nil
        takesAuthorDate = try operation.read("cdate_is_adate") != nil
        ignoresDate = try operation.read("ignore_date") != nil
        reschedules = try operation.read("reschedule-failed-exec") != nil
        switch try operation.readLine("allow_rerere_autoupdate") {
        case "--rerere-autoupdate": rerereAutoupdate = true
        case "--no-rerere-autoupdate": rerereAutoupdate = false
        default: break
        }
        strategyOptions = try (operation.readLine("strategy_opts") ?? "").split(separator: " ").map {
            String($0.drop { $0 == "-" })
        }
        root = try operation.readLine("squash-onto").flatMap { ObjectID(hex: $0) }
        allowsForward = !signsOff && !takesAuthorDate && !ignoresDate
    }

    /// Writes it for the commands to come.
    func write(_ operation: RebaseOperation) throws {
        if isQuiet { try operation.write("quiet", "\n") }
        if isVerbose { try operation.write("verbose", "") }
        switch empty {
        case .drop: try operation.write("drop_redundant_commits", "")
        case .keep: try operation.write("keep_redundant_commits", "")
        case .ask: break
        }
        if let word = signing.word { try operation.write("gpg_sign_opt", word + "\n") }
        if signsOff { try operation.write("signoff", "--signoff\n") }
        if takesAuthorDate { try operation.write("cdate_is_adate", "") }
        if ignoresDate { try operation.write("ignore_date", "") }
        if let rerereAutoupdate {
            try operation.write("allow_rerere_autoupdate", "--\(rerereAutoupdate ? "" : "no-")rerere-autoupdate\n")
        }
        try operation.write(reschedules ? "reschedule-failed-exec" : "no-reschedule-failed-exec", "")
        if !strategyOptions.isEmpty {
            try operation.write("strategy_opts", strategyOptions.map { " --\($0)" }.joined() + "\n")
        }
    }
}

extension RebaseSettings {
    /// What the options and the configuration ask for.
    init(_ arguments: Arguments, _ context: Context, _ repository: Repository) throws {
        isQuiet = arguments.isOn("quiet")
        isVerbose = arguments.isOn("verbose")
        let isInteractive = arguments.isOn("interactive")
        switch arguments.text("empty")?.lowercased() {
        case "drop": empty = .drop
        case "keep": empty = .keep
        case "ask": empty = .ask
        case let given?:
            throw CommandError.fatal(
                "unrecognized empty type '\(given)'; valid values are \"drop\", \"keep\", and \"ask\".")
        case nil: empty = isInteractive ? .ask : arguments.has("exec") ? .keep : .drop
        }
        signing = try context.signing(arguments)
        signsOff = arguments.isOn("signoff")
        takesAuthorDate = arguments.isOn("committer-date-is-author-date")
        ignoresDate = arguments.isOn("reset-author-date")
        reschedules =
            try arguments.flag("reschedule-failed-exec") ?? repository.config.bool("rebase.reschedulefailedexec")
            ?? false
        if arguments.flag("reschedule-failed-exec") == true, !isInteractive, !arguments.has("exec") {
            throw CommandError.fatal("--reschedule-failed-exec requires --exec or --interactive")
        }
        rerereAutoupdate = arguments.flag("rerere-autoupdate")
        strategyOptions = arguments.allTexts("strategy-option")
        if arguments.isOn("ignore-whitespace") { strategyOptions.append("ignore-space-change") }
        if let strategy = arguments.text("strategy"), !["ort", "recursive"].contains(strategy) {
            throw CommandError.fatal("strategy '\(strategy)' is not supported by rebase; use ort")
        }
        allowsForward = !arguments.isOn("no-ff") && !signsOff && !takesAuthorDate && !ignoresDate
    }
}
