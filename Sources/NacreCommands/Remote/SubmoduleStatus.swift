internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// What submodules look like: `status`, `summary`, `foreach`.
struct SubmoduleStatus {
    private let table: SubmoduleTable
    private var context: Context { table.context }

    init(_ table: SubmoduleTable) { self.table = table }

    // MARK: status

    func status() throws -> ExitCode {
        for entry in try table.selected() { try status(entry) }
        return .success
    }

    private func status(_ entry: SubmoduleTable.Entry) throws {
        if entry.isUnmerged {
            line("U", .zero(table.repository.algorithm), entry.path, nil)
            return
        }
        _ = try table.requireName(entry.path)
        guard try table.isActive(entry.path), let inner = try table.opened(entry.path) else {
            line("-", entry.id, entry.path, nil)
            return
        }
        let head = try inner.refs.resolve(.head)
        if head == entry.id {
            line(" ", entry.id, entry.path, inner)
        } else {
            line("+", table.arguments.isOn("cached") ? entry.id : head ?? .zero(inner.algorithm), entry.path, inner)
        }
        guard table.arguments.isOn("recursive") else { return }
        var words = ["submodule", "status", "--recursive", "--super-prefix=\(table.shown(entry.path))/"]
        if table.arguments.isOn("cached") { words.append("--cached") }
        if table.isQuiet { words.append("--quiet") }
        context.output.flush()
        guard try table.program.run(words, in: table.directory(entry.path)).isSuccess else {
            throw CommandError.fatal("failed to recurse into submodule '\(entry.path)'")
        }
    }

    private func line(_ mark: String, _ id: ObjectID, _ path: String, _ inner: Repository?) {
        guard !table.isQuiet else { return }
        var text = "\(mark)\(id.hex) \(table.shown(path))"
        if let inner, let name = describe(id, inner) { text += " (\(name))" }
        context.output.line(text)
    }

    /// What names a commit best: a tag before it, any tag, a tag after it, any ref.
    private func describe(_ id: ObjectID, _ inner: Repository) -> String? {
        guard let place = inner.workTree else { return nil }
        for words in [[], ["--tags"], ["--contains"], ["--all", "--always"]] {
            let result = try? table.program.capture(["describe"] + words + [id.hex], in: place, errors: true)
            guard let result, result.status.isSuccess, !result.output.isEmpty else { continue }
            return String(decoding: result.output.prefix { $0 != 10 }, as: UTF8.self)
        }
        return nil
    }

    // MARK: foreach

    func forEach() throws -> ExitCode {
        let words = table.arguments.texts
        guard !words.isEmpty else { return .success }
        for entry in try table.selected([]) {
            let name = try table.requireName(entry.path)
            guard try table.isActive(entry.path), try table.opened(entry.path) != nil else { continue }
            let shown = table.shown(entry.path)
            if !table.isQuiet { context.output.line("Entering '\(shown)'") }
            context.output.flush()
            let place = table.directory(entry.path)
            let variables = [
                ("name", name), ("sm_path", entry.path), ("displaypath", shown), ("sha1", entry.id.hex),
                ("toplevel", table.workTree.string), ("path", entry.path),
            ]
            let status = try table.program.shell(
                words[0], Array(words.dropFirst()), in: place, words.count == 1 ? variables : [])
            guard status.isSuccess else {
                throw CommandError.fatal("run_command returned non-zero status for \(shown)\n.")
            }
            guard table.arguments.isOn("recursive") else { continue }
            var nested = ["submodule", "foreach", "--recursive", "--super-prefix=\(shown)/"]
            if table.isQuiet { nested.append("--quiet") }
            guard try table.program.run(nested + ["--"] + words, in: place).isSuccess else {
                throw CommandError.fatal(
                    "run_command returned non-zero status while recursing in the nested submodules of \(shown)\n.")
            }
        }
        return .success
    }

    // MARK: summary

    func summary() throws -> ExitCode {
        var operands = table.arguments.operands
        var base = try table.repository.refs.resolve(.head)
        if table.arguments.separator != 0, let first = operands.first,
            let id = try? context.revision(String(decoding: first, as: UTF8.self))
        {
            base = id
            operands.removeFirst()
        }
        let limit = try table.arguments.integer("summary-limit") ?? -1
        guard limit != 0 else { return .success }
        let usesFiles = table.arguments.isOn("files")
        var before: [String: ObjectID] = [:]
        let entries = try table.selected(operands)
        if usesFiles {
            for entry in entries { before[entry.path] = entry.id }
        } else if let base {
            let tree = try table.repository.objects.peel(base, to: .tree)
            for file in try TreeFiles.list(tree, table.repository.objects) where file.mode == .gitlink {
                before[String(decoding: file.path.bytes, as: UTF8.self)] = file.id
            }
        }
        for entry in entries {
            let inner = try table.opened(entry.path)
            var now = entry.id
            if !table.arguments.isOn("cached"), let head = try inner?.refs.resolve(.head) { now = head }
            guard before[entry.path] != now else { continue }
            try summarize(entry.path, from: before[entry.path], to: now, inner, limit: limit)
        }
        return .success
    }

    private func summarize(
        _ path: String, from old: ObjectID?, to new: ObjectID, _ inner: Repository?, limit: Int
    ) throws {
        guard let inner, let place = inner.workTree else { return }
        let shown = table.shown(path)
        func short(_ id: ObjectID?) -> String {
            guard let id else { return "0000000" }
            return inner.objects.contains(id) ? inner.objects.abbreviate(id) : String(id.hex.prefix(7))
        }
        let title = "* \(shown) \(short(old))...\(short(new))"
        let output = context.output
        let missing = [old, new].compactMap { $0 }.filter { !inner.objects.contains($0) }
        guard missing.isEmpty else {
            output.line(title + ":")
            let names = missing.map(\.hex).joined(separator: " and ")
            output.line(
                "  Warn: \(shown) doesn't contain commit\(missing.count == 1 ? "" : "s") \(names)\n")
            return
        }
        var words = ["log", "--pretty=  %m %s", "--first-parent"]
        let range = old.map { "\($0.hex)...\(new.hex)" } ?? new.hex
        let count = try table.program.capture(["rev-list", "--first-parent", "--count", range, "--"], in: place)
        let total = String(decoding: count.output.prefix { $0 != 10 }, as: UTF8.self)
        output.line(title + " (\(total)):")
        if limit > 0 { words.append("-\(limit)") }
        if old == nil {
            words = ["log", "--pretty=  > %s", "-1", new.hex]
        } else {
            words.append(range)
        }
        output.write(try table.program.capture(words + ["--"], in: place).output)
        output.line("")
    }
}
