internal import GitConfig
internal import GitObjects
internal import GitRefs
internal import GitRepository
internal import SystemPackage

/// What a push is asked for, from operands, options and configuration.
struct PushPlan {
    private let repository: Repository
    private let remote: Remote
    private let arguments: Arguments
    private let context: Context

    init(_ repository: Repository, _ remote: Remote, _ arguments: Arguments, _ context: Context) {
        self.context = context
        self.repository = repository
        self.remote = remote
        self.arguments = arguments
    }

    mutating func options(_ words: [String]) throws -> PushOptions {
        var options = PushOptions()
        options.isMirror = arguments.flag("mirror") ?? (remote.isMirror && words.isEmpty)
        try checkCombinations(words, isMirror: options.isMirror)
        options.isForced = arguments.isOn("force") || options.isMirror
        options.isAtomic = arguments.isOn("atomic")
        options.isDryRun = arguments.isOn("dry-run")
        options.isThin = arguments.flag("thin") ?? true
        options.isQuiet = arguments.isOn("quiet")
        options.followsTags = try arguments.flag("follow-tags") ?? repository.config.bool("push.followtags") ?? false
        options.pushOptions =
            arguments.has("push-option")
            ? arguments.allTexts("push-option") : repository.config.strings("push.pushoption")
        options.requiresInclusion =
            try arguments.flag("force-if-includes") ?? repository.config.bool("push.useforceifincludes") ?? false
        options.leases = try leases()
        options.signing = try signing()
        options.items = try items(words, &options)
        return options
    }

    private func checkCombinations(_ words: [String], isMirror: Bool) throws {
        let isAll = arguments.isOn("all")
        let isDelete = arguments.isOn("delete")
        if isDelete && (isAll || arguments.isOn("mirror") || arguments.isOn("tags")) {
            throw CommandError.fatal("options '--delete' and '--all/--mirror/--tags' cannot be used together")
        }
        if isDelete && words.isEmpty { throw CommandError.fatal("--delete doesn't make sense without any refs") }
        if isAll && arguments.isOn("mirror") {
            throw CommandError.fatal("options '--all' and '--mirror' cannot be used together")
        }
        if isAll && arguments.isOn("tags") {
            throw CommandError.fatal("options '--all' and '--tags' cannot be used together")
        }
        if isAll && !words.isEmpty { throw CommandError.fatal("--all can't be combined with refspecs") }
        if arguments.isOn("mirror") && arguments.isOn("tags") {
            throw CommandError.fatal("options '--mirror' and '--tags' cannot be used together")
        }
        if isMirror && !words.isEmpty { throw CommandError.fatal("--mirror can't be combined with refspecs") }
    }

