internal import Bytes
internal import GitConfig
internal import GitDiff
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// What the verbs that merge share: options from configuration, attributes and `-X`, and putting results in place.
struct MergeSupport {
    let context: Context
    let repository: Repository

    /// Settings and `-X` options.
    func options(strategyOptions: [String], ours: String, theirs: String, worktree: Worktree?) throws
        -> TreeMerge.Options
    {
        let config = repository.config
        var options = TreeMerge.Options()
        options.ours = ours
        options.theirs = theirs
        if let name = config.string("merge.conflictstyle") {
            guard let style = FileMergeOptions.Style(name: name) else {
                throw CommandError.fatal("unknown style '\(name)' given for 'merge.conflictstyle'")
            }
            options.file.style = style
        }
        if let limit = try config.int("merge.renamelimit") ?? config.int("diff.renamelimit") {
            options.renames.limit = Int(limit)
        }
        let renames = config.string("merge.renames") ?? config.string("diff.renames")
        if let renames, ["false", "no", "off", "0"].contains(renames.lowercased()) { options.detectsRenames = false }
        switch config.string("merge.directoryrenames")?.lowercased() {
        case "true", "yes", "on", "1": options.directoryRenames = .follow
        case "false", "no", "off", "0": options.directoryRenames = .ignore
        default: options.directoryRenames = .conflict
        }
        for text in strategyOptions { try apply(text, to: &options) }
        if let rules = worktree?.attributes { options.driver = drivers(rules) }
        return options
    }

    /// `-X subtree[=<path>]`: the last one.
    func shift(_ strategyOptions: [String]) -> SubtreeShift? {
        let given = strategyOptions.last { $0 == "subtree" || $0.hasPrefix("subtree=") }
        return given.map { SubtreeShift(path: $0 == "subtree" ? nil : Array($0.utf8.dropFirst(8))) }
    }

