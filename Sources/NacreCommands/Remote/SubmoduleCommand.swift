internal import GitConfig
internal import GitRepository

/// `submodule`: repositories inside this one.
struct SubmoduleCommand: Command {
    static let name = "submodule"
    static let summary = "initialize, update or inspect submodules"
    static let usage = [
        "[--quiet] [--cached]",
        "[--quiet] add [-b <branch>] [-f|--force] [--name <name>] [--reference <repository>] [--] <repository> [<path>]",
        "[--quiet] status [--cached] [--recursive] [--] [<path>...]", "[--quiet] init [--] [<path>...]",
        "[--quiet] deinit [-f|--force] (--all| [--] <path>...)",
        "[--quiet] update [--init] [--remote] [-N|--no-fetch] [-f|--force] [--checkout|--merge|--rebase] "
            + "[--reference <repository>] [--depth <n>] [--jobs <n>] [--recursive] [--] [<path>...]",
        "[--quiet] set-branch (--default|--branch <branch>) [--] <path>", "[--quiet] set-url [--] <path> <newurl>",
        "[--quiet] summary [--cached|--files] [--summary-limit <n>] [commit] [--] [<path>...]",
        "[--quiet] foreach [--recursive] <command>", "[--quiet] sync [--recursive] [--] [<path>...]",
        "[--quiet] absorbgitdirs [--] [<path>...]",
    ]
    static let parsesOptions = false

    private static let common: [OptionSpec] = [
        .flag("quiet", "q", "only print error messages"),
        .value("super-prefix", "path", hidden: true, "what stands before paths in messages"),
    ]
    private static let cloning: [OptionSpec] = [
        .value("reference", "repository", "reference repository"),
        .value("depth", "n", "create a shallow clone of that depth"),
    ]

    private static func options(_ verb: String) -> [OptionSpec]? {
        let recursive = OptionSpec.flag("recursive", "traverse submodules recursively")
        switch verb {
        case "add":
            return common + cloning + [
                .value("branch", "b", "branch", "branch of repository to add as submodule"),
                .flag("force", "f", "allow adding an otherwise ignored submodule path"),
                .value("name", "name", "name of the submodule"),
            ]
        case "status":
            return common + [
                .flag("cached", "use the commit of the index rather than the submodule's HEAD"), recursive,
            ]
        case "init": return common
        case "deinit":
            return common + [
                .flag("force", "f", "remove submodule working trees even if they contain local changes"),
                .flag("all", "unregister all submodules"),
            ]
        case "update":
            return common + cloning + [
                recursive, .flag("init", "initialize uninitialized submodules before update"),
                .flag("remote", "use the remote-tracking branch of the submodule"),
                .shortFlag("N", "don't fetch new objects from the remote site"),
                .flag("fetch", "fetch new objects from the remote site"),
                .flag("force", "f", "throw away local changes"),
                .flag("checkout", "use the 'checkout' update strategy (default)"),
                .flag("merge", "use the 'merge' update strategy"), .flag("rebase", "use the 'rebase' update strategy"),
                .flag("recommend-shallow", "use the initial clone depth that .gitmodules recommends"),
                .flag("single-branch", "clone only one branch, HEAD or --branch"),
                .flag("require-init", hidden: true, "disallow cloning into non-empty directory"),
                .value("jobs", "j", "n", "parallel jobs"),
            ]
        case "set-branch":
            return common + [
                .flag("default", "d", "set the default tracking branch to the remote's HEAD"),
                .value("branch", "b", "branch", "set the default tracking branch"),
            ]
        case "set-url", "absorbgitdirs": return common
        case "summary":
            return common + [
                .flag("cached", "use the commit stored in the index instead of the submodule HEAD"),
                .flag("files", "compare the commit in the index with that in the submodule HEAD"),
                .value("summary-limit", "n", "n", "limit the summary size"),
            ]
        case "foreach", "sync": return common + [recursive]
        default: return nil
        }
    }

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var words = arguments.words
        var early: [[UInt8]] = []
        while let word = words.first, word.first == UInt8(ascii: "-") {
            let text = String(decoding: word, as: UTF8.self)
            guard ["-q", "--quiet", "--cached"].contains(text) else {
                throw CommandError.usage("unknown option \(text)")
            }
            early.append(words.removeFirst())
        }
        var verb = "status"
        if !words.isEmpty { verb = String(decoding: words.removeFirst(), as: UTF8.self) }
        guard let options = options(verb) else { throw CommandError.usage("unknown subcommand: `\(verb)'") }
        let parsed = try ArgumentParser.parse(early + words, options: options, permutes: verb != "foreach")
        let table = try SubmoduleTable(parsed, context)
        switch verb {
        case "add": return try SubmoduleAddition(table).run()
        case "status": return try SubmoduleStatus(table).status()
        case "summary": return try SubmoduleStatus(table).summary()
        case "foreach": return try SubmoduleStatus(table).forEach()
        case "init": return try SubmoduleEdit(table).initialize(table.selected())
        case "deinit": return try SubmoduleEdit(table).deinitialize()
        case "sync": return try SubmoduleEdit(table).synchronize()
        case "set-url": return try SubmoduleEdit(table).setURL()
        case "set-branch": return try SubmoduleEdit(table).setBranch()
        case "absorbgitdirs": return try SubmoduleEdit(table).absorb()
        default: return try SubmoduleUpdate(table).run()
        }
    }
}
