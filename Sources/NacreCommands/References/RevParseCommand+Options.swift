internal import Bytes
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import SystemPackage

extension RevisionParser {
    /// Does what an option asks; false where it is none of `rev-parse`.
    mutating func option(_ text: String, _ words: [String], _ index: inout Int) throws -> Bool {
        let equals = text.firstIndex(of: "=")
        let name = String(text[..<(equals ?? text.endIndex)])
        let value = equals.map { String(text[text.index(after: $0)...]) }
        func next(_ message: String) throws -> String {
            guard index < words.count else { throw CommandError.fatal(message) }
            index += 1
            return words[index - 1]
        }
        switch name {
        case "-q", "--quiet": isQuiet = true
        case "--verify": (revisionsOnly, isVerifying, showsFlags) = (true, true, false)
        case "--short":
            (revisionsOnly, isVerifying, showsFlags, abbreviates) = (true, true, false, true)
            if let value {
                guard let count = Int(value) else { throw CommandError.fatal("bad number: \(value)") }
                abbreviation = max(count, 4)
            }
        case "--default": defaultName = try next("--default requires an argument")
        case "--prefix": outputPrefix = try next("--prefix requires an argument")
        case "--revs-only": revisionsOnly = true
        case "--no-revs": noRevisions = true
        case "--flags": showsFlags = true
        case "--no-flags": showsFlags = false
        case "--sq": quotesForShell = true
        case "--not": showsNot.toggle()
        case "--symbolic": isSymbolic = true
        case "--symbolic-full-name": (isSymbolic, isFullSymbolic) = (true, true)
        case "--abbrev-ref":
            guard value == nil || value == "strict" || value == "loose" else {
                throw CommandError.fatal("unknown mode for --abbrev-ref: \(value ?? "")")
            }
            nameStyle = value ?? "loose"
        case "--path-format":
            guard let value, value == "absolute" || value == "relative" else {
                throw CommandError.fatal(
                    value == nil
                        ? "--path-format requires an argument" : "unknown argument to --path-format: \(value ?? "")")
            }
            pathFormat = value
        case "--all":
            for ref in try context.repository().refs.list() { try showRef(ref, "") }
            excluded = []
        case "--branches": try showRefs("refs/heads/", value)
        case "--tags": try showRefs("refs/tags/", value)
        case "--remotes": try showRefs("refs/remotes/", value)
        case "--glob": try showRefs("", value.map { $0.hasPrefix("refs/") ? $0 : "refs/" + $0 })
        case "--exclude": excluded.append(value ?? "")
        case "--disambiguate": try disambiguate(value ?? "")
        case "--since", "--after": try limit("--max-age=", value ?? "")
        case "--until", "--before": try limit("--min-age=", value ?? "")
        default: return try place(name, words, &index)
        }
        return true
    }

    private func limit(_ name: String, _ text: String) throws {
        context.output.line("\(name)\(ApproximateDate.limit(text, now: context.now, localZone: context.localZone))")
    }

    private mutating func showRef(_ ref: Ref, _ trimming: String) throws {
        let name = Array(ref.name.bytes.dropFirst(trimming.utf8.count))
        if excluded.contains(where: { Wildmatch.matches(Array($0.utf8), name) }) { return }
        guard let id = ref.id else { return }
        try show(id, ref.name.string, isExcluded: false)
    }

    private mutating func showRefs(_ prefix: String, _ pattern: String?) throws {
        var glob: [UInt8]?
        if let pattern {
            var full = prefix + pattern
            if !Wildmatch.isGlob(full.utf8) { full += full.hasSuffix("/") ? "*" : "/*" }
            glob = Array(full.utf8)
        }
        for ref in try context.repository().refs.list(prefix: prefix.isEmpty ? "refs/" : prefix) {
            if let glob, !Wildmatch.matches(glob, ref.name.bytes) { continue }
            try showRef(ref, prefix)
        }
        excluded = []
    }

    private mutating func disambiguate(_ prefix: String) throws {
        let bytes = Array(prefix.lowercased().utf8)
        guard bytes.count >= 4, bytes.allSatisfy({ Hex.value($0) != nil }) else { return }
        for id in try context.repository().objects.ids(withHexPrefix: bytes, limit: .max) {
            try show(id, nil, isExcluded: false)
        }
    }

    // MARK: Places

