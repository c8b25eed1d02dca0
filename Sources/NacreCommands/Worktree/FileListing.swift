internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One run of `ls-files`.
final class FileListing {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository
    private let index: Index
    private let worktree: Worktree?
    private let pathspec: Pathspec
    private let prefix: GitPath
    private var seen: [Pathspec.Match]
    private let showsTags: Bool
    private let showsStage: Bool
    private var lastLine: [UInt8] = []

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        repository = try context.repository()
        var index = try repository.readIndex(keepsDirectories: arguments.isOn("sparse"))
        if let name = arguments.text("with-tree") {
            guard (try? context.resolver().find(name, hint: .treeish)) ?? nil != nil else {
                throw CommandError.fatal("tree-ish \(name) not found.")
            }
            let tree = try context.tree(name)
            // What the tree has beside the index stands there like the base of a conflict.
            for file in try TreeFiles.list(tree, repository.objects) where index[file.path] == nil {
                index.add(IndexEntry(path: file.path, id: file.id, mode: file.mode, stage: .base))
            }
        }
        self.index = index
        var sources = Context.noIgnores
        if arguments.isOn("exclude-standard") { sources = try repository.standardIgnores() }
        if let name = arguments.text("exclude-per-directory") { sources.perDirectory = name }
        for file in arguments.allBytes("exclude-from") {
            sources.files.append((context.workingDirectory.pushing(.init(bytes: file)), file))
        }
        sources.patterns = arguments.allBytes("exclude")
        hasRules =
            arguments.isOn("exclude-standard") || !sources.patterns.isEmpty || !sources.files.isEmpty
            || arguments.last("exclude-per-directory") != nil
        worktree = repository.workTree == nil ? nil : try context.worktree(ignoring: sources)
        prefix = try context.prefix()
        let given =
            repository.workTree == nil
            ? Pathspec.all : try context.pathspec(arguments.operands, attributes: worktree?.attributes)
        pathspec = arguments.operands.isEmpty && !prefix.isRoot ? Pathspec(literal: [prefix]) : given
        seen = Array(repeating: .none, count: pathspec.items.count)
        showsTags = arguments.isOn("t") || arguments.isOn("v") || arguments.isOn("f")
        showsStage = arguments.isOn("stage") || arguments.isOn("unmerged")
        if arguments.isOn("ignored") {
            guard arguments.isOn("others") || arguments.isOn("cached") else {
                throw CommandError.fatal("ls-files -i must be used with either -o or -c")
            }
            guard hasRules else { throw CommandError.fatal("ls-files --ignored needs some exclude pattern") }
        }
        if let format = arguments.text("format") {
            for name in ["stage", "others", "killed", "t", "resolve-undo", "deduplicate", "eol"]
            where arguments.isOn(name) {
                throw CommandError.usage(
                    "--format cannot be used with -s, -o, -k, -t, --resolve-undo, --deduplicate, --eol")
            }
            self.format = format
        }
    }

    private let hasRules: Bool
    private var format: String?

    func run() throws -> ExitCode {
        let showsOthers = arguments.isOn("others")
        let showsDeleted = arguments.isOn("deleted")
        let showsModified = arguments.isOn("modified")
        let isDefault =
            !showsOthers && !showsDeleted && !showsModified && !arguments.isOn("unmerged")
            && !arguments.isOn("killed")
            && !arguments.isOn("resolve-undo")
        let showsCached = arguments.isOn("cached") || arguments.isOn("stage") || isDefault || arguments.isOn("unmerged")
        if showsOthers { try printOthers() }
        if arguments.isOn("killed") { try printKilled() }
        if showsCached || showsDeleted || showsModified {
            try printEntries(cached: showsCached, deleted: showsDeleted, modified: showsModified)
        }
        if arguments.isOn("resolve-undo") { printResolved() }
        return try checkUnmatched()
    }

    private func checkUnmatched() throws -> ExitCode {
        guard arguments.isOn("error-unmatch") else { return .success }
        var isBad = false
        for (item, match) in zip(pathspec.items, seen) where match == .none && !item.isExcluding {
            isBad = true
            context.errors.line(
                "error: pathspec '\(String(decoding: item.original, as: UTF8.self))' did not match any file(s) known to git"
            )
        }
        if isBad { context.errors.line("Did you forget to 'git add'?") }
        return isBad ? .failure : .success
    }

    private func name(_ path: GitPath) -> [UInt8] {
        var bytes = path.bytes
        if !arguments.isOn("full-name"), !prefix.isRoot {
            let isDirectory = bytes.last == UInt8(ascii: "/")
            bytes = (try? context.relativeToWorkingDirectory(isDirectory ? GitPath(bytes.dropLast()) : path)) ?? bytes
            if isDirectory { bytes.append(UInt8(ascii: "/")) }
        }
        return arguments.isOn("z") ? bytes : context.quoted(bytes)
    }

    private func emit(_ line: [UInt8]) {
        if arguments.isOn("deduplicate"), !showsTags, !showsStage, line == lastLine { return }
        lastLine = line
        context.output.write(line + [arguments.isOn("z") ? 0 : 10])
    }

    private func tag(_ letter: Character, _ entry: IndexEntry?) -> String {
        guard showsTags else { return "" }
        let isLower = arguments.isOn("v") && entry?.flags.contains(.assumeValid) == true
        return (isLower ? String(letter).lowercased() : String(letter)) + " "
    }

    private func printOthers() throws {
        guard let worktree else { throw CommandError.fatal("this operation must be run in a work tree") }
        var options = UntrackedScan.Options()
        options.pathspec = pathspec
        options.disregardsRules = !hasRules
        options.listsAllFiles = !arguments.isOn("directory")
        options.listsEmptyDirectories = arguments.isOn("directory") && arguments.flag("empty-directory") != false
        if arguments.isOn("ignored") { options.ignored = arguments.isOn("directory") ? .matching : .traditional }
        let found = try UntrackedScan.run(worktree, index, options)
        for path in arguments.isOn("ignored") ? found.ignored : found.untracked {
            _ = pathspec.match(path, seen: &seen)
            emit(Array(tag("?", nil).utf8) + endings(path, nil) + name(path))
        }
    }

    /// Files that stand where the index needs a directory, or in a directory where it has a file.
    private func printKilled() throws {
        guard let worktree else { throw CommandError.fatal("this operation must be run in a work tree") }
        var options = UntrackedScan.Options()
        options.pathspec = pathspec
        options.disregardsRules = !hasRules
        options.listsAllFiles = true
        for path in try UntrackedScan.run(worktree, index, options).untracked {
            var isKilled = index.containsDirectory(path)
            var ancestor = path.parent
            while !isKilled, let directory = ancestor, !directory.isRoot {
                isKilled = index.contains(directory)
                ancestor = directory.parent
            }
            if isKilled { emit(Array(tag("K", nil).utf8) + name(path)) }
        }
    }

    private func printEntries(cached: Bool, deleted: Bool, modified: Bool) throws {
        var changes: [Int: FileChange.Kind] = [:]
        if deleted || modified, let worktree {
            for change in try worktree.compare(index).changes { changes[change.position] = change.kind }
            // Sides of a conflict are looked at one by one.
            for (position, entry) in index.entries.enumerated() where entry.stage != .merged {
                changes[position] = try worktree.status(entry.path) == nil ? .deleted : .modified
            }
        }
        for (position, entry) in index.entries.enumerated() {
            if arguments.isOn("ignored"),
                worktree?.ignores.isIgnored(entry.path, isDirectory: entry.mode == .gitlink) != true
            {
                continue
            }
            guard pathspec.match(entry.path, isDirectory: entry.mode == .gitlink, seen: &seen) != .none else {
                continue
            }
            if cached, !arguments.isOn("unmerged") || entry.stage != .merged {
                let letter: Character = entry.stage != .merged ? "M" : entry.flags.contains(.skipWorktree) ? "S" : "H"
                show(entry, letter)
            }
            guard let change = changes[position] else { continue }
            if deleted, change == .deleted { show(entry, "R") }
            if modified { show(entry, "C") }
        }
    }

    private func show(_ entry: IndexEntry, _ letter: Character) {
        if let format {
            emit(formatted(format, entry))
            return
        }
        var line = Array(tag(letter, entry).utf8)
        if showsStage {
            line += Array("\(entry.mode.octal) \(identifier(entry.id)) \(entry.stage.rawValue)\t".utf8)
        }
        line += endings(entry.path, entry) + name(entry.path)
        emit(line)
        if arguments.isOn("debug") { debug(entry) }
    }

    private func debug(_ entry: IndexEntry) {
        let stat = entry.stat
        var flags: UInt32 = UInt32(min(entry.path.bytes.count, 0xfff)) & 0
        flags |= UInt32(entry.stage.rawValue) << 12
        if entry.flags.contains(.assumeValid) { flags |= 0x8000 }
        if entry.flags.contains(.intentToAdd) { flags |= 1 << 29 }
        if entry.flags.contains(.skipWorktree) { flags |= 1 << 30 }
        context.output.write(
            "  ctime: \(stat.changedSeconds):\(stat.changedNanoseconds)\n"
                + "  mtime: \(stat.modifiedSeconds):\(stat.modifiedNanoseconds)\n"
                + "  dev: \(stat.device)\tino: \(stat.inode)\n  uid: \(stat.owner)\tgid: \(stat.group)\n"
                + "  size: \(stat.size)\tflags: \(String(flags, radix: 16))\n")
    }

    private func identifier(_ id: ObjectID) -> String {
        guard let abbrev = arguments.last("abbrev") else { return id.hex }
        return repository.objects.abbreviate(id, minimum: abbrev.text.flatMap { Int($0) } ?? 7)
    }

    private func endings(_ path: GitPath, _ entry: IndexEntry?) -> [UInt8] {
        guard arguments.isOn("eol"), let worktree else { return [] }
        let words = worktree.lineEndings(path, entry)
        func padded(_ text: String, _ count: Int) -> String {
            text + String(repeating: " ", count: max(0, count - text.utf8.count))
        }
        return Array(
            "i/\(padded(words.index, 5)) w/\(padded(words.file, 5)) attr/\(padded(words.attributes, 17))\t".utf8)
    }

    private func formatted(_ format: String, _ entry: IndexEntry) -> [UInt8] {
        var result: [UInt8] = []
        var rest = format[...]
        while let percent = rest.firstIndex(of: "%") {
            result += Array(rest[..<percent].utf8)
            rest = rest[rest.index(after: percent)...]
            if rest.hasPrefix("%") {
                result.append(UInt8(ascii: "%"))
                rest = rest.dropFirst()
            } else if rest.hasPrefix("x"), let byte = UInt8(rest.dropFirst().prefix(2), radix: 16) {
                result.append(byte)
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("n") {
                result.append(10)
                rest = rest.dropFirst()
            } else if rest.hasPrefix("("), let close = rest.firstIndex(of: ")") {
                result += field(String(rest[rest.index(after: rest.startIndex)..<close]), entry)
                rest = rest[rest.index(after: close)...]
            } else {
                result.append(UInt8(ascii: "%"))
            }
        }
        return result + Array(rest.utf8)
    }

    private func field(_ name: String, _ entry: IndexEntry) -> [UInt8] {
        switch name {
        case "objectmode": return Array(entry.mode.octal.utf8)
        case "objectname": return Array(identifier(entry.id).utf8)
        case "objecttype": return Array(entry.mode.objectKind.name.utf8)
        case "objectsize", "objectsize:padded":
            let size = entry.mode.isBlob ? (try? repository.objects.header(entry.id).size).map { "\($0)" } ?? "-" : "-"
            return Array(
                (name == "objectsize" ? size : String(repeating: " ", count: max(0, 7 - size.count)) + size).utf8)
        case "stage": return Array("\(entry.stage.rawValue)".utf8)
        case "path": return self.name(entry.path)
        case "eolinfo:index": return Array((worktree?.lineEndings(entry.path, entry).index ?? "").utf8)
        case "eolinfo:worktree": return Array((worktree?.lineEndings(entry.path, entry).file ?? "").utf8)
        case "eolattr": return Array((worktree?.lineEndings(entry.path, entry).attributes ?? "").utf8)
        default:
            // Said once for the whole listing would be enough, but Git dies at the first too.
            context.output.flush()
            context.errors.line("fatal: bad ls-files format: %(\(name))")
            return []
        }
    }

    private func printResolved() {
        for record in index.resolveUndo where pathspec.match(record.path, seen: &seen) != .none {
            for (stage, side) in record.sides.enumerated() {
                guard let side else { continue }
                let mode = String(side.rawMode, radix: 8)
                emit(
                    Array("\(tag("U", nil))\(mode) \(identifier(side.id)) \(stage + 1)\t".utf8) + name(record.path))
            }
        }
    }
}
