internal import Bytes
public import GitConfig
public import GitObjects
public import GitProtocol
internal import GitRefs
internal import GitStorage
internal import Glibc
internal import SystemPackage

extension Repository {
    /// The repository as the other side of a fetch or push sees it.
    public func served(hiding section: String = "uploadpack") -> ServedRepository {
        var served = ServedRepository(gitDirectory: commonDirectory, objects: objects, refs: refs)
        let hidden = (config.strings("transfer.hiderefs") + config.strings("\(section).hiderefs")).map { rule in
            rule.hasPrefix("!") ? (prefix: String(rule.dropFirst()), hides: false) : (prefix: rule, hides: true)
        }
        guard !hidden.isEmpty else { return served }
        served.isHidden = { name in
            // The last rule that matches counts.
            let rule = hidden.last {
                name.string == $0.prefix || name.starts(with: $0.prefix.hasSuffix("/") ? $0.prefix : $0.prefix + "/")
            }
            return rule?.hides ?? false
        }
        return served
    }

    /// Serves fetches from this repository.
    ///
    /// - Throws: ``ConfigError`` for a value that cannot be read.
    public func uploadPackServer(agent: String) throws(ConfigError) -> UploadPackServer {
        var options = UploadPackServer.Options(agent: agent)
        let seconds = try config.int("uploadpack.keepalive") ?? 5
        options.keepAlive = seconds > 0 ? .seconds(seconds) : nil
        return UploadPackServer(served(), options: options)
    }

    /// Serves pushes to this repository by its configuration; with `runningHooks`, its hooks are asked.
    ///
    /// - Throws: ``ConfigError`` for a value that cannot be read.
    public func receivePackServer(
        agent: String, committer: Signature, runningHooks: Bool, variables: [(name: String, value: String)] = [],
        checkingCertificates check: (@Sendable (Repository, PushCertificate) throws -> PushCertificateCheck)? = nil
    ) throws -> ReceivePackServer {
        var options = ReceivePackServer.Options(agent: agent, committer: committer)
        if try config.bool("receive.fsckobjects") ?? config.bool("transfer.fsckobjects") ?? false {
            options.makeChecker = { ModulesCheck.transferChecker(isStrict: true) }
        }
        options.deniesNonFastForwards = try config.bool("receive.denynonfastforwards") ?? false
        options.deniesDeletes = try config.bool("receive.denydeletes") ?? false
        options.allowsPushOptions = try config.bool("receive.advertisepushoptions") ?? false
        options.allowsAtomic = try config.bool("receive.advertiseatomic") ?? true
        options.packLimit = try config.int("receive.maxinputsize") ?? 0
        if let seed = config.string("receive.certnonceseed"), !seed.isEmpty {
            let slop = Int64(try config.int("receive.certnonceslop") ?? 0)
            options.nonce = PushNonce(
                // A nonce is given and taken by one process here: a push that takes long is no older for that.
                seed: Array(seed.utf8), path: gitDirectory.bytes, slop: max(slop, 3600), now: { Int64(time(nil)) })
            if let check { options.checkCertificate = { try check(self, $0) } }
        }
        switch config.string("receive.denydeletecurrent") {
        case "ignore", "warn", "false": options.deniesDeletingCurrent = false
        default: break
        }
        if !isBare, case .symbolic(let branch)? = try refs.read(.head) {
            switch config.string("receive.denycurrentbranch") {
            case "ignore", "warn", "false", "no": break
            case "updateInstead": break
            default: options.checkedOutBranches = [branch]
            }
            if config.string("receive.denycurrentbranch") == "updateInstead" {
                throw RepositoryError(.invalid, "receive.denyCurrentBranch=updateInstead is not supported")
            }
        }
        if runningHooks {
            options.hooks = try ServerHooks(
                HookRunner(directory: hooksDirectory, repository: gitDirectory, variables: variables)
            ).hooks
        }
        return ReceivePackServer(served(hiding: "receive"), options: options)
    }
}

/// `pre-receive`, `update` and `post-receive`, as programs in the repository.
struct ServerHooks {
    private let runner: HookRunner

    init(_ runner: HookRunner) { self.runner = runner }

    private static func lines(_ updates: [RefUpdate]) -> [UInt8] {
        updates.flatMap { Array("\($0.old.hex) \($0.new.hex) ".utf8) + $0.name + [UInt8(ascii: "\n")] }
    }

    private static func variables(_ push: ReceivedPush) -> [(name: String, value: String)] {
        var variables: [(String, String)] = []
        if let quarantine = push.quarantine {
            variables.append(("GIT_OBJECT_DIRECTORY", quarantine.string))
            variables.append(("GIT_QUARANTINE_PATH", quarantine.string))
            let alternates = push.objects.alternateDirectories.map(\.string).joined(separator: ":")
            variables.append(("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates))
        }
        if let certificate = push.certificate { variables += certificate.variables }
        if !push.options.isEmpty {
            variables.append(("GIT_PUSH_OPTION_COUNT", "\(push.options.count)"))
            for (index, option) in push.options.enumerated() { variables.append(("GIT_PUSH_OPTION_\(index)", option)) }
        }
        return variables
    }

    var hooks: ReceivePackServer.Hooks {
        var hooks = ReceivePackServer.Hooks()
        let runner = runner
        hooks.admit = { push in
            guard
                let result = try runner.run(
                    "pre-receive", input: Self.lines(push.updates), variables: Self.variables(push))
            else { return nil }
            push.message(result.text)
            return result.isSuccess ? nil : "pre-receive hook declined"
        }
        hooks.admitUpdate = { update, push in
            guard
                let result = try runner.run(
                    "update", [update.text, update.old.hex, update.new.hex], variables: Self.variables(push))
            else { return nil }
            push.message(result.text)
            return result.isSuccess ? nil : "hook declined"
        }
        hooks.updated = { updates, push in
            let variables = push.certificate?.variables ?? []
            if let result = try? runner.run("post-receive", input: Self.lines(updates), variables: variables) {
                push.message(result.text)
            }
            if let result = try? runner.run("post-update", updates.map(\.text)) { push.message(result.text) }
        }
        return hooks
    }
}
