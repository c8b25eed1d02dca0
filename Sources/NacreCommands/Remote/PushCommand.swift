internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitTransport
internal import LargeFiles
internal import SystemPackage

struct PushCommand: Command {
    static let name = "push"
    static let summary = "update remote refs along with associated objects"
    static let usage = ["[<options>] [<repository> [<refspec>...]]"]
    static let options: [OptionSpec] = [
        .flag("verbose", "v", "be more verbose"),
        .flag("quiet", "q", "be more quiet"),
        .value("repo", "repository", "repository"),
        .flag("all", "push all refs"),
        .flag("mirror", "mirror all refs"),
        .flag("delete", "d", "delete refs"),
        .flag("tags", "push tags (can't be used with --all or --mirror)"),
        .flag("dry-run", "n", "dry run"),
        .flag("porcelain", "machine-readable output"),
        .flag("force", "f", "force updates"),
        .optional("force-with-lease", "<refname>:<expect>", "require old value of ref to be at this value"),
        .flag("force-if-includes", "require remote updates to be integrated locally"),
        .flag("thin", "use thin pack"),
        .value("receive-pack", "receive-pack", aliases: ["exec"], "receive pack program"),
        .flag("set-upstream", "u", "set upstream for git pull/status"),
        .flag("progress", "force progress reporting"),
        .optional(
            "recurse-submodules", "(check|on-demand|no)", "control recursive pushing of submodules"),
        .flag("prune", "prune locally removed refs"),
        .flag("verify", "run the pre-push hook"),
        .flag("follow-tags", "push missing but relevant tags"),
        .optional("signed", "(yes|no|if-asked)", "GPG sign the push"),
        .flag("atomic", "request atomic transaction on remote side"),
        .value("push-option", "o", "server-specific", "option to transmit"),
    ]

    static func run(_ arguments: Arguments, _ context: Context) throws -> ExitCode {
        let repository = try context.repository()
        let operands = arguments.texts
        let name = try operands.first ?? arguments.text("repo") ?? repository.pushRemote()
        let remote = try Remote(name, repository.config)
        if operands.isEmpty && arguments.text("repo") == nil && !remote.isConfigured {
            throw CommandError.fatal(
                "No configured push destination.\n"
                    + "Either specify the URL from the command-line or configure a remote repository using\n\n"
                    + "    git remote add <name> <url>\n\nand then push using the remote name\n\n    git push <name>\n")
        }
        var plan = PushPlan(repository, remote, arguments, context)
        let options: PushOptions
        do {
            options = try plan.options(Array(operands.dropFirst()))
        } catch let error as CommandError where error.kind == .error {
            context.errors.line("error: \(error)")
            for url in remote.pushURLs {
                context.errors.line("error: failed to push some refs to '\(RemoteURL(url).description)'")
            }
            return .failure
        }
        var failed = false
        for url in remote.pushURLs {
            if try !push(repository, remote, url, options, plan, arguments, context) { failed = true }
        }
        return failed ? .failure : .success
    }