    private mutating func place(_ name: String, _ words: [String], _ index: inout Int) throws -> Bool {
        let output = context.output
        switch name {
        case "--is-inside-work-tree": output.line(try isInside(\.workTree) ? "true" : "false")
        case "--is-inside-git-dir": output.line(try isInside(\.gitDirectory) ? "true" : "false")
        case "--is-bare-repository": output.line(try context.repository().isBare ? "true" : "false")
        case "--is-shallow-repository":
            let file = try context.repository().commonDirectory.appending("shallow")
            output.line((try? FileStatus.of(file)).flatMap { $0 } != nil ? "true" : "false")
        case "--show-toplevel":
            guard let top = try context.repository().workTree else {
                throw CommandError.fatal("this operation must be run in a work tree")
            }
            printPath(top, isAbsoluteByDefault: true)
        case "--show-prefix":
            let prefix = try context.prefix()
            output.line(prefix.isRoot ? [] : prefix.bytes + [UInt8(ascii: "/")])
        case "--show-cdup":
            let prefix = try context.prefix()
            output.line(String(repeating: "../", count: prefix.components.count))
        case "--git-dir": try printGitDirectory()
        case "--absolute-git-dir": output.line(try context.repository().gitDirectory.string)
        case "--git-common-dir":
            let repository = try context.repository()
            if repository.commonDirectory == repository.gitDirectory {
                try printGitDirectory()
            } else {
                printPath(repository.commonDirectory, isAbsoluteByDefault: true)
            }
        case "--git-path":
            guard index < words.count else { throw CommandError.fatal("--git-path requires an argument") }
            index += 1
            try printGitPath(words[index - 1])
        case "--resolve-git-dir":
            guard index < words.count else { throw CommandError.fatal("--resolve-git-dir requires an argument") }
            index += 1
            let path = words[index - 1]
            guard (try? Repository.open(FilePath(path))) != nil else {
                throw CommandError.fatal("not a gitdir '\(path)'")
            }
            output.line(path)
        case "--show-superproject-working-tree": _ = try context.repository()
        case "--show-object-format": output.line(try context.repository().algorithm.name)
        default: return false
        }
        return true
    }

    private func isInside(_ path: KeyPath<Repository, FilePath>) throws -> Bool {
        context.workingDirectory.starts(with: try context.repository()[keyPath: path])
    }

    private func isInside(_ path: KeyPath<Repository, FilePath?>) throws -> Bool {
        guard let top = try context.repository()[keyPath: path] else { return false }
        let here = context.workingDirectory
        let gitDirectory = try context.repository().gitDirectory
        return here.starts(with: top) && !here.starts(with: gitDirectory)
    }

    private func printPath(_ path: FilePath, isAbsoluteByDefault: Bool) {
        let isAbsolute = pathFormat.map { $0 == "absolute" } ?? isAbsoluteByDefault
        context.output.line(isAbsolute ? path.bytes : relative(path))
    }

    /// A path as seen from the working directory.
    private func relative(_ path: FilePath) -> [UInt8] {
        let here = context.workingDirectory.components.map(\.string)
        let there = path.components.map(\.string)
        var common = 0
        while common < here.count, common < there.count, here[common] == there[common] { common += 1 }
        let parts = Array(repeating: "..", count: here.count - common) + there[common...]
        let text = parts.joined(separator: "/")
        let isUp = parts.allSatisfy { $0 == ".." } && !parts.isEmpty
        return Array((text.isEmpty ? "./" : isUp ? text + "/" : text).utf8)
    }

    /// `.git` at the top of the work tree, `.` in the directory itself, else the whole path: Git's habit.
    private func printGitDirectory() throws {
        let repository = try context.repository()
        if pathFormat != nil {
            printPath(repository.gitDirectory, isAbsoluteByDefault: true)
            return
        }
        if let given = context.discovery.gitDirectory {
            context.output.line(given.string)
        } else if context.workingDirectory == repository.gitDirectory {
            context.output.line(".")
        } else if repository.gitDirectory.removingLastComponent() == context.workingDirectory,
            repository.gitDirectory.lastComponent?.string == ".git"
        {
            context.output.line(".git")
        } else {
            context.output.line(repository.gitDirectory.string)
        }
    }

    private func printGitPath(_ name: String) throws {
        let repository = try context.repository()
        let shared = [
            "objects", "refs", "info", "hooks", "config", "packed-refs", "logs", "branches", "shallow", "worktrees",
        ]
        let first = name.split(separator: "/").first.map(String.init) ?? name
        let isOwn =
            name == "logs/HEAD" || name.hasPrefix("logs/refs/bisect/") || name.hasPrefix("refs/bisect/")
            || name.hasPrefix("refs/worktree/") || name.hasPrefix("refs/rewritten/")
        let base = shared.contains(first) && !isOwn ? repository.commonDirectory : repository.gitDirectory
        let path = base.appending(bytes: Array(name.utf8))
        let isNear =
            repository.gitDirectory.removingLastComponent() == context.workingDirectory
            && base.lastComponent?.string == ".git"
        if pathFormat == nil && isNear {
            context.output.line(".git/" + name)
        } else {
            printPath(path, isAbsoluteByDefault: true)
        }
    }
}
