internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitWorktree
internal import SystemPackage

struct CleanCommand: Command {
    static let name = "clean"
    static let summary = "remove untracked files from the working tree"
    static let usage = ["[-d] [-f] [-n] [-q] [-e <pattern>] [-x | -X] [--] [<pathspec>...]"]
    static let options: [OptionSpec] = [
        .flag("quiet", "q", "do not print names of files removed"),
        .flag("dry-run", "n", "dry run"),
        .flag("force", "f", "force"),
        .flag("interactive", "i", "interactive cleaning"),
        .shortFlag("d", "remove whole directories"),
        .value("exclude", "e", "pattern", "add <pattern> to ignore rules"),
        .shortFlag("x", "remove ignored files, too"),
        .shortFlag("X", "remove only ignored files"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let (repository, _) = try context.repositoryWithWorkTree()
        let isInteractive = arguments.isOn("interactive")
        let isDry = arguments.isOn("dry-run")
        if !isInteractive, !isDry, !arguments.isOn("force"), try repository.config.bool("clean.requireforce") ?? true {
            throw CommandError.fatal(
                try repository.config.bool("clean.requireforce") == nil
                    ? "clean.requireForce defaults to true and neither -i, -n, nor -f given; refusing to clean"
                    : "clean.requireForce set to true and neither -i, -n, nor -f given; refusing to clean")
        }
        if arguments.isOn("x"), arguments.isOn("X") {
            throw CommandError.fatal("options '-x' and '-X' cannot be used together")
        }
        var sources = arguments.isOn("x") ? Context.noIgnores : try repository.standardIgnores()
        sources.patterns = arguments.allBytes("exclude")
        let worktree = try context.worktree(ignoring: sources)
        let index = try context.index()
        var paths = try paths(arguments, context, worktree, index)
        if isInteractive {
            let items = try paths.map { path in
                let isDirectory = path.bytes.last == UInt8(ascii: "/")
                let shown = try context.relativeToWorkingDirectory(isDirectory ? GitPath(path.bytes.dropLast()) : path)
                return (shown + (isDirectory ? [UInt8(ascii: "/")] : []), path)
            }
            var menu = CleanMenu(items, context, worktree)
            paths = menu.run()
        }
        var isBad = false
        for path in paths {
            let isDirectory = path.bytes.last == UInt8(ascii: "/")
            let plain = isDirectory ? GitPath(path.bytes.dropLast()) : path
            var shown = context.shown(plain)
            if isDirectory {
                shown = context.quoted(
                    ((try? context.relativeToWorkingDirectory(plain)) ?? plain.bytes) + [UInt8(ascii: "/")])
            }
            if isDirectory, arguments.count("force") < 2, holdsRepository(plain, worktree) {
                if !arguments.isOn("quiet") {
                    context.output.line(Array((isDry ? "Would skip repository " : "Skipping repository ").utf8) + shown)
                }
                continue
            }
            if isDry {
                if !arguments.isOn("quiet") { context.output.line(Array("Would remove ".utf8) + shown) }
                continue
            }
            do {
                try worktree.willChange([plain])
                try Files.removeTree(worktree.file(plain))
                if !arguments.isOn("quiet") { context.output.line(Array("Removing ".utf8) + shown) }
            } catch let error as FileError {
                isBad = true
                context.errors.line(
                    "warning: failed to remove \(String(decoding: shown, as: UTF8.self)): \(error.code)")
            }
        }
        return isBad ? .failure : .success
    }

    private static func holdsRepository(_ path: GitPath, _ worktree: Worktree) -> Bool {
        ((try? FileStatus.of(worktree.file(path).appending(".git"))) ?? nil) != nil
    }

    private static func paths(
        _ arguments: Arguments, _ context: Context, _ worktree: Worktree, _ index: Index
    ) throws -> [GitPath] {
        var options = UntrackedScan.Options()
        let pathspec = try context.pathspec(arguments.operands, attributes: worktree.attributes)
        let prefix = try context.prefix()
        options.pathspec = arguments.operands.isEmpty && !prefix.isRoot ? Pathspec(literal: [prefix]) : pathspec
        options.listsEmptyDirectories = true
        let removesDirectories = arguments.isOn("d") || (!arguments.operands.isEmpty)
        if arguments.isOn("X") {
            options.ignored = .matching
            return try UntrackedScan.run(worktree, index, options).ignored.filter {
                removesDirectories || $0.bytes.last != UInt8(ascii: "/")
            }
        }
        // With -d an untracked directory that holds ignored files stays, its untracked files go.
        options.ignored = arguments.isOn("x") ? .none : .matching
        options.disregardsRules = arguments.isOn("x") && arguments.last("exclude") == nil
        options.entersNestedRepositories = arguments.count("force") > 1
        let found = try UntrackedScan.run(worktree, index, options)
        let ignored = found.ignored
        var result: [GitPath] = []
        for path in found.untracked {
            let isDirectory = path.bytes.last == UInt8(ascii: "/")
            if isDirectory, !removesDirectories { continue }
            let plain = GitPath(path.bytes.dropLast())
            if isDirectory, ignored.contains(where: { $0.isInside(plain) }) {
                result += try parts(of: plain, worktree, index, options)
            } else {
                result.append(path)
            }
        }
        return result.sorted()
    }

    /// What of a directory with ignored files in it may go.
    private static func parts(
        of directory: GitPath, _ worktree: Worktree, _ index: Index, _ options: UntrackedScan.Options
    ) throws -> [GitPath] {
        var options = options
        options.pathspec = Pathspec(literal: [directory])
        options.listsAllFiles = true
        return try UntrackedScan.run(worktree, index, options).untracked
    }
}
