internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import SystemPackage

/// One command of `sparse-checkout`.
struct SparseCheckoutRun {
    private let arguments: Arguments
    private let context: Context
    private let repository: Repository

    private var file: FilePath { repository.gitDirectory.appending("info/sparse-checkout") }

    init(_ arguments: Arguments, _ context: Context) throws {
        self.arguments = arguments
        self.context = context
        (repository, _) = try context.repositoryWithWorkTree()
        if arguments.isOn("sparse-index") {
            throw CommandError.fatal(
                "--sparse-index is not supported (sparse indexes are read, and written in full)")
        }
    }

    private func isSparse() throws -> Bool {
        try repository.config.bool("core.sparsecheckout") ?? false
    }

    private func isCone() throws -> Bool {
        try repository.config.bool("core.sparsecheckoutcone") ?? true
    }

    /// Settles between directories and patterns, and writes the settings where they change; gives back whether directories.
    private func settleMode() throws -> Bool {
        let asked = arguments.flag("cone")
        let wasSparse = try isSparse()
        let cone = try asked ?? (wasSparse ? isCone() : true)
        if asked != nil || !wasSparse { try writeSettings(isSparse: true, isCone: cone) }
        if arguments.has("sparse-index") { try writeIndexSetting() }
        return cone
    }

    /// The settings are this work tree's own.
    private func writeSettings(isSparse: Bool, isCone: Bool) throws {
        if try repository.config.bool("extensions.worktreeconfig") != true {
            try repository.setConfig([("extensions.worktreeConfig", "true")])
        }
        try ConfigFile.edit(repository.gitDirectory.appending("config.worktree")) {
            (file) throws(ConfigError) in
            try file.set("core.sparseCheckout", to: isSparse ? "true" : "false")
            try file.set("core.sparseCheckoutCone", to: isCone ? "true" : "false")
        }
    }

    private func writeIndexSetting() throws {
        try ConfigFile.edit(repository.gitDirectory.appending("config.worktree")) {
            (file) throws(ConfigError) in
            try file.set("index.sparse", to: "false")
        }
    }

    // MARK: Applying

    /// Makes the work tree hold what the patterns want.
    private func apply(_ content: [UInt8], isCone: Bool) throws {
        let patterns = SparsePatterns(parsing: content, isCone: isCone)
        for warning in patterns.warnings { context.errors.line("warning: \(warning)") }
        guard try FileStatus.of(repository.indexFile) != nil else { return }
        let worktree = try context.worktree()
        let session = try IndexSession(repository)
        let before = session.index
        let outcome = try worktree.apply(patterns, to: &session.index)
        try session.commit(worktree)
        context.output.flush()
        warn(
            "The following paths are not up to date and were left despite sparse patterns:",
            outcome.changed)
        warn(
            "The following paths are unmerged and were left despite sparse patterns:", outcome.unmerged)
        warn(
            "The following paths were already present and thus not updated despite sparse patterns:",
            outcome.existing)
        if !(outcome.changed + outcome.unmerged + outcome.existing).isEmpty {
            context.errors.line(
                "After fixing the above paths, you may want to run `git sparse-checkout reapply`.")
        }
        for failure in outcome.failures { context.errors.line(failure.message) }
        if patterns.isCone { try cleanDirectories(before, session.index, worktree) }
    }

    private func warn(_ text: String, _ paths: [GitPath]) {
        guard !paths.isEmpty else { return }
        var message = Array("warning: \(text)\n".utf8)
        for path in paths { message += [9] + path.bytes + [10] }
        context.errors.line(message)
    }

