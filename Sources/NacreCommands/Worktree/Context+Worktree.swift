internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRepository
internal import GitStorage
internal import GitWorktree
internal import LargeFiles
internal import SystemPackage

extension Context {
    /// The work tree with the configuration's settings and the large-file filter; with `isLazy`, one that leaves the content of large
    /// files out.
    func worktree(ignoring sources: IgnoreRules.Sources? = nil, isLazy: Bool = false) throws -> Worktree {
        let (repository, _) = try repositoryWithWorkTree()
        let errors = errors
        let progress = largeFileProgress
        let missing = missingContent
        let filter = try LargeFileFilter(
            repository, isLazy: isLazy, announce: { bytes in progress?.announce(bytes) },
            progress: { bytes in progress?.advance(bytes) }, fetch: try LargeCommand.fetcher(self),
            warn: { errors.line($0) }, miss: { missing.note($0, $1) })
        return try repository.openWorktree(
            filter: filter, witness: recorder, ignoring: sources, warn: { errors.line($0) })
    }

    /// Ignore rules that ignore nothing.
    static var noIgnores: IgnoreRules.Sources {
        var sources = IgnoreRules.Sources()
        sources.perDirectory = nil
        return sources
    }

    /// The paths that operands name, relative to the working directory.
    func pathspec(_ operands: some Collection<[UInt8]>, attributes: AttributeRules? = nil) throws -> Pathspec {
        let (_, workTree) = try repositoryWithWorkTree()
        var defaults = Pathspec.Defaults()
        func isOn(_ name: String) -> Bool { options.pathspecVariables[name] != nil || environment.isOn(name) }
        defaults.isLiteral = isOn("GIT_LITERAL_PATHSPECS")
        defaults.isGlob = isOn("GIT_GLOB_PATHSPECS")
        defaults.isNoGlob = isOn("GIT_NOGLOB_PATHSPECS")
        defaults.ignoresCase = isOn("GIT_ICASE_PATHSPECS")
        do throws(PathspecError) {
            var pathspec = try Pathspec(
                Array(operands), prefix: prefixOrRoot, root: workTree.bytes, defaults: defaults)
            pathspec.attributes = attributes
            return pathspec
        } catch {
            throw CommandError.fatal(error.description)
        }
    }

    private var prefixOrRoot: GitPath { (try? prefix()) ?? .root }

    /// Operands from `--pathspec-from-file`, or those of the command line.
    func operands(_ arguments: Arguments, _ given: some Collection<[UInt8]>) throws -> [[UInt8]] {
        guard let file = arguments.bytes("pathspec-from-file") else {
            if arguments.isOn("pathspec-file-nul") {
                throw CommandError.fatal("the option '--pathspec-file-nul' requires '--pathspec-from-file'")
            }
            return Array(given)
        }
        guard given.isEmpty else {
            throw CommandError.fatal("'--pathspec-from-file' and pathspec arguments cannot be used together")
        }
        let content =
            file.elementsEqual("-".utf8)
            ? try Files.readAll(0, path: "standard input")
            : try Files.read(workingDirectory.pushing(FilePath(bytes: file)))
        let isNul = arguments.isOn("pathspec-file-nul")
        return content.split(separator: isNul ? 0 : 10).map { line in
            var line = Array(line)
            if !isNul, line.last == 13 { line.removeLast() }
            if !isNul, line.first == UInt8(ascii: "\""), let text = GitPath.unquote(line) { return text }
            return line
        }
    }

    /// A path as messages show it: quoted where it must be (`core.quotePath`).
    func quoted(_ path: [UInt8]) -> [UInt8] {
        GitPath.quote(path, quotingHighBytes: quotesHighBytes) ?? path
    }

    var quotesHighBytes: Bool { ((try? configuration().bool("core.quotepath")) ?? nil) ?? true }

    /// A path relative to the working directory, quoted.
    func shown(_ path: GitPath) -> [UInt8] { quoted((try? relativeToWorkingDirectory(path)) ?? path.bytes) }

    /// Whether advice is given about something: `advice.<name>`.
    func advises(_ name: String) -> Bool {
        ((try? configuration().bool("advice.\(name.lowercased())")) ?? nil) ?? true
    }

    /// Prints lines of advice.
    func hint(_ lines: String...) {
        for line in lines { errors.line("hint: \(line)") }
    }
}
