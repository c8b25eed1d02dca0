internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitTransport
internal import Glibc
internal import SystemPackage

/// Objects that a clone need not fetch: linked from a repository on this machine, borrowed, or out of a bundle.
struct CloneStorage {
    private let arguments: Arguments
    private let context: Context
    /// The remote's address.
    private let address: String
    /// The repository that is cloned, where a path leads to it.
    private let source: FilePath?

    init(_ arguments: Arguments, _ context: Context, address: String, source: FilePath?) {
        self.address = address
        self.arguments = arguments
        self.context = context
        self.source = source
    }

    // MARK: Borrowing

    /// The repositories whose objects are used where they stand.
    private func lenders(isTold: Bool = false) throws -> [Repository] {
        var lenders: [Repository] = []
        let access = try context.remoteAccess()
        for given in arguments.occurrences where given.name.hasPrefix("reference") && !given.isNegated {
            guard let path = given.text else { continue }
            if let repository = try access.localRepository(path) {
                if repository.shallowCommits.isEmpty {
                    lenders.append(repository)
                    continue
                }
                let reason = "reference repository '\(path)' is shallow"
                guard given.name == "reference-if-able" else { throw CommandError.fatal(reason) }
                if isTold { context.errors.line("info: Could not add alternate for '\(path)': \(reason)") }
                continue
            }
            let reason = "reference repository '\(path)' is not a local repository."
            guard given.name == "reference-if-able" else { throw CommandError.fatal(reason) }
            if isTold { context.errors.line("info: Could not add alternate for '\(path)': \(reason)") }
        }
        if arguments.isOn("shared"), let source, let repository = try access.localRepository(source.string) {
            lenders.append(repository)
        }
        return lenders
    }

    /// Makes a new objects directory borrow.
    func borrow(in objects: FilePath) throws {
        let lenders = try lenders(isTold: true)
        guard !lenders.isEmpty else { return }
        let lines = lenders.map { "\($0.commonDirectory.appending("objects"))\n" }.joined()
        try TemporaryFile.replace(objects.appending("info/alternates"), with: Array(lines.utf8))
    }

    /// Where the refs of the repositories stand that objects are borrowed from; nil where none are.
    func borrowedTips(_ repository: Repository) throws -> [ObjectID]? {
        let lenders = try lenders()
        let bundled = try repository.refs.list(prefix: "refs/bundles/").compactMap(\.id)
        guard !lenders.isEmpty || !bundled.isEmpty else { return nil }
        return try bundled + lenders.flatMap { try $0.refs.list().compactMap(\.id) }
    }

    /// Takes over what is borrowed.
    func dissociate(_ repository: Repository) throws {
        let alternates = repository.commonDirectory.appending("objects/info/alternates")
        guard try FileStatus.of(alternates) != nil else { return }
        var options = RepackOptions()
        options.packsAll = true
        options.removesRedundant = true
        try repository.repack(options)
        try Files.remove(alternates)
    }

    // MARK: Linking

    /// Links the objects of a repository on this machine into a new one, or copies them where links cannot be made.
    ///
    /// - Returns: whether that was done.
    func link(into repository: Repository) throws -> Bool {
        guard let source, arguments.flag("local") != false, !arguments.isOn("shared"), !BundleFile.isBundle(source),
            let origin = try context.remoteAccess().localRepository(source.string),
            origin.algorithm == repository.algorithm, origin.shallowCommits.isEmpty
        else { return arguments.isOn("shared") }
        let from = origin.commonDirectory.appending("objects")
        try link(from, to: repository.commonDirectory.appending("objects"), depth: 0)
        let borrowed = origin.objects.alternateDirectories.map { "\($0)\n" }.joined()
        if !borrowed.isEmpty {
            let path = repository.commonDirectory.appending("objects/info/alternates")
            let before = try Files.readIfPresent(path) ?? []
            try TemporaryFile.replace(path, with: before + Array(borrowed.utf8))
            // They were read when the repository was opened.
            return false
        }
        try repository.objects.refreshPacks()
        return true
    }

    private func link(_ from: FilePath, to target: FilePath, depth: Int) throws {
        try Files.makeDirectory(target)
        for entry in try Files.list(from) ?? [] {
            let source = from.appending(bytes: entry.name)
            let copy = target.appending(bytes: entry.name)
            guard let status = try FileStatus.of(source) else { continue }
            switch status.kind {
            case .symbolicLink:
                throw CommandError.fatal("symlink '\(source)' exists, refusing to clone with --local")
            case .directory:
                guard depth < 4, !entry.name.starts(with: "tmp_".utf8) else { continue }
                try link(source, to: copy, depth: depth + 1)
            case .regular:
                let isPlace = entry.name.elementsEqual("alternates".utf8) || entry.name.starts(with: "tmp_".utf8)
                guard !isPlace, !copy.string.hasSuffix(".lock"), try FileStatus.of(copy) == nil else { continue }
                try place(source, at: copy, status)
            default: continue
            }
        }
    }

    private func place(_ source: FilePath, at target: FilePath, _ status: FileStatus) throws {
        if arguments.flag("hardlinks") != false {
            let linked = source.withPlatformString { old in target.withPlatformString { Glibc.link(old, $0) } }
            if linked == 0 { return }
        }
        var file = try TemporaryFile(
            in: target.removingLastComponent(), prefix: "copy", permissions: status.permissions)
        if status.size < 1 << 20 {
            try file.output.write(try Files.read(source))
        } else {
            let content = try MappedFile(source)
            try file.output.write(content.bytes)
        }
        try file.finish(as: target, synchronizing: false)
    }

