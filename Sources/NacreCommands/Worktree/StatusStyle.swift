internal import GitConfig
internal import GitRepository

/// How a status is printed.
struct StatusStyle {
    enum Format { case long, short, porcelain, porcelainV2 }

    var format = Format.long
    var showsBranch = false
    var isNulTerminated = false
    var showsAheadBehind = true
    var showsStash = false
    var hints = true
    var usesColor = false
    var verbosity = 0
    /// Paths are shown relative to the working directory.
    var isRelative = true
    /// What stands before each line (a commit message's comment character).
    var commentPrefix: String?
    var showsUntracked = true
    /// How untracked files are laid out; nil for a line each.
    var columns: ColumnLayout?
    /// The text says what a commit would hold.
    var isForCommit = false
    var isAmending = false
    /// The name of what the index is compared with.
    var reference = "HEAD"
    /// Nothing is said at the end where there is nothing to commit.
    var omitsAdvice = false

    init(_ arguments: Arguments, _ context: Context) throws {
        let config = try context.configuration()
        if let porcelain = arguments.last("porcelain") {
            switch porcelain.text ?? "1" {
            case "1", "v1": format = .porcelain
            case "2", "v2": format = .porcelainV2
            case let version: throw CommandError.fatal("unsupported porcelain version '\(version)'")
            }
        } else if arguments.isOn("short") {
            format = .short
        } else if arguments.isOn("long") {
            format = .long
        } else if arguments.isOn("null") {
            format = .porcelain
        } else if try config.bool("status.short") == true {
            format = .short
        }
        isNulTerminated = arguments.isOn("null")
        let isPorcelain = format == .porcelain || format == .porcelainV2
        showsBranch = try arguments.flag("branch") ?? (isPorcelain ? false : config.bool("status.branch") ?? false)
        showsAheadBehind =
            try arguments.flag("ahead-behind") ?? (isPorcelain ? true : config.bool("status.aheadbehind") ?? true)
        showsStash = try arguments.flag("show-stash") ?? config.bool("status.showstash") ?? false
        hints = try config.bool("advice.statushints") ?? true
        isRelative = try config.bool("status.relativepaths") ?? true
        usesColor = isPorcelain ? false : try context.usesColor(nil, key: "color.status")
        verbosity = arguments.count("verbose")
        let layout = try ColumnLayout(arguments, context, verb: "status")
        columns = layout.isActive ? layout : nil
        showsUntracked = try StatusReport.Options(arguments, context).untracked != "no"
        if try config.bool("status.displaycommentprefix") == true { commentPrefix = "#" }
    }

    /// The text of a commit that would be empty, or of a message's comments.
    init(forCommit context: Context, _ arguments: Arguments) throws {
        let config = try context.configuration()
        hints = try config.bool("advice.statushints") ?? true
        isRelative = try config.bool("status.relativepaths") ?? true
        showsAheadBehind = try arguments.flag("ahead-behind") ?? config.bool("status.aheadbehind") ?? true
        isForCommit = true
    }
}