    /// Takes away directories that are not wanted any more and hold nothing but ignored files.
    private func cleanDirectories(_ before: Index, _ after: Index, _ worktree: Worktree) throws {
        var kept: Set<[UInt8]> = []
        var gone: Set<[UInt8]> = []
        for entry in after.entries {
            let isGone = entry.flags.contains(.skipWorktree)
            for slash in entry.path.bytes.indices where entry.path.bytes[slash] == UInt8(ascii: "/") {
                if isGone {
                    gone.insert(Array(entry.path.bytes[..<slash]))
                } else {
                    kept.insert(Array(entry.path.bytes[..<slash]))
                }
            }
        }
        let roots = gone.subtracting(kept).filter { path in
            guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return true }
            return kept.contains(Array(path[..<slash]))
        }
        for path in roots.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let directory = worktree.file(GitPath(path))
            guard try FileStatus.of(directory)?.kind == .directory else { continue }
            var options = UntrackedScan.Options()
            options.pathspec = Pathspec(literal: [GitPath(path)])
            if try UntrackedScan.run(worktree, after, options).untracked.isEmpty {
                try Files.removeTree(directory)
            } else {
                context.errors.line(
                    "warning: directory '\(String(decoding: path, as: UTF8.self))/' contains untracked files, "
                        + "but is not in the sparse-checkout cone")
            }
        }
    }

    private func write(_ content: [UInt8]) throws {
        try Files.makeDirectory(file.removingLastComponent())
        try TemporaryFile.replace(file, with: content, synchronizing: false)
    }

    // MARK: Verbs

    func list() throws -> ExitCode {
        guard try isSparse() else { throw CommandError.fatal("this worktree is not sparse") }
        guard let content = try Files.readIfPresent(file) else {
            context.errors.line(
                "warning: this worktree is not sparse (sparse-checkout file may not exist)")
            return .success
        }
        let patterns = SparsePatterns(parsing: content, isCone: try isCone())
        for warning in patterns.warnings { context.errors.line("warning: \(warning)") }
        guard patterns.isCone else {
            for line in content.split(separator: 10) where line.first != UInt8(ascii: "#") {
                context.output.line(Array(line))
            }
            return .success
        }
        for path in patterns.directories { context.output.line(context.quoted(path)) }
        return .success
    }

    func start() throws -> ExitCode {
        let cone = try settleMode()
        if let content = try Files.readIfPresent(file) {
            try apply(content, isCone: cone)
            return .success
        }
        let content = Array("/*\n!/*/\n".utf8)
        if try repository.refs.resolve(.head) != nil { try apply(content, isCone: cone) }
        try write(content)
        return .success
    }

    func reapply() throws -> ExitCode {
        guard try isSparse() else {
            throw CommandError.fatal("must be in a sparse-checkout to reapply sparsity patterns")
        }
        let cone = try settleMode()
        try apply(try Files.readIfPresent(file) ?? [], isCone: cone)
        return .success
    }

    func disable() throws -> ExitCode {
        try apply(Array("/*\n".utf8), isCone: false)
        try writeSettings(isSparse: false, isCone: false)
        try writeIndexSetting()
        return .success
    }

    func set() throws -> ExitCode {
        let cone = try settleMode()
        let given = try words(cone)
        let content: [UInt8]
        if cone {
            content = SparsePatterns.coneFile(given)
        } else if given.isEmpty, !arguments.isOn("stdin") {
            content = Array("/*\n!/*/\n".utf8)
        } else {
            content = Array(given.joined(separator: [10])) + (given.isEmpty ? [] : [10])
        }
        try apply(content, isCone: cone)
        try write(content)
        return .success
    }

    func add() throws -> ExitCode {
        guard try isSparse() else { throw CommandError.fatal("no sparse-checkout to add to") }
        let cone = try isCone()
        let given = try words(cone)
        guard let existing = try Files.readIfPresent(file) else {
            throw CommandError.fatal("unable to load existing sparse-checkout patterns")
        }
        let content: [UInt8]
        if cone {
            let patterns = SparsePatterns(parsing: existing, isCone: true)
            for warning in patterns.warnings { context.errors.line("warning: \(warning)") }
            guard patterns.isCone else {
                throw CommandError.fatal("existing sparse-checkout patterns do not use cone mode")
            }
            content = SparsePatterns.coneFile(patterns.directories + given)
        } else {
            content = existing + Array(given.joined(separator: [10])) + (given.isEmpty ? [] : [10])
        }
        try apply(content, isCone: cone)
        try write(content)
        return .success
    }

    // MARK: Operands

    /// The directories or patterns that were given.
    private func words(_ cone: Bool) throws -> [[UInt8]] {
        if arguments.isOn("stdin") {
            let lines = try Files.readAll(0, path: "standard input").split(separator: 10).map {
                Array($0)
            }
            guard cone else { return lines }
            return try lines.compactMap { line in
                if line.first == UInt8(ascii: "\""), let text = GitPath.unquote(line) {
                    return try normalized(text)
                }
                return try normalized(line)
            }
        }
        let prefix = try context.prefix()
        if !cone {
            if !prefix.isRoot, !arguments.operands.isEmpty, !arguments.isOn("skip-checks") {
                throw CommandError.fatal("please run from the toplevel directory in non-cone mode")
            }
            try check(arguments.operands, cone)
            return arguments.operands
        }
        let operands =
            try prefix.isRoot ? arguments.operands : arguments.operands.map { try context.path($0).bytes }
        try check(operands, cone)
        return try operands.compactMap { try normalized($0) }
    }

    private func normalized(_ path: [UInt8]) throws -> [UInt8]? {
        let blanks: Set<UInt8> = [32, 9, 13]
        var path = Array(path.drop { blanks.contains($0) })
        while let last = path.last, blanks.contains(last) || last == UInt8(ascii: "/") {
            path.removeLast()
        }
        var parts: [ArraySlice<UInt8>] = []
        for part in path.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                guard !parts.isEmpty else {
                    throw CommandError.fatal(
                        "could not normalize path \(String(decoding: path, as: UTF8.self))")
                }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }

    private func check(_ operands: [[UInt8]], _ cone: Bool) throws {
        if arguments.isOn("skip-checks") { return }
        let index = try context.index()
        for operand in operands {
            let text = String(decoding: operand, as: UTF8.self)
            if cone {
                if operand.first == UInt8(ascii: "/") {
                    throw CommandError.fatal("specify directories rather than patterns (no leading slash)")
                }
                if operand.first == UInt8(ascii: "!") {
                    throw CommandError.fatal(
                        "specify directories rather than patterns.  If your directory starts with a '!', pass --skip-checks"
                    )
                }
                if operand.contains(where: { "*?[]".utf8.contains($0) }) {
                    throw CommandError.fatal(
                        "specify directories rather than patterns.  If your directory really has any of '*?[]\\' in it, "
                            + "pass --skip-checks")
                }
            }
            guard index[GitPath(operand)] != nil else { continue }
            if cone {
                throw CommandError.fatal(
                    "'\(text)' is not a directory; to treat it as a directory anyway, rerun with --skip-checks"
                )
            }
            context.errors.line(
                "warning: pass a leading slash before paths such as '\(text)' if you want a single file "
                    + "(see NON-CONE PROBLEMS in the git-sparse-checkout manual).")
        }
    }
}