    // MARK: Bundles

    /// Unpacks the bundle that `--bundle-uri` names, or those that the server does where `transfer.bundleURI` is on; their
    /// branches stand below `refs/bundles/` then, and what they lead to need not be fetched.
    func fetchBundles(
        _ repository: Repository, _ access: RemoteAccess, _ client: FetchClient, isWhole: Bool
    ) throws {
        if let text = arguments.text("bundle-uri") {
            _ = try fetchBundle(text, repository, access)
            return
        }
        guard isWhole, try repository.config.bool("transfer.bundleuri") == true, let list = try client.bundles() else {
            return
        }
        let base = RemoteURL(client.connection.displayURL)
        for bundle in list.bundles {
            let address = base.resolving(bundle.uri)
            guard address.scheme == .http || address.scheme == .https else { continue }
            let isFetched = try fetchBundle(address.withoutCredentials, repository, access)
            if isFetched, list.mode == .any { return }
        }
    }

    /// Unpacks a bundle; says whether that went well. What goes wrong is a warning: everything can be fetched.
    private func fetchBundle(_ text: String, _ repository: Repository, _ access: RemoteAccess) throws -> Bool {
        let url = RemoteURL(text)
        let path: FilePath
        var download: FilePath?
        defer { if let download { _ = try? Files.remove(download) } }
        switch url.scheme {
        case .local: path = context.workingDirectory.pushing(FilePath(url.path))
        case .http, .https:
            path = repository.gitDirectory.appending("nacre-bundle.tmp")
            download = path
            guard try get(url, to: path, repository, access) else { return false }
        default: throw CommandError.fatal("--bundle-uri takes a path or an HTTP address, not '\(text)'")
        }
        guard let bundle = try? BundleFile(reading: path), BundlePrerequisites.missing(bundle, repository).isEmpty
        else {
            context.errors.line("warning: failed to fetch objects from bundle URI '\(text)'")
            return false
        }
        let indexer = try PackIndexer(repository.objects)
        try bundle.readPack { try indexer.receive($0) }
        _ = try indexer.finish()
        var transaction = repository.refs.beginTransaction()
        for line in bundle.refs {
            guard RefName.isValid(line.text), let branch = RefName(unchecked: line.text).dropping("refs/heads/") else {
                continue
            }
            transaction.update(try RefName("refs/bundles/" + branch), to: line.id, message: "fetched bundle")
        }
        if !transaction.isEmpty { try transaction.commit(committer: access.committer) }
        return true
    }

    private func get(_ url: RemoteURL, to path: FilePath, _ repository: Repository, _ access: RemoteAccess) throws
        -> Bool
    {
        let options = try HTTPOptions(
            userAgent: access.agent, config: repository.config, url: url, home: context.home)
        var request = HTTPRequest("GET", url.withoutCredentials)
        request.followsRedirects = true
        let file = CloneDownload(try TemporaryFile(in: path.removingLastComponent(), prefix: "bundle"))
        // The remote's own server is told who asks, where it wants to know; no other is.
        let remote = RemoteURL(address)
        let take: (HTTPResponse, [UInt8]) throws -> Void = { response, bytes in
            if response.isSuccess { try file.write(bytes) }
        }
        let response =
            remote.isSameServer(as: url)
            ? try access.authenticator(remote, repository.config).send(
                request, remote, access.http, options, into: take)
            : try access.http.send(request, options, into: take)
        guard response.isSuccess else {
            context.errors.line("warning: failed to download bundle from URI '\(url.withoutCredentials)'")
            return false
        }
        try file.finish(as: path)
        return true
    }
}

/// Carries a temporary file into a closure that writes to it.
private final class CloneDownload {
    private var file: TemporaryFile

    init(_ file: consuming TemporaryFile) { self.file = file }

    func write(_ bytes: [UInt8]) throws { try file.output.write(bytes) }

    func finish(as path: FilePath) throws { try file.finish(as: path, synchronizing: false) }
}

/// The submodules of a clone.
struct CloneSubmodules {
    private let arguments: Arguments
    private let context: Context
    private let isQuiet: Bool

    init(_ arguments: Arguments, _ context: Context, isQuiet: Bool) {
        self.arguments = arguments
        self.context = context
        self.isQuiet = isQuiet
    }

    /// Which submodules are wanted: `submodule.active`.
    static func settings(_ arguments: Arguments) -> [(String, String)] {
        arguments.occurrences.filter { $0.name == "recurse-submodules" && !$0.isNegated }
            .map { ("submodule.active", $0.text ?? ".") }
    }

    func run(_ repository: Repository) throws {
        guard !Self.settings(arguments).isEmpty else { return }
        var words = ["submodule", "update", "--init", "--recursive", "--require-init"]
        if isQuiet { words.append("--quiet") }
        if arguments.isOn("shallow-submodules") { words.append("--depth=1") }
        if arguments.isOn("remote-submodules") { words += ["--remote", "--no-fetch"] }
        if let jobs = arguments.text("jobs") { words.append("--jobs=\(jobs)") }
        context.output.flush()
        let program = try NestedProgram(context)
        guard try program.run(words, in: repository.workTree ?? repository.gitDirectory).isSuccess else {
            throw CommandError(.silent, "", exitCode: .failure)
        }
    }
}