    private static func push(
        _ repository: Repository, _ remote: Remote, _ url: String, _ options: PushOptions, _ plan: PushPlan,
        _ arguments: Arguments, _ context: Context
    ) throws -> Bool {
        var access = try context.remoteAccess()
        if let program = arguments.text("receive-pack") { access.ssh.receivePack = program }
        if arguments.isOn("verbose") { context.errors.line("Pushing to \(RemoteURL(url).description)") }
        var operation = PushOperation(repository, to: remote, url: url, options, access)
        let messages = context.serverMessages()
        operation.progress = { messages.take($0) }
        operation.warn = { context.errors.line("warning: \($0)") }
        if options.signing != nil { operation.signer = try signer(repository, context) }
        if arguments.flag("verify") ?? true {
            operation.beforeRefUpdate.append { try PrePushHook.run($0, repository) }
        }
        let recursion = try SubmoduleRecursion.push(arguments, repository.config)
        if recursion != .none, RecordedSubmodules.isNeeded(repository) {
            operation.beforeRefUpdate.append {
                try RecordedSubmodules(arguments, context).push(recursion, $0, remote, arguments)
            }
        }
        // Refs must not name content that is not there.
        operation.beforeRefUpdate.append { push in
            let commits = push.refs.compactMap(\.item.id)
            guard !commits.isEmpty, !arguments.isOn("dry-run") else { return }
            let connection = try LargeCommand.largeFileConnection(
                context, address: push.url, remote: remote.isConfigured ? push.remote : nil, isPush: true)
            try connection.push(commits, excluding: push.known.filter { repository.objects.contains($0) })
        }
        let outcome: PushOutcome
        do {
            outcome = try operation.run()
        } catch is PrePushHook.Declined {
            context.errors.line("error: failed to push some refs to '\(RemoteURL(url).description)'")
            return false
        }
        messages.finish()
        let display = PushDisplay(
            context, isPorcelain: arguments.isOn("porcelain"), isVerbose: arguments.isOn("verbose"))
        if !arguments.isOn("quiet") || !outcome.isSuccess { try display.show(outcome, repository) }
        if arguments.isOn("set-upstream") && !arguments.isOn("dry-run") {
            try plan.setUpstreams(outcome, context)
        }
        if !outcome.isSuccess {
            if let reason = outcome.unpackFailure { context.errors.line("error: remote unpack failed: \(reason)") }
            context.errors.line("error: failed to push some refs to '\(outcome.url)'")
            display.advise(outcome, currentBranch: repository.currentBranch)
            return false
        }
        let isUnchanged = outcome.refs.allSatisfy { $0.status == .upToDate }
        if display.isPorcelain {
            context.output.line("Done")
        } else if isUnchanged && !arguments.isOn("quiet") {
            context.errors.line("Everything up-to-date")
        }
        return true
    }
}

extension PushCommand {
    /// Signs push certificates as commits are signed.
    private static func signer(_ repository: Repository, _ context: Context) throws -> PushClient.Signing {
        let committer = try context.committer()
        let signing = Signing(context, repository)
        let identity = String(
            decoding: committer.name + Array(" <".utf8) + committer.email + Array(">".utf8), as: UTF8.self)
        // As in git: when it is pushed, whatever the committer's date is said to be.
        let now = context.now
        let zone = context.localZone(at: now)
        let hours = String(abs(zone) / 60 * 100 + abs(zone) % 60)
        let shown = (zone < 0 ? "-" : "+") + String(repeating: "0", count: max(0, 4 - hours.count)) + hours
        return PushClient.Signing(
            pusher: "\(try signing.keyName(fallback: identity)) \(now) \(shown)",
            sign: { try signing.sign($0, key: nil, committer: committer) })
    }
}

/// The hook that may stop a push: it is given a line for each ref.
enum PrePushHook {
    struct Declined: Error {}

    static func run(_ push: PendingPush, _ repository: Repository) throws {
        let runner = try HookRunner(
            directory: repository.hooksDirectory, repository: repository.workTree ?? repository.gitDirectory,
            isolated: false)
        let zero = ObjectID.zero(repository.algorithm)
        let lines = push.refs.flatMap { ref -> [UInt8] in
            let source = ref.item.source ?? "(delete)"
            let old = (ref.old ?? zero).hex
            return Array("\(source) \((ref.item.id ?? zero).hex) \(ref.item.destination) \(old)\n".utf8)
        }
        // The hook that sends large files for stock git has nothing to do here; the one that it stands before has.
        let file = try repository.hooksDirectory.appending("pre-push")
        let content = String(decoding: (try? Files.readIfPresent(file, limit: 1 << 20)) ?? [], as: UTF8.self)
        let name = content.contains("# nacre: sends large files") ? "pre-push.before-nacre" : "pre-push"
        guard let status = try runner.runVisibly(name, [push.remote, push.url], input: lines) else { return }
        guard status else { throw Declined() }
    }
}
