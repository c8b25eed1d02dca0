internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitRepository
internal import GitStorage
internal import GitTransport

/// `remote show`: what a remote has, what of it is here, and what `pull` and `push` would do with it.
struct RemoteShow {
    private let name: String
    private let remote: Remote
    private let repository: Repository
    private let isQueried: Bool
    private let context: Context

    init(_ name: String, _ repository: Repository, isQueried: Bool, _ context: Context) throws {
        self.name = name
        remote = try RemoteCommand.known(name, repository)
        self.repository = repository
        self.isQueried = isQueried
        self.context = context
    }

    func print() throws {
        let refs = isQueried ? try query() : []
        say("* remote \(name)")
        say("  Fetch URL: \(remote.urls.first ?? "(no URL)")")
        for url in remote.pushURLs.isEmpty ? ["(no URL)"] : remote.pushURLs { say("  Push  URL: \(url)") }
        printHead(refs)
        try printBranches(refs)
        try printPulls()
        if remote.isMirror { say("  Local refs will be mirrored by 'git push'") }
        try printPushes(refs)
    }

    private func say(_ text: String) { context.output.line(text) }

    private func query() throws -> [AdvertisedRef] {
        let access = try context.remoteAccess()
        let connection = try access.connect(to: remote.urls[0], repository.config, remote: remote)
        defer { connection.close() }
        return try FetchClient(connection, agent: Context.agent, version: access.version(repository.config)).refs()
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
    }

    private func short(_ name: String) -> String {
        name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name
    }

    // MARK: HEAD

    private func printHead(_ refs: [AdvertisedRef]) {
        guard isQueried else { return say("  HEAD branch: (not queried)") }
        let heads = headBranches(refs)
        switch heads.count {
        case 0: say("  HEAD branch: (unknown)")
        case 1: say("  HEAD branch: \(heads[0])")
        default:
            say("  HEAD branch (remote HEAD is ambiguous, may be one of the following):")
            for head in heads { say("    \(head)") }
        }
    }

    /// The branch that the other side's `HEAD` names, or those that stand where it stands.
    private func headBranches(_ refs: [AdvertisedRef]) -> [String] {
        guard let head = refs.first(where: { $0.name == RefName.head.bytes }) else { return [] }
        if let target = head.symbolicTarget {
            return refs.contains { $0.name == target && $0.id != nil }
                ? [short(String(decoding: target, as: UTF8.self))] : []
        }
        return refs.filter { $0.id == head.id && $0.name.starts(with: "refs/heads/".utf8) }
            .map { short(String(decoding: $0.name, as: UTF8.self)) }
    }

    // MARK: Branches there

    private func printBranches(_ refs: [AdvertisedRef]) throws {
        var states: [String: String] = [:]
        let negative = remote.fetchSpecs.filter(\.isNegative)
        let here = try repository.refs.list()
        for spec in remote.fetchSpecs where !spec.isNegative {
            if isQueried {
                for ref in refs where ref.id != nil && RefName.isValid(ref.name) {
                    let name = RefName(unchecked: ref.name)
                    guard spec.matchesSource(name) else { continue }
                    if negative.contains(where: { $0.matchesSource(name) }) {
                        states[short(name.string)] = " skipped"
                    } else if let tracking = spec.destination(for: name), try repository.refs.read(tracking) == nil {
                        states[short(name.string)] = " new (next fetch will store in remotes/\(self.name))"
                    } else {
                        states[short(name.string)] = " tracked"
                    }
                }
            } else {
                for ref in here {
                    if case .symbolic = ref.target { continue }
                    guard let source = spec.source(for: ref.name) else { continue }
                    states[short(source.string)] = ""
                }
            }
        }
        if isQueried {
            let there = Set(refs.map(\.name))
            for ref in here {
                if case .symbolic = ref.target { continue }
                let sources = remote.fetchSpecs.compactMap { $0.source(for: ref.name) }
                guard !sources.isEmpty, !sources.contains(where: { there.contains($0.bytes) }) else { continue }
                states[ref.name.string] = " stale (use 'git remote prune' to remove)"
            }
        }
        guard !states.isEmpty else { return }
        say("  Remote branch\(states.count == 1 ? "" : "es"):\(isQueried ? "" : " (status not queried)")")
        let width = states.keys.map(\.unicodeScalars.count).max() ?? 0
        for (branch, state) in states.sorted(by: { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }) {
            say("    " + (isQueried ? padded(branch, width) : branch) + state)
        }
    }

    // MARK: What a pull merges

