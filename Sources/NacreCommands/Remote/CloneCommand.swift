internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitTransport
internal import NacreExperiments
internal import SystemPackage

struct CloneCommand: Command {
    static let name = "clone"
    static let summary = "clone a repository into a new directory"
    static let usage = ["[<options>] [--] <repo> [<dir>]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be more verbose"),
        .flag("quiet", "q", "be more quiet"),
        .flag("progress", "force progress reporting"),
        .flag("no-checkout", "n", "don't create a checkout"),
        .flag("bare", "create a bare repository"),
        .flag("mirror", "create a mirror repository (implies bare)"),
        .flag("local", "l", "to clone from a local repository"),
        .value("origin", "o", "name", "use <name> instead of 'origin' to track upstream"),
        .value("branch", "b", "branch", "checkout <branch> instead of the remote's HEAD"),
        .value("upload-pack", "u", "path", "path to upload-pack on the remote"),
        .value("depth", "depth", "create a shallow clone of that depth"),
        .value("shallow-since", "time", "create a shallow clone since a specific time"),
        .value("shallow-exclude", "revision", "deepen history of shallow clone, excluding rev"),
        .flag("single-branch", "clone only one branch, HEAD or --branch"),
        .flag("tags", "clone tags, and configure later fetches to follow them"),
        .value("config", "c", "key=value", "set config inside the new repository"),
        .value("filter", "args", "object filtering"),
        .flag("hardlinks", "use hard links for objects of a local repository; --no-hardlinks copies them"),
        .flag("shared", "s", "setup as shared repository"),
        .value("reference", "repo", "reference repository"),
        .value("reference-if-able", "repo", "reference repository"),
        .flag("dissociate", "use --reference only while cloning"),
        .value("separate-git-dir", "gitdir", "separate git dir from working tree"),
        .value("template", "template-directory", "directory from which templates will be used"),
        .flag("sparse", "initialize sparse-checkout file to include only files at root"),
        .value("bundle-uri", "uri", "a URI for downloading bundles before fetching from origin remote"),
        .optional(
            "recurse-submodules", "pathspec", aliases: ["recursive"], "initialize submodules in the clone"),
        .value("jobs", "j", "n", "number of submodules cloned in parallel"),
        .flag("shallow-submodules", "any cloned submodules will be shallow"),
        .flag("remote-submodules", "any cloned submodules will use their remote-tracking branch"),
        .value("large", "when", "fetch large files now ('eager') or when they are asked for ('lazy')"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard let source = arguments.texts.first else {
            throw CommandError.usage("You must specify a repository to clone.")
        }
        guard arguments.operands.count <= 2 else { throw CommandError.usage("Too many arguments.") }
        if let when = arguments.text("large"), when != "lazy", when != "eager" {
            throw CommandError.usage("option `large' expects \"eager\" or \"lazy\"")
        }
        let clone = try CloneRequest(arguments, source, context)
        let isNew = try clone.checkTarget()
        if !clone.isQuiet {
            let what = clone.isBare ? "into bare repository" : "into"
            context.errors.line("Cloning \(what) '\(clone.shownTarget)'...")
        }
        do {
            let repository = try clone.run(context)
            if repository.head == nil && repository.isEmpty {
                context.errors.line("warning: You appear to have cloned an empty repository.")
            }
            return .success
        } catch {
            // What was begun is taken away again; a directory that stood there stays, empty.
            if let separate = clone.separateDirectory { _ = try? Files.removeTree(separate) }
            if isNew {
                _ = try? Files.removeTree(clone.target)
            } else {
                for entry in (try? Files.list(clone.target)) ?? [] {
                    _ = try? Files.removeTree(clone.target.appending(bytes: entry.name))
                }
            }
            guard case BundleError.missingPrerequisites? = error as? BundleError else { throw error }
            context.errors.line("error: \(error)")
            throw CommandError.fatal("remote transport reported error")
        }
    }
}