    private func apply(_ text: String, to options: inout TreeMerge.Options) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let value = parts.count > 1 ? parts[1] : nil
        switch parts.first ?? "" {
        case "ours": options.file.favor = .ours
        case "theirs": options.file.favor = .theirs
        case "ignore-space-change": options.file.lines.blanks = .ignoreChange
        case "ignore-all-space": options.file.lines.blanks = .ignoreAll
        case "ignore-space-at-eol": options.file.lines.blanks = .ignoreAtEnd
        case "ignore-cr-at-eol": options.file.lines.blanks = .ignoreCarriageReturn
        case "no-renames": options.detectsRenames = false
        case "find-renames", "rename-threshold":
            options.detectsRenames = true
            if let value {
                guard let score = RenameOptions.score(parsing: value) else {
                    throw CommandError.fatal("unknown strategy option: -X\(text)")
                }
                options.renames.minimumScore = score
            }
        case "subtree": break
        // ort compares by histogram whatever it is told.
        case "patience", "histogram", "diff-algorithm": break
        default: throw CommandError.fatal("unknown strategy option: -X\(text)")
        }
    }

    /// The `merge` and `conflict-marker-size` attributes, and `merge.<name>.driver`.
    private func drivers(_ rules: AttributeRules) -> @Sendable (GitPath) -> MergeDriver? {
        var programs: [String: String] = [:]
        for bytes in repository.config.subsections(of: "merge") {
            let name = String(decoding: bytes, as: UTF8.self)
            programs[name] = repository.config.string("merge.\(name).driver")
        }
        let standard = repository.config.string("merge.default")
        let known = programs
        return { path in
            let values = rules.attributes(of: path)
            var driver = MergeDriver(kind: nil)
            if let size = values.text("conflict-marker-size").flatMap({ Int($0) }), size > 0 {
                driver.markerSize = size
            }
            var name = standard
            switch values["merge"] {
            case .set: name = nil
            case .unset: name = "binary"
            case .value(let bytes): name = String(decoding: bytes, as: UTF8.self)
            case nil: break
            }
            switch name {
            case nil, "text": driver.kind = name == nil && values["merge"] != .set ? nil : .text
            case "binary": driver.kind = .binary
            case "union": driver.kind = .union
            case let name?:
                if let command = known[name] {
                    driver.kind = .program(MergeProgram.runner(command))
                } else if name == "lfs" {
                    // Lines of two pointers merge into no pointer.
                    driver.kind = .binary
                }
            }
            return driver
        }
    }

    /// Takes index and files from a tree to a merge's result, conflicts into the index.
    ///
    /// - Returns: false where local changes stand in the way; the words have been said, and nothing was changed.
    func apply(
        _ result: TreeMerge.Result, from head: ObjectID?, _ index: inout Index, _ worktree: Worktree,
        verb: TreeSwitchRefusal.Verb = .merge
    ) throws -> Bool {
        var options = TreeSwitch.Options()
        options.verb = verb
        options.keptDirectory = try context.prefix()
        do {
            _ = try TreeSwitch.run(worktree, &index, from: head, to: result.tree, options)
        } catch let refusal as TreeSwitchRefusal {
            context.output.flush()
            context.errors.write("\(refusal)Aborting\n")
            return false
        }
        guard !result.stages.isEmpty else { return true }
        for path in Set(result.stages.map(\.path)) { index.remove(path) }
        for stage in result.stages {
            guard let number = ConflictStage(rawValue: UInt8(stage.stage)) else { continue }
            index.add(IndexEntry(path: stage.path, id: stage.id, mode: stage.mode, stage: number))
        }
        try keepTheirContent(result, worktree)
        return true
    }

    /// Prints what a merge has to say.
    func printMessages(_ result: TreeMerge.Result) {
        for message in result.messages { context.output.line(message.text) }
        context.output.write(Self.submoduleAdvice(result))
        // What follows on standard error follows these.
        context.output.flush()
    }

    /// What to do about submodules that both sides moved; nothing where there are none.
    static func submoduleAdvice(_ result: TreeMerge.Result) -> String {
        let links = result.stages.filter { $0.mode == .gitlink }
        var sides: [GitPath: Int] = [:]
        for link in links { sides[link.path, default: 0] += 1 }
        let paths = sides.filter { $0.value == 3 }.keys.sorted()
        guard !paths.isEmpty else { return "" }
        let adding = paths.map { " \($0)" }.joined()
        return "Recursive merging with submodules currently only supports trivial cases.\n"
            + "Please manually handle the merging of each conflicted submodule.\n"
            + "This can be accomplished with the following steps:\n"
            + " - come back to superproject and run:\n\n      git add\(adding)\n\n"
            + "   to record the above merge or update\n - resolve any other conflicts in the superproject\n"
            + " - commit the resulting index in the superproject\n"
    }

    /// Whether the index is the tree of a commit, and the conflicts of an earlier merge are gone.
    func checkUnmerged(
        _ index: Index, _ verb: String, complaint: String = "Exiting because of an unresolved conflict."
    ) throws {
        guard !index.conflictedPaths.isEmpty else { return }
        context.errors.line("error: \(verb) is not possible because you have unmerged files.")
        context.hint(
            "Fix them up in the work tree, and then use 'git add/rm <file>'",
            "as appropriate to mark resolution and make a commit.")
        throw CommandError.fatal(complaint)
    }

    /// The tree of what is staged, written so that a merge can read it.
    func writeTree(_ index: Index) throws -> ObjectID {
        var copy = index
        let batch = repository.objects.beginBatch()
        let tree = try copy.writeTree(into: batch)
        try batch.finish()
        return tree
    }

    // MARK: Files of the repository's directory

    func file(_ name: String) -> FilePath { repository.gitDirectory.appending(name) }

    func write(_ name: String, _ content: some Collection<UInt8>) throws {
        let path = file(name)
        try Files.makeDirectory(path.removingLastComponent())
        try TemporaryFile.replace(path, with: Array(content), synchronizing: false)
    }

    func read(_ name: String) throws -> [UInt8]? { try Files.readIfPresent(file(name)) }

    func readLine(_ name: String) throws -> String? {
        try read(name).map { String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self) }
    }

    func remove(_ names: String...) throws { for name in names { try Files.remove(file(name)) } }

    /// The lines that name the paths in conflict, for a message that will be edited.
    func conflictComment(_ index: Index) -> [UInt8] {
        let paths = index.conflictedPaths
        guard !paths.isEmpty else { return [] }
        return paths.reduce(into: Array("\n# Conflicts:\n".utf8)) {
            $0 += CommentedText.comment([9] + $1.bytes + [10], with: 0x23)
        }
    }
}

/// Runs `merge.<name>.driver`.
enum MergeProgram {
    typealias Run =
        @Sendable ([UInt8], [UInt8], [UInt8], Int, GitPath) throws(DiffError) -> (content: [UInt8], isClean: Bool)

    static func runner(_ command: String) -> Run {
        { (base, ours, theirs, size, path) throws(DiffError) in
            do {
                return try run(command, [base, ours, theirs], size, path)
            } catch {
                throw .refused("merge driver '\(command)' failed for '\(path)': \(error)")
            }
        }
    }

    private static func run(
        _ command: String, _ contents: [[UInt8]], _ size: Int, _ path: GitPath
    ) throws -> (content: [UInt8], isClean: Bool) {
        let stem = "/tmp/nacre-merge-\(UInt64.random(in: 0 ... .max))-"
        let files = (0..<3).map { FilePath(stem + "\($0)") }
        defer { for file in files { _ = try? Files.remove(file) } }
        for (file, content) in zip(files, contents) {
            try TemporaryFile.replace(file, with: content, synchronizing: false)
        }
        let quoted =
            "'"
            + String(decoding: path.bytes, as: UTF8.self).split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
        let words: [Character: String] = [
            "O": files[0].string, "A": files[1].string, "B": files[2].string, "L": "\(size)", "P": quoted, "%": "%",
        ]
        var line = ""
        var isEscape = false
        for character in command {
            if isEscape {
                line += words[character] ?? "%\(character)"
                isEscape = false
            } else if character == "%" {
                isEscape = true
            } else {
                line.append(character)
            }
        }
        let result = try ChildProcess.run(ChildProcess.Request(shell: line), input: [])
        return (try Files.read(files[1]), result.status.isSuccess)
    }
}