    private func printPulls() throws {
        let config = repository.config
        let branches = config.subsections(of: "branch").map { String(decoding: $0, as: UTF8.self) }
            .filter { config.string("branch.\($0).remote") == name && !config.strings("branch.\($0).merge").isEmpty }
            .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        guard !branches.isEmpty else { return }
        say("  Local branch\(branches.count == 1 ? "" : "es") configured for 'git pull':")
        let width = branches.map(\.unicodeScalars.count).max() ?? 0
        let modes = branches.map { branch in
            config.isSet("branch.\(branch).rebase")
                ? config.string("branch.\(branch).rebase").map { PullRebase($0) ?? .no } ?? .yes : .no
        }
        let isRebasing = modes.contains { $0 != .no }
        for (branch, mode) in zip(branches, modes) {
            let merges = config.strings("branch.\(branch).merge").map(short)
            if mode != .no && merges.count > 1 {
                context.errors.line("error: invalid branch.\(branch).merge; cannot rebase onto > 1 branch")
                continue
            }
            let start = "    \(padded(branch, width)) "
            switch mode {
            case .interactive: say(start + "rebases interactively onto remote \(merges[0])")
            case .merges: say(start + "rebases interactively (with merges) onto remote \(merges[0])")
            case .yes: say(start + "rebases onto remote \(merges[0])")
            case .no:
                say(start + (isRebasing ? " " : "") + "merges with remote \(merges[0])")
                for other in merges.dropFirst() {
                    say(padded("", width) + "    and with remote \(other)")
                }
            }
        }
    }

    // MARK: What a push sends

    private struct Push {
        var source: String
        var target: String
        var isForced: Bool
        var status: String?
    }

    private func printPushes(_ refs: [AdvertisedRef]) throws {
        guard !remote.isMirror else { return }
        let pushes = try (isQueried ? queriedPushes(refs) : configuredPushes()).sorted { one, other in
            one.source == other.source
                ? Array(one.target.utf8).lexicographicallyPrecedes(Array(other.target.utf8))
                : Array(one.source.utf8).lexicographicallyPrecedes(Array(other.source.utf8))
        }
        guard !pushes.isEmpty else { return }
        let note = isQueried ? "" : " (status not queried)"
        say("  Local ref\(pushes.count == 1 ? "" : "s") configured for 'git push'\(note):")
        let width = pushes.map(\.source.unicodeScalars.count).max() ?? 0
        let targetWidth = pushes.map(\.target.unicodeScalars.count).max() ?? 0
        for push in pushes {
            let start = "    \(padded(push.source, width)) \(push.isForced ? "forces" : "pushes") to "
            say(start + (push.status.map { "\(padded(push.target, targetWidth)) (\($0))" } ?? push.target))
        }
    }

    private func configuredPushes() -> [Push] {
        guard !remote.pushSpecs.isEmpty else {
            return [Push(source: "(matching)", target: "(matching)", isForced: false)]
        }
        return remote.pushSpecs.map { spec in
            let source = spec.isMatching ? "(matching)" : spec.source ?? "(delete)"
            return Push(source: source, target: spec.destination ?? source, isForced: spec.isForced)
        }
    }

    private func queriedPushes(_ refs: [AdvertisedRef]) throws -> [Push] {
        var there: [[UInt8]: ObjectID] = [:]
        for ref in refs { there[ref.name] = ref.id }
        let here = try repository.refs.list()
        let specs = try remote.pushSpecs.isEmpty ? [Refspec(":", forPush: true)] : remote.pushSpecs
        var pushes: [Push] = []
        var bases = MergeBases(repository)
        func add(_ source: RefName, _ id: ObjectID, _ target: RefName, _ isForced: Bool) throws {
            let old = there[target.bytes]
            let status: String
            if old == id {
                status = "up to date"
            } else if let old {
                let isForward = try repository.objects.contains(old) && bases.isAncestor(old, of: id)
                status = isForward ? "fast-forwardable" : "local out of date"
            } else {
                status = "create"
            }
            pushes.append(
                Push(source: short(source.string), target: short(target.string), isForced: isForced, status: status))
        }
        for spec in specs where !spec.isNegative {
            if spec.isMatching {
                for ref in here where ref.name.isBranch && there[ref.name.bytes] != nil {
                    if let id = ref.id { try add(ref.name, id, ref.name, spec.isForced) }
                }
            } else if spec.isPattern {
                for ref in here where spec.matchesSource(ref.name) {
                    let target = spec.hasColon ? spec.destination(for: ref.name) : ref.name
                    if let id = ref.id, let target { try add(ref.name, id, target, spec.isForced) }
                }
            } else if let source = spec.source {
                let names = FetchMap.expansions(source).compactMap { try? RefName($0) }
                guard let found = try names.first(where: { try repository.refs.resolve($0) != nil }),
                    let id = try repository.refs.resolve(found)
                else { continue }
                let text = spec.destination ?? found.string
                let target = try RefName(text.hasPrefix("refs/") ? text : "refs/heads/" + text)
                try add(found, id, target, spec.isForced)
            } else if let text = spec.destination {
                let target = text.hasPrefix("refs/") ? text : "refs/heads/" + text
                if there[Array(target.utf8)] != nil {
                    pushes.append(
                        Push(source: "(none)", target: short(target), isForced: spec.isForced, status: "delete"))
                }
            }
        }
        return pushes
    }
}
