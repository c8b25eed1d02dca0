internal import GitObjects
internal import GitProtocol
internal import GitRepository
internal import GitStorage
internal import Logging
internal import SystemPackage

/// Decides on one push: protections, large files, hooks; and writes down what became of it.
struct PushAdmission: Sendable {
    let host: Host
    let name: RepositoryName
    let exchange: Exchange

    private var directory: FilePath { host.repositories.path(of: name) }

    /// Why the whole push is refused; nil where it is not.
    func admit(_ push: ReceivedPush) throws -> String? {
        if let signed = push.certificate, let reason = refusal(of: signed) { return reason }
        if let quarantine = push.quarantine {
            let missing = try MissingLargeFiles.find(
                quarantine: quarantine, algorithm: push.objects.algorithm, in: try host.largeContent(of: name))
            if let first = missing.first {
                let count = missing.count == 1 ? "a large file" : "\(missing.count) large files"
                push.message(
                    "\(count) that this push refers to is not on the server, as \(first)\n"
                        + "hint: send them first: 'nacre push', or 'git lfs push --all <remote>'\n")
                return "large files are missing"
            }
        }
        return try hook("pre-receive", [], push) ? nil : "pre-receive hook declined"
    }

    /// Why a signed push is refused: who signs must mean this push, here and now, and be the one who pushes.
    private func refusal(of signed: SignedPush) -> String? {
        guard signed.nonce.status == .ok else { return "push certificate: the nonce is not good; push again" }
        guard signed.check.status == "G" else { return "push certificate: no good signature of a registered key" }
        guard signed.check.signer == exchange.identity.name else {
            return "push certificate: signed with a key of somebody else"
        }
        return nil
    }

    /// Why one update is refused; nil where it is not.
    func admitUpdate(_ update: RefUpdate, _ push: ReceivedPush) throws -> String? {
        let ref = String(decoding: update.name, as: UTF8.self)
        for rule in try host.accounts.protections(of: name) where rule.covers(ref) {
            if let reason = try refusal(of: update, by: rule, push) { return reason }
        }
        let arguments = [ref, update.old.hex, update.new.hex]
        return try hook("update", arguments, push) ? nil : "hook declined"
    }

    private func refusal(of update: RefUpdate, by rule: Protection, _ push: ReceivedPush) throws -> String? {
        let role = try host.accounts.role(of: exchange.identity, in: name)
        guard let needed = rule.pushRole else { return "protected: nobody may push to it" }
        guard let role, role >= needed else { return "protected: only a \(needed.name) may push to it" }
        if update.isDeletion { return rule.allowsDelete ? nil : "protected: it may not be deleted" }
        if !rule.allowsForce, !update.old.isZero, update.old != update.new {
            if update.name.starts(with: Array("refs/tags/".utf8)) { return "protected: the tag may not be moved" }
            guard try Ancestry.leads(from: update.new, to: update.old, push.objects) else {
                return "protected: it may not lose commits (non-fast-forward)"
            }
        }
        if rule.requiresSignature, let reason = try SignedCommits(host).refusal(of: update, directory, push) {
            return reason
        }
        if rule.requiresPolicy, let reason = try PolicyAdmission.refusal(of: update, push) { return reason }
        return nil
    }

    /// Writes down which updates were made, and tells the hook.
    func updated(_ updates: [RefUpdate], _ push: ReceivedPush) {
        if let signed = push.certificate {
            record("push.certificate", "\(signed.id.hex) signed by \(signed.check.signer)")
        }
        for update in updates {
            let detail = "\(update.text) \(update.old.hex) \(update.new.hex)"
            record("ref.update", detail)
        }
        host.metrics.add("refs_updated", updates.count)
        host.pushed.note(name)
        _ = try? PushHook(directory: directory, push: push, updates: updates, user: exchange.identity.name)
            .run("post-receive", [])
    }

    private func record(_ action: String, _ detail: String) {
        do {
            try host.accounts.record(exchange.actor.entry(host.accounts.now(), action, name.path, detail))
        } catch {
            exchange.logger.error("cannot write the audit log", metadata: ["error": .string("\(error)")])
        }
    }

    private func hook(_ hook: String, _ arguments: [String], _ push: ReceivedPush) throws -> Bool {
        try PushHook(directory: directory, push: push, updates: push.updates, user: exchange.identity.name)
            .run(hook, arguments)
    }
}