    /// `--signed[=…]`, else `push.gpgSign`.
    private func signing() throws -> PushOptions.Signing? {
        let given = arguments.occurrences.last { $0.name == "signed" }
        if given?.isNegated == true { return nil }
        guard let text = given.map({ $0.text ?? "true" }) ?? repository.config.string("push.gpgsign") else {
            return nil
        }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return .always
        case "false", "no", "off", "0": return nil
        case "if-asked": return .ifAsked
        default:
            throw CommandError.fatal(
                given == nil ? "invalid value for 'push.gpgsign'" : "bad signed argument: \(text)")
        }
    }

    private func leases() throws -> [PushOptions.Lease] {
        guard let last = arguments.occurrences.last(where: { $0.name == "force-with-lease" }), !last.isNegated else {
            return []
        }
        return try arguments.occurrences.filter { $0.name == "force-with-lease" && !$0.isNegated }.map { given in
            guard let text = given.text else { return PushOptions.Lease() }
            guard let colon = text.firstIndex(of: ":") else { return PushOptions.Lease(ref: text) }
            let expected = text[text.index(after: colon)...]
            let id =
                expected.isEmpty
                ? ObjectID.zero(repository.algorithm)
                : try RevisionResolver(repository).resolve(String(expected))
            return PushOptions.Lease(ref: String(text[..<colon]), expected: id)
        }
    }

    private func items(_ words: [String], _ options: inout PushOptions) throws -> [PushOptions.Item] {
        if options.isMirror { return try all(prefix: "refs/") }
        if arguments.isOn("all") { return try all(prefix: "refs/heads/") }
        var specs: [Refspec] = []
        var index = 0
        while index < words.count {
            var word = words[index]
            if word == "tag" {
                index += 1
                guard index < words.count else { throw CommandError.fatal("tag shorthand without <tag>") }
                word = "refs/tags/\(words[index])"
                if arguments.isOn("delete") { word = ":" + word }
            } else if arguments.isOn("delete") {
                guard !word.contains(":") else {
                    throw CommandError.fatal("--delete only accepts plain target ref names")
                }
                word = ":" + word
            }
            do { specs.append(try Refspec(word, forPush: true)) } catch {
                throw CommandError.fatal("invalid refspec '\(word)'")
            }
            index += 1
        }
        var items: [PushOptions.Item] = []
        if specs.isEmpty && !arguments.isOn("tags") {
            specs = remote.pushSpecs
            if specs.isEmpty { items = try byDefault() }
        }
        if arguments.isOn("tags") { specs.append(try Refspec("refs/tags/*:refs/tags/*", forPush: true)) }
        for spec in specs where spec.isMatching { options.matching = spec.isForced ? .forced : .forward }
        options.exclusions = specs.filter(\.isNegative)
        if specs.isEmpty, items.isEmpty, repository.config.string("push.default") == "matching" {
            options.matching = .forward
        }
        for spec in specs where !spec.isMatching && !spec.isNegative {
            items += try self.items(spec).filter { item in
                guard spec.isPattern, let source = item.source, let name = try? RefName(source) else { return true }
                return !options.exclusions.contains { $0.matchesSource(name) }
            }
        }
        if arguments.isOn("prune") { options.pruneSpecs = specs.isEmpty ? [] : specs }
        return items
    }

    private func all(prefix: String) throws -> [PushOptions.Item] {
        try repository.refs.list(prefix: prefix).compactMap { ref in
            ref.id.map { PushOptions.Item(source: ref.name.string, id: $0, destination: ref.name) }
        }
    }

    private func items(_ spec: Refspec) throws -> [PushOptions.Item] {
        if spec.isPattern {
            return try repository.refs.list().compactMap { ref in
                guard let id = ref.id, spec.matchesSource(ref.name) else { return nil }
                let destination = spec.hasColon ? spec.destination(for: ref.name) : ref.name
                return destination.map {
                    .init(source: ref.name.string, id: id, destination: $0, isForced: spec.isForced)
                }
            }
        }
        guard let source = spec.source else {
            return [
                .init(source: nil, id: nil, destination: try deletion(spec.destination ?? ""), isForced: spec.isForced)
            ]
        }
        let matched = try fullName(source)
        let id: ObjectID
        do {
            id = try matched.flatMap { try repository.refs.resolve($0) } ?? RevisionResolver(repository).resolve(source)
        } catch {
            throw CommandError.error("src refspec \(source) does not match any")
        }
        let destination = try destination(spec, matched: matched, source: source)
        return [.init(source: matched?.string ?? source, id: id, destination: destination, isForced: spec.isForced)]
    }

    /// The ref here that a short name means; nil for other revisions.
    private func fullName(_ name: String) throws -> RefName? {
        if name == "HEAD" || name == "@" { return .head }
        let candidates = ["\(name)", "refs/\(name)", "refs/tags/\(name)", "refs/heads/\(name)", "refs/remotes/\(name)"]
        let found = try candidates.compactMap { text -> RefName? in
            guard text.hasPrefix("refs/"), let ref = try? RefName(text), try repository.refs.read(ref) != nil else {
                return nil
            }
            return ref
        }
        if found.count > 1 && !name.hasPrefix("refs/") {
            throw CommandError.error("src refspec \(name) matches more than one")
        }
        return found.first
    }

    private func deletion(_ name: String) throws -> RefName {
        if name.hasPrefix("refs/") { return try RefName(name) }
        // A branch unless here is a tag of that name and no branch.
        let tag = try RefName("refs/tags/" + name)
        let branch = try RefName("refs/heads/" + name)
        if try repository.refs.read(branch) == nil, try repository.refs.read(tag) != nil { return tag }
        return branch
    }

    private func destination(_ spec: Refspec, matched: RefName?, source: String) throws -> RefName {
        guard let text = spec.destination else {
            guard let matched else {
                throw CommandError.error(
                    "The destination you provided is not a full refname (i.e.,\nstarting with \"refs/\")")
            }
            guard matched == .head else { return matched }
            guard let branch = repository.currentBranch else {
                throw CommandError.fatal(
                    "You are not currently on a branch.\nTo push the history leading to the current (detached HEAD)\n"
                        + "state now, use\n\n    git push \(remote.name) HEAD:<name-of-remote-branch>\n")
            }
            return try RefName("refs/heads/" + branch)
        }
        if text.hasPrefix("refs/") { return try RefName(text) }
        if text.hasPrefix("heads/") || text.hasPrefix("tags/") { return try RefName("refs/" + text) }
        if matched?.isTag == true { return try RefName("refs/tags/" + text) }
        return try RefName("refs/heads/" + text)
    }

    /// What `push.default` says.
    private func byDefault() throws -> [PushOptions.Item] {
        let mode = repository.config.string("push.default") ?? "simple"
        if mode == "matching" { return [] }
        if mode == "nothing" {
            throw CommandError.fatal("You didn't specify any refspecs to push, and push.default is \"nothing\".")
        }
        guard ["simple", "current", "upstream", "tracking"].contains(mode) else {
            context.errors.line("error: malformed value for push.default: \(mode)")
            context.errors.line("error: must be one of nothing, matching, simple, upstream or current")
            throw CommandError.fatal(
                "bad config variable 'push.default'" + context.place(of: "push.default", repository.config))
        }
        guard let branch = repository.currentBranch else {
            throw CommandError.fatal(
                "You are not currently on a branch.\nTo push the history leading to the current (detached HEAD)\n"
                    + "state now, use\n\n    git push \(remote.name) HEAD:<name-of-remote-branch>\n")
        }
        let name = try RefName("refs/heads/" + branch)
        guard let id = try repository.refs.resolve(name) else {
            throw CommandError.error("src refspec \(name) does not match any")
        }
        let item = PushOptions.Item(source: name.string, id: id, destination: name)
        if mode == "current" { return [item] }
        let isTriangular = try remote.name != repository.fetchRemote()
        if mode == "simple" && isTriangular { return [item] }
        let merges = repository.config.strings("branch.\(branch).merge")
        guard let merge = merges.first, repository.config.string("branch.\(branch).remote") == remote.name else {
            if try repository.config.bool("push.autosetupremote") == true { return [item] }
            throw CommandError.fatal(
                "The current branch \(branch) has no upstream branch.\n"
                    + "To push the current branch and set the remote as upstream, use\n\n"
                    + "    git push --set-upstream \(remote.name) \(branch)\n\n"
                    + "To have this happen automatically for branches without a tracking\n"
                    + "upstream, see 'push.autoSetupRemote' in 'git help config'.\n")
        }
        if mode == "simple" && merge != name.string {
            let short = merge.hasPrefix("refs/heads/") ? String(merge.dropFirst(11)) : merge
            throw CommandError.fatal(
                "The upstream branch of your current branch does not match\n"
                    + "the name of your current branch.  To push to the upstream branch\non the remote, use\n\n"
                    + "    git push \(remote.name) HEAD:\(short)\n\n"
                    + "To push to the branch of the same name on the remote, use\n\n"
                    + "    git push \(remote.name) HEAD\n\n"
                    + "To choose either option permanently, see push.default in 'git help config'.\n")
        }
        return [.init(source: name.string, id: id, destination: try RefName(merge))]
    }

    /// Makes what was pushed the upstream of the branches that it came from.
    func setUpstreams(_ outcome: PushOutcome, _ context: Context) throws {
        for ref in outcome.refs where ref.isSuccess {
            guard let source = ref.item.source, ref.item.destination.isBranch else { continue }
            let branch = source == "HEAD" ? repository.currentBranch : (try? RefName(source))?.dropping("refs/heads/")
            guard let branch else { continue }
            try ConfigFile.edit(repository.commonDirectory.appending("config")) { file throws(ConfigError) in
                try file.set("branch.\(branch).remote", to: remote.name)
                try file.set("branch.\(branch).merge", to: ref.item.destination.string)
            }
            guard !arguments.isOn("quiet") else { continue }
            let target = remote.trackingRef(for: ref.item.destination)?.shortened ?? ref.item.destination.string
            context.output.line("branch '\(branch)' set up to track '\(target)'.")
        }
    }
}
