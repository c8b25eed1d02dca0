internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage

/// `merge-tree --write-tree`: a merge without index or files.
enum MergeTreeCommand: Command {
    static let name = "merge-tree"
    static let summary = "perform merge without touching index or working tree"
    static let usage = ["[--write-tree] [<options>] <branch1> <branch2>"]
    static let options: [OptionSpec] = [
        .flag("write-tree", negatable: false, "do a real merge instead of a trivial merge"),
        .flag("messages", "also show informational/conflict messages"),
        .shortFlag("z", "separate paths with the NUL character"),
        .flag("name-only", negatable: false, "list filenames without modes/oids/stages"),
        .flag("allow-unrelated-histories", negatable: false, "allow merging unrelated histories"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count == 2 else { throw CommandError.usage("two branches are needed") }
        let repository = try context.repository()
        let resolver = try context.diffResolver()
        let names = arguments.texts
        func commit(_ name: String) throws -> ObjectID {
            do { return try resolver.commit(name) } catch {
                context.errors.line("merge-tree: \(name) - not something we can merge")
                throw CommandError(.silent, "", exitCode: .failure)
            }
        }
        let ours = try commit(names[0])
        let theirs = try commit(names[1])
        var finder = MergeBases(repository)
        let bases = try finder.bases(of: ours, [theirs])
        if bases.isEmpty && !arguments.isOn("allow-unrelated-histories") {
            throw CommandError.fatal("refusing to merge unrelated histories")
        }
        let worktree = context.hasWorkTree ? try context.worktree() : nil
        let support = MergeSupport(context: context, repository: repository)
        let options = try support.options(strategyOptions: [], ours: names[0], theirs: names[1], worktree: worktree)
        let result = try CommitMerge(repository, options: options).merge(ours: ours, theirs: theirs, bases: bases)
        print(result, arguments, context)
        return result.isClean ? .success : .failure
    }

    private static func print(_ result: TreeMerge.Result, _ arguments: Arguments, _ context: Context) {
        let isNUL = arguments.has("z")
        let end: [UInt8] = isNUL ? [0] : [10]
        let output = context.output
        output.write(Array(result.tree.hex.utf8) + end)
        var last: GitPath?
        for stage in result.stages {
            let path = isNUL ? stage.path.bytes : context.quoted(stage.path.bytes)
            if arguments.isOn("name-only") {
                if stage.path == last { continue }
                last = stage.path
                output.write(path + end)
            } else {
                output.write(Array("\(stage.mode.octal) \(stage.id) \(stage.stage)\t".utf8) + path + end)
            }
        }
        guard arguments.flag("messages") ?? !result.isClean else { return }
        output.write(end)
        for message in result.messages {
            if isNUL {
                output.write(Array("\(message.paths.count)\0".utf8))
                for path in message.paths { output.write(path.bytes + [0]) }
                output.write(Array("\(message.kind)\0\(message.text)\n\0".utf8))
            } else {
                output.line(message.text)
            }
        }
        output.write(MergeSupport.submoduleAdvice(result))
    }
}
