internal import Bytes
internal import GitConfig
internal import GitRefs
internal import GitRepository
internal import SystemPackage

struct InitCommand: Command {
    static let name = "init"
    static let summary = "create an empty repository or complete an existing one"
    static let usage = [
        "[-q | --quiet] [--bare] [--template=<directory>] [--separate-git-dir <directory>]\n"
            + "           [--object-format=<format>] [-b <branch-name> | --initial-branch=<branch-name>]\n"
            + "           [--shared[=<permissions>]] [<directory>]"
    ]
    static let options: [OptionSpec] = [
        .value("template", "template-directory", "directory from which templates will be used"),
        .flag("bare", "create a bare repository"),
        .optional("shared", "permissions", "specify that the repository is to be shared amongst several users"),
        .flag("quiet", "q", "be quiet"),
        .value("separate-git-dir", "gitdir", "separate git dir from working tree"),
        .value("initial-branch", "b", "name", "override the name of the initial branch"),
        .value("object-format", "hash", "specify the hash algorithm to use"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        guard arguments.operands.count <= 1 else { throw CommandError.usage("too many arguments") }
        let directory =
            arguments.operands.first.map { context.workingDirectory.pushing(FilePath(bytes: $0)) }
            ?? context.workingDirectory
        var discovery = context.discovery
        discovery.gitDirectory = nil
        let config = try Repository.configurationOutside(discovery)
        var options = Repository.InitializeOptions()
        options.isBare = arguments.isOn("bare") || context.options.isBare
        options.initialBranch = try branch(arguments, config)
        options.algorithm = try algorithm(arguments, context)
        options.template = try template(arguments, config, context)
        options.shared = try shared(arguments)
        if let separate = arguments.bytes("separate-git-dir") {
            if options.isBare {
                throw CommandError.fatal("options '--separate-git-dir' and '--bare' cannot be used together")
            }
            options.separateGitDirectory = context.workingDirectory.pushing(FilePath(bytes: separate))
        }
        let result = try initialize(directory.lexicallyNormalized(), options, context)
        if !arguments.isOn("quiet") {
            let what = result.isReinitialized ? "Reinitialized existing" : "Initialized empty"
            let how = options.shared == nil ? "" : " shared"
            context.output.line("\(what)\(how) Git repository in \(result.gitDirectory)/")
        }
        return .success
    }

    private static func initialize(
        _ directory: FilePath, _ options: Repository.InitializeOptions, _ context: Context
    ) throws -> Repository.InitializeResult {
        guard let explicit = context.discovery.gitDirectory else {
            return try Repository.initialize(directory, options: options)
        }
        // GIT_DIR says where the repository itself stands; there is no `.git` beside the files then.
        var options = options
        options.isBare = context.discovery.workTree == nil && options.isBare
        return try Repository.initialize(inPlace: context.workingDirectory.pushing(explicit), options: options)
    }

    private static func branch(_ arguments: Arguments, _ config: Config) throws -> String {
        let name = arguments.text("initial-branch") ?? config.string("init.defaultbranch") ?? "master"
        guard (try? RefName("refs/heads/\(name)")) != nil, !name.hasPrefix("-") else {
            throw CommandError.fatal("invalid initial branch name: '\(name)'")
        }
        return name
    }

    private static func algorithm(_ arguments: Arguments, _ context: Context) throws -> HashAlgorithm? {
        guard let name = arguments.text("object-format") ?? context.environment.nonEmpty("GIT_DEFAULT_HASH") else {
            return nil
        }
        guard let algorithm = HashAlgorithm(name: name) else {
            throw CommandError.fatal("unknown hash algorithm '\(name)'")
        }
        return algorithm
    }

    static func template(_ arguments: Arguments, _ config: Config, _ context: Context) throws -> FilePath? {
        if let explicit = arguments.bytes("template") {
            return explicit.isEmpty ? nil : context.workingDirectory.pushing(FilePath(bytes: explicit))
        }
        if let variable = context.environment.nonEmpty("GIT_TEMPLATE_DIR") { return FilePath(variable) }
        return try config.path("init.templatedir", home: context.home)
    }

    private static func shared(_ arguments: Arguments) throws -> String? {
        guard let given = arguments.last("shared") else { return nil }
        switch given.text {
        case nil, "group", "true", "1": return "1"
        case "all", "world", "everybody", "2": return "2"
        case "umask", "false", "0": return nil
        case let mode?:
            guard mode.hasPrefix("0"), let bits = Int(mode, radix: 8), bits & 0o600 == 0o600 else {
                throw CommandError.fatal("bad config value '\(mode)' for 'core.sharedrepository'")
            }
            return mode
        }
    }
}