/// One clone.
struct CloneRequest {
    let target: FilePath
    let shownTarget: String
    let isBare: Bool
    let isQuiet: Bool
    private let arguments: Arguments
    private let isMirror: Bool
    private let url: String
    private let isLocalPath: Bool
    private let origin: String
    let separateDirectory: FilePath?
    private let storage: CloneStorage

    /// What a finished clone is reported by.
    struct Result {
        let head: ObjectID?
        let isEmpty: Bool
    }

    init(_ arguments: Arguments, _ source: String, _ context: Context) throws {
        self.arguments = arguments
        isMirror = arguments.isOn("mirror")
        isBare = arguments.isOn("bare") || isMirror || context.options.isBare
        isQuiet = arguments.isOn("quiet")
        let config = try Repository.configurationOutside(context.discovery)
        origin = arguments.text("origin") ?? config.string("clone.defaultremotename") ?? "origin"
        guard (try? RefName("refs/remotes/\(origin)/HEAD")) != nil else {
            throw CommandError.fatal("'\(origin)' is not a valid remote name")
        }
        let address = RemoteURL(source)
        isLocalPath = address.scheme == .local && !address.isURL
        let place = context.workingDirectory.pushing(FilePath(source)).lexicallyNormalized()
        if isLocalPath, (try? FileStatus.of(place, followingLinks: true)) != nil {
            url = place.string
        } else if isLocalPath {
            throw CommandError.fatal("repository '\(source)' does not exist")
        } else {
            url = source
        }
        shownTarget = arguments.texts.count > 1 ? arguments.texts[1] : CloneRequest.guess(source, isBare: isBare)
        guard !shownTarget.isEmpty else {
            throw CommandError.fatal(
                "No directory name could be guessed.\nPlease specify a directory on the command line")
        }
        target = context.workingDirectory.pushing(FilePath(shownTarget)).lexicallyNormalized()
        separateDirectory = arguments.bytes("separate-git-dir").map {
            context.workingDirectory.pushing(FilePath(bytes: $0)).lexicallyNormalized()
        }
        storage = CloneStorage(arguments, context, address: url, source: isLocalPath ? place : nil)
        try checkOptions(context)
    }

    private func checkOptions(_ context: Context) throws {
        if let separate = separateDirectory {
            if isBare {
                throw CommandError.fatal("options '--bare' and '--separate-git-dir' cannot be used together")
            }
            if let entries = try Files.list(separate), !entries.isEmpty {
                throw CommandError.fatal(
                    "repository path '\(separate)' already exists and is not an empty directory.")
            }
        }
        let isCut = ["depth", "shallow-since", "shallow-exclude"].contains { arguments.has($0) }
        if arguments.has("bundle-uri") && isCut {
            throw CommandError.fatal(
                "options '--bundle-uri' and '--depth/--shallow-since/--shallow-exclude' cannot be used together")
        }
        if arguments.isOn("sparse") && CommandTable.find("sparse-checkout") == nil {
            throw CommandError.fatal("--sparse needs a sparse-checkout command, which is not there")
        }
    }

