internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitStorage
public import GitWorktree
public import SystemPackage

extension Repository {
    /// Opens the work tree with the configuration's settings.
    ///
    /// - Parameters:
    ///   - filter: the layer above that keeps large files, where there is one.
    ///   - witness: is told before files change.
    ///   - usesIgnoreRules: false where nothing is ignored (`add -f`, `ls-files -o`); the standard files otherwise.
    ///   - environment: what filter commands run with; nil for this process's own.
    ///   - warn: says something to the person.
    /// - Throws: ``RepositoryError`` where the repository is bare; ``ConfigError`` for a setting that cannot be read.
    public func openWorktree(
        filter: (any ContentFilter)? = nil, witness: (any WorktreeWitness)? = nil,
        ignoring sources: IgnoreRules.Sources? = nil, environment: [String]? = nil,
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> Worktree {
        guard let workTree else {
            throw RepositoryError(.noWorkTree, "this operation must be run in a work tree")
        }
        let settings = try worktreeSettings()
        let rules = IndexedRules(self)
        let ignores = IgnoreRules(
            workTree: workTree, sources: try sources ?? standardIgnores(), ignoringCase: settings.ignoresCase,
            fallback: { rules.ignores($0) })
        return try Worktree(
            root: workTree, objects: objects, settings: settings, attributes: try attributeRules(settings, rules),
            ignores: ignores, filter: filter, witness: witness, environment: environment, warn: warn)
    }

    /// The attributes of work-tree paths.
    private func attributeRules(_ settings: WorktreeSettings, _ rules: IndexedRules) throws -> AttributeRules {
        var sources = AttributeRules.Sources()
        sources.userFile =
            try config.path("core.attributesfile", home: discovery.home) ?? userDirectory?.appending("attributes")
        sources.infoFile = commonDirectory.appending("info/attributes")
        return AttributeRules(
            workTree: workTree ?? gitDirectory, sources: sources, ignoringCase: settings.ignoresCase,
            fallback: { rules.attributes($0) })
    }

    /// Attributes as the index has them, for a repository without a work tree.
    public func indexAttributes(_ index: Index) throws -> AttributeRules {
        var sources = AttributeRules.Sources()
        sources.userFile =
            try config.path("core.attributesfile", home: discovery.home) ?? userDirectory?.appending("attributes")
        sources.infoFile = commonDirectory.appending("info/attributes")
        let objects = objects
        return AttributeRules(sources: sources) { path in
            guard let entry = index[path], let blob = try? objects.read(entry.id, as: .blob) else { return nil }
            return blob
        }
    }

    /// The ignore files that apply without options: `core.excludesFile`, then `info/exclude`.
    public func standardIgnores() throws -> IgnoreRules.Sources {
        var sources = IgnoreRules.Sources()
        if let configured = try config.path("core.excludesfile", home: discovery.home) {
            sources.files.append((configured, configured.bytes))
        } else if let standard = userDirectory?.appending("ignore") {
            sources.files.append((standard, standard.bytes))
        }
        let info = commonDirectory.appending("info/exclude")
        var name = info
        if let workTree, name.removePrefix(workTree) {
            sources.files.append((info, name.bytes))
        } else {
            sources.files.append((info, info.bytes))
        }
        return sources
    }

    /// Reads an index file, this work tree's where none is named: a split one is put together, a sparse one expanded unless
    /// `keepsDirectories` says otherwise.
    public func readIndex(_ file: FilePath? = nil, keepsDirectories: Bool = false) throws(IndexError) -> Index {
        let file = file ?? indexFile
        let directory = file.lastComponent?.string == "index" ? file.removingLastComponent() : gitDirectory
        do throws(IndexError) {
            return try Index.read(
                file, algorithm: algorithm, objects: objects, keepsDirectories: keepsDirectories,
                sharedDirectory: directory)
        } catch {
            switch error {
            case .badSignature, .unsupportedVersion, .badHash, .malformed, .unordered: throw .damaged(file, error)
            default: throw error
            }
        }
    }

    /// The directory of the person's own files: `~/.config/git`.
    private var userDirectory: FilePath? {
        if let first = discovery.globalConfig.first, first.lastComponent?.string == "config" {
            return first.removingLastComponent()
        }
        return discovery.home?.appending(".config/git")
    }

    /// What the configuration says of the work tree.
    public func worktreeSettings() throws -> WorktreeSettings {
        var settings = WorktreeSettings()
        settings.isTrustingExecutableBit = try config.bool("core.filemode") ?? true
        settings.hasSymbolicLinks = try config.bool("core.symlinks") ?? true
        settings.ignoresCase = try config.bool("core.ignorecase") ?? false
        settings.stat.isTrustingChangeTime = try config.bool("core.trustctime") ?? true
        settings.stat.isChecking = config.string("core.checkstat")?.lowercased() != "minimal"
        if config.string("core.autocrlf")?.lowercased() == "input" {
            settings.autoCRLF = .input
        } else if try config.bool("core.autocrlf") == true {
            settings.autoCRLF = .on
        }
        if try config.bool("core.sparsecheckout") == true,
            let patterns = try Files.readIfPresent(gitDirectory.appending("info/sparse-checkout"))
        {
            settings.sparse = SparsePatterns(
                parsing: patterns, isCone: try config.bool("core.sparsecheckoutcone") ?? true)
        }
        settings.usesCRLF = config.string("core.eol")?.lowercased() == "crlf"
        if let safe = config.string("core.safecrlf") {
            if safe.lowercased() == "warn" {
                settings.safeCRLF = .warn
            } else {
                settings.safeCRLF = try config.bool("core.safecrlf") == true ? .fail : .off
            }
        }
        for bytes in config.subsections(of: "filter") {
            let name = String(decoding: bytes, as: UTF8.self)
            var driver = FilterDriver(name: name)
            driver.clean = config.string("filter.\(name).clean").flatMap { $0.isEmpty ? nil : $0 }
            driver.smudge = config.string("filter.\(name).smudge").flatMap { $0.isEmpty ? nil : $0 }
            driver.process = config.string("filter.\(name).process").flatMap { $0.isEmpty ? nil : $0 }
            driver.isRequired = try config.bool("filter.\(name).required") ?? false
            settings.drivers[name] = driver
        }
        return settings
    }
}
