internal import Bytes
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// `diff-tree`: two trees, or a commit and its parents.
enum DiffTreeCommand: Command {
    static let name = "diff-tree"
    static let summary = "compare the content and mode of blobs found via two tree objects"
    static let usage = ["[--stdin] [-m] [-s] [-v] [-t] [-r] [--root] [<options>] <tree-ish> [<tree-ish>] [<path>...]"]
    static let options: [OptionSpec] =
        [
            .shortFlag("r", "recurse into sub-trees"),
            .shortFlag("t", "show tree entry itself as well as subtrees; implies -r"),
            .flag("root", negatable: false, "show the initial commit as a creation event"),
            .flag("stdin", negatable: false, "read commits or pairs of trees from standard input"),
            .shortFlag("m", "show merges against each parent"),
            .flag("no-commit-id", negatable: false, "do not print the commit's id"),
        ] + DiffOptionTable.specs

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        var base = try DiffDefaults.options(context, isPlumbing: true)
        base.abbreviation = 0
        var options = try DiffOptionTable.read(arguments, context, base: base)
        if options.formats.isEmpty { options.formats = .raw }
        options.reportsTrees = arguments.has("t")
        let recursive: DiffOptions.Formats = [.patch, .stat, .numstat, .shortstat, .dirstat, .summary, .check]
        options.isRecursive = arguments.has("r") || arguments.has("t") || !options.formats.isDisjoint(with: recursive)
        let repository = try context.repository()
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        let source = try RepositoryDiffSource(repository, worktree: worktree)
        let runner = DiffRun(context: context, source: source, options: options)
        var job = Job(arguments: arguments, context: context, options: options, runner: runner, repository: repository)
        if arguments.isOn("stdin") {
            job.pathspec = try context.diffPathspec(arguments.operands)
            return try job.readInput()
        }
        let split = try OperandSplit(arguments, context)
        job.pathspec = try context.diffPathspec(split.paths)
        let resolver = try context.diffResolver()
        var ids: [ObjectID] = []
        for text in split.revisions {
            if let range = RevisionRange(text) {
                ids += try range.ends(resolver)
            } else {
                ids.append(try resolver.resolve(text))
            }
        }
        switch ids.count {
        case 1: return try job.commit(ids[0])
        case 2: return try job.trees(ids[0], ids[1])
        default: throw CommandError.usage("one or two tree-ishes are needed")
        }
    }

    private struct Job {
        let arguments: Arguments
        let context: Context
        let options: DiffOptions
        let runner: DiffRun
        let repository: Repository
        var pathspec = Pathspec.all

        func entries(_ old: ObjectID?, _ new: ObjectID?) throws -> [DiffEntry] {
            var treeOptions = TreeDiff.Options()
            treeOptions.isRecursive = options.isRecursive
            treeOptions.reportsTrees = options.reportsTrees
            treeOptions.includesUnchanged = options.renames.findsCopiesHarder
            if !pathspec.isEmpty {
                let pathspec = pathspec
                treeOptions.mayMatch = { path, isDirectory in
                    isDirectory ? pathspec.mayMatch(inside: GitPath(path)) : pathspec.matches(GitPath(path))
                }
            }
            let first = try old.map { try repository.objects.peel($0, to: .tree) }
            let second = try new.map { try repository.objects.peel($0, to: .tree) }
            return try TreeDiff.compare(first, second, source: repository.objects, options: treeOptions)
        }

        func trees(_ old: ObjectID, _ new: ObjectID) throws -> ExitCode { try runner.finish(try entries(old, new)) }

        func commit(_ id: ObjectID) throws -> ExitCode {
            let commit = try repository.objects.commit(try repository.objects.peel(id, to: .commit))
            var parents: [ObjectID?] = commit.parents
            if parents.isEmpty {
                guard arguments.isOn("root") else { return .success }
                parents = [nil]
            }
            if parents.count > 1 && !arguments.has("m") { return .success }
            var code: Int32 = 0
            for parent in parents {
                let entries = try entries(parent, id)
                let selection = try DiffSelection(entries, source: runner.source, options: options)
                if !selection.entries.isEmpty, !arguments.isOn("no-commit-id"), !options.isQuiet {
                    context.output.line(id.hex)
                }
                code |= try runner.finish(entries).rawValue
            }
            return ExitCode(code)
        }

        func readInput() throws -> ExitCode {
            var code: Int32 = 0
            for line in try Files.readAll(0, path: "standard input").split(separator: 10) {
                let words = line.split(separator: 32)
                let ids = words.compactMap { ObjectID(hex: $0, algorithm: repository.algorithm) }
                guard ids.count == words.count, let first = ids.first else {
                    context.output.line(Array(line))
                    continue
                }
                if ids.count == 2, try repository.objects.header(first).kind == .tree {
                    context.output.line("\(ids[0]) \(ids[1])")
                    code |= try trees(ids[0], ids[1]).rawValue
                } else {
                    code |= try commit(first).rawValue
                }
            }
            return ExitCode(code)
        }
    }
}