    /// The directory's name from the address: the last part of the path, without `.git`.
    static func guess(_ source: String, isBare: Bool) -> String {
        var text = source[...]
        if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") {
            text = text[colon...].dropFirst(3)
        }
        while let last = text.last, last == "/" || last.isWhitespace { text.removeLast() }
        if text.hasSuffix("/.git") { text = text.dropLast(5) }
        while text.hasSuffix("/") { text.removeLast() }
        let name = text.lastIndex { $0 == "/" || $0 == ":" }.map { text[text.index(after: $0)...] } ?? text
        var result = String(name)
        if result.hasSuffix(".bundle") {
            result.removeLast(7)
        } else if result.hasSuffix(".git") {
            result.removeLast(4)
        }
        return isBare && !result.isEmpty ? result + ".git" : result
    }

    /// Refuses a directory with something in it; returns whether there is none yet.
    func checkTarget() throws -> Bool {
        guard let status = try FileStatus.of(target, followingLinks: true) else { return true }
        guard status.kind == .directory, try (Files.list(target) ?? []).isEmpty else {
            throw CommandError.fatal("destination path '\(shownTarget)' already exists and is not an empty directory.")
        }
        return false
    }

    private var isSingleBranch: Bool {
        arguments.flag("single-branch") ?? (!isMirror && deepensHistory)
    }

    private var deepensHistory: Bool {
        !isLocalPath && (arguments.has("depth") || arguments.has("shallow-since") || arguments.has("shallow-exclude"))
    }

    func run(_ context: Context) throws -> Result {
        var access = try context.remoteAccess()
        if let program = arguments.text("upload-pack") { access.ssh.uploadPack = program }
        let outside = try CloneSettings.config(arguments, context)
        let connection = try access.connect(to: Remote(url, outside).urls[0], outside)
        defer { connection.close() }
        let client = try FetchClient(connection, agent: Context.agent, version: access.version(outside))
        let wanted: [String] = isMirror ? [] : ["HEAD", "refs/heads/", "refs/tags/", "refs/notes/nacre/"]
        let refs = try client.refs(prefixes: wanted.map { Array($0.utf8) })
        let choice = try CloneHead(
            refs, branch: arguments.text("branch"), origin: origin,
            defaultBranch: outside.string("init.defaultbranch") ?? "master")
        let repository = try create(client.algorithm, choice, context)
        try storage.fetchBundles(
            repository, access, client, isWhole: !isLocalPath && !deepensHistory && !arguments.has("filter"))
        try fetch(client, refs, choice, repository, access, context)
        if arguments.isOn("dissociate") { try storage.dissociate(repository) }
        let notes = try repository.refs.list(prefix: CloneSettings.notesPrefix(origin)).map(\.name)
        try FetchedNotes(repository, access.committer).merge(notes)
        if isLocalPath && !isQuiet && !BundleFile.isBundle(FilePath(url)) { context.errors.line("done.") }
        try setHead(choice, repository, access, context)
        if !isBare && arguments.flag("no-checkout") != true, let commit = choice.commit {
            if arguments.isOn("sparse") {
                try CloneSettings.makeSparse(context)
                // The settings that this wrote count from here on.
                var discovery = context.discovery
                discovery.workTree = nil
                context.opened = try Repository.open(target, discovery)
            }
            try CloneCheckout.run(
                context.repository(), commit, address: Remote(origin, repository.config).urls[0], remote: origin,
                isLazy: arguments.text("large") == "lazy", context)
        }
        if !isBare && arguments.flag("no-checkout") != true, choice.commit != nil {
            try CloneSubmodules(arguments, context, isQuiet: isQuiet).run(repository)
        }
        if choice.isDetached && !isQuiet, arguments.text("branch") != nil, let commit = choice.commit {
            context.adviseOnDetachedHead(commit.hex)
        }
        return Result(head: choice.commit, isEmpty: refs.allSatisfy { $0.id == nil })
    }

    // MARK: Steps

    private func create(_ algorithm: HashAlgorithm, _ head: CloneHead, _ context: Context) throws -> Repository {
        var options = Repository.InitializeOptions()
        options.isBare = isBare
        options.algorithm = algorithm
        options.separateGitDirectory = separateDirectory
        options.template = try InitCommand.template(
            arguments, Repository.configurationOutside(context.discovery), context)
        if let branch = head.branch { options.initialBranch = branch }
        let directory = try Repository.initialize(target, options: options).gitDirectory
        var settings = arguments.allTexts("config").map { CloneSettings.pair($0) }
        settings.append(("remote.\(origin).url", url))
        for spec in fetchSpecs(head) { settings.append(("remote.\(origin).fetch", spec)) }
        if isMirror { settings.append(("remote.\(origin).mirror", "true")) }
        if arguments.flag("tags") == false { settings.append(("remote.\(origin).tagOpt", "--no-tags")) }
        if let filter = try filter(context) {
            settings += [
                ("core.repositoryformatversion", "1"),
                ("remote.\(origin).promisor", "true"), ("remote.\(origin).partialclonefilter", filter.expanded),
            ]
        }
        settings += CloneSubmodules.settings(arguments)
        if let branch = head.branch, !isBare {
            settings += [("branch.\(branch).remote", origin), ("branch.\(branch).merge", "refs/heads/\(branch)")]
        }
        try ConfigFile.edit(directory.appending("config")) { file throws(ConfigError) in
            for (key, value) in settings {
                if key.hasSuffix(".fetch") || key == "submodule.active" {
                    try file.add(key, Array(value.utf8))
                } else {
                    try file.set(key, to: value)
                }
            }
        }
        try storage.borrow(in: directory.appending("objects"))
        var discovery = context.discovery
        discovery.workTree = nil
        let repository = try Repository.open(target, discovery)
        context.opened = repository
        return repository
    }

    /// What later fetches bring: branches, and the notes of runs and attestations. Never a push refspec.
    private func fetchSpecs(_ head: CloneHead) -> [String] {
        if isMirror { return ["+refs/*:refs/*"] }
        if isBare { return [] }
        let notes = CloneSettings.notesSpec(origin)
        guard isSingleBranch else { return ["+refs/heads/*:refs/remotes/\(origin)/*", notes] }
        if let tag = head.tag { return ["+\(tag):\(tag)"] }
        guard let branch = head.branch else { return [] }
        return ["+refs/heads/\(branch):refs/remotes/\(origin)/\(branch)", notes]
    }

    private func filter(_ context: Context) throws -> FilterSpec? {
        guard let text = arguments.text("filter") else { return nil }
        if isLocalPath {
            context.errors.line("warning: --filter is ignored in local clones; use file:// instead.")
            return nil
        }
        return try FilterSpec(parsing: text)
    }

    private func fetch(
        _ client: FetchClient, _ refs: [AdvertisedRef], _ head: CloneHead, _ repository: Repository,
        _ access: RemoteAccess, _ context: Context
    ) throws {
        var options = FetchOptions()
        options.isQuiet = !context.showsProgress(arguments)
        if isLocalPath {
            for option in ["depth", "shallow-since", "shallow-exclude"] where arguments.has(option) {
                context.errors.line("warning: --\(option) is ignored in local clones; use file:// instead.")
            }
        } else {
            options.deepening = try FetchArguments.deepening(arguments, repository, context)
        }
        options.hasAllObjects = try storage.link(into: repository)
        options.negotiationTips = try storage.borrowedTips(repository)
        options.filter = isLocalPath ? nil : try arguments.text("filter").map { try FilterSpec(parsing: $0) }
        let takesTags = arguments.flag("tags") != false
        options.tags = isSingleBranch ? (takesTags ? .automatic : Remote.TagMode.none) : Remote.TagMode.none
        let destinations = CloneMap(
            origin: origin, isMirror: isMirror, isBare: isBare, takesTags: takesTags,
            only: isSingleBranch ? head : nil)
        var operation = FetchOperation(repository, from: try Remote(origin, repository.config), options, access)
        let messages = context.serverMessages()
        operation.progress = { messages.take($0) }
        if context.showsProgress(arguments) {
            let progress = TransferProgress(context.errors)
            operation.receiving = { progress.receiving($0) }
        }
        try operation.clone(client, refs, to: destinations.destination, head: head.commit)
        messages.finish()
    }

    private func setHead(_ head: CloneHead, _ repository: Repository, _ access: RemoteAccess, _ context: Context) throws
    {
        let message = "clone: from \(RemoteURL(url).description)"
        var transaction = repository.refs.beginTransaction()
        if !isBare, let branch = head.remoteBranch, !isSingleBranch || head.branch == branch {
            let target = try RefName("refs/remotes/\(origin)/\(branch)")
            if try repository.refs.read(target) != nil {
                transaction.setSymbolic(try RefName("refs/remotes/\(origin)/HEAD"), to: target, message: message)
            }
        }
        if let branch = head.branch {
            if let commit = head.commit, !isBare {
                transaction.update(try RefName("refs/heads/" + branch), to: commit, message: message)
            }
        } else if let commit = head.commit {
            transaction.update(.head, to: commit, message: message, followingSymbolic: false)
        }
        guard !transaction.isEmpty else { return }
        try transaction.commit(committer: access.committer)
    }
}
