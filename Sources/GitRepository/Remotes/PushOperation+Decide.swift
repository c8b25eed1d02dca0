internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitStorage

extension PushOperation {
    /// What may be moved, by what the server has: Git's rules, in Git's order.
    func decide(_ advertisement: RefAdvertisement) throws -> [PushedRef] {
        var there: [[UInt8]: ObjectID] = [:]
        for ref in advertisement.refs { there[ref.name] = ref.id }
        var items = options.items
        if let matching = options.matching { items += try matchingItems(matching, there) }
        var refs = items.map { PushedRef(item: $0, old: there[$0.destination.bytes]) }
        if options.followsTags { refs += try followingTags(refs, there) }
        refs += removals(refs, advertisement.refs)
        for index in refs.indices { try decide(&refs[index]) }
        return refs
    }

    /// The branches that stand on both sides and are not pushed otherwise.
    private func matchingItems(
        _ matching: PushOptions.Matching, _ there: [[UInt8]: ObjectID]
    ) throws -> [PushOptions.Item] {
        let named = Set(options.items.map(\.destination))
        return try repository.refs.list(prefix: "refs/heads/").compactMap { ref in
            guard let id = ref.id, there[ref.name.bytes] != nil, !named.contains(ref.name),
                !options.exclusions.contains(where: { $0.matchesSource(ref.name) })
            else { return nil }
            return .init(source: ref.name.string, id: id, destination: ref.name, isForced: matching == .forced)
        }
    }

    /// Refs there that nothing here stands for, with `--mirror` and `--prune`.
    private func removals(_ refs: [PushedRef], _ advertised: [AdvertisedRef]) -> [PushedRef] {
        guard options.isMirror || !options.pruneSpecs.isEmpty else { return [] }
        let pushed = Set(refs.map(\.item.destination))
        return advertised.compactMap { ref in
            guard RefName.isValid(ref.name), ref.name.starts(with: Array("refs/".utf8)) else { return nil }
            let name = RefName(unchecked: ref.name)
            guard !pushed.contains(name),
                options.isMirror || options.pruneSpecs.contains(where: { $0.source(for: name) != nil })
            else { return nil }
            return PushedRef(item: .init(source: nil, id: nil, destination: name, isForced: true), old: ref.id)
        }
    }

    /// Annotated tags here that lead to a commit that is pushed and are not there.
    private func followingTags(_ refs: [PushedRef], _ there: [[UInt8]: ObjectID]) throws -> [PushedRef] {
        let tips = refs.compactMap(\.item.id)
        let named = Set(refs.map(\.item.destination))
        var bases = MergeBases(repository)
        var result: [PushedRef] = []
        for ref in try repository.refs.list(prefix: "refs/tags/") {
            guard let id = ref.id, there[ref.name.bytes] == nil, !named.contains(ref.name),
                try repository.objects.headerIfPresent(id)?.kind == .tag
            else { continue }
            let target = try repository.objects.peelTags(id)
            guard target.kind == .commit else { continue }
            for tip in tips {
                let commit = try repository.objects.peelTags(tip)
                guard commit.kind == .commit, try bases.isAncestor(target.id, of: commit.id) else { continue }
                result.append(
                    PushedRef(item: .init(source: ref.name.string, id: id, destination: ref.name), old: nil))
                break
            }
        }
        return result
    }

    private func decide(_ ref: inout PushedRef) throws {
        guard ref.item.id != nil || ref.old != nil else {
            // Nothing there to delete: the server says what it thinks of that.
            ref.isSent = true
            return
        }
        if let id = ref.item.id, id == ref.old {
            ref.status = .upToDate
            return
        }
        var isForced = options.isForced || ref.item.isForced
        var reason: PushedRef.Reason?
        if let lease = options.leases.last(where: { $0.ref.map { matches($0, ref.item.destination) } ?? true }) {
            let tracking = remote.trackingRef(for: ref.item.destination)
            let expected = try lease.expected ?? tracking.flatMap { try repository.refs.resolve($0) }
            let wanted = expected.flatMap { $0.isZero ? nil : $0 }
            if ref.old != wanted {
                reason = .stale
            } else if options.requiresInclusion, lease.expected == nil, try !isIncluded(ref, expected) {
                reason = .remoteUpdated
            } else {
                isForced = true
            }
        }
        if reason == nil, let new = ref.item.id, let old = ref.old {
            reason = try refusal(ref.item.destination, old, new)
        }
        if let reason, !isForced {
            ref.status = .rejected(reason)
        } else {
            ref.isForcedUpdate = reason != nil
            ref.isSent = true
        }
    }

    private func refusal(_ name: RefName, _ old: ObjectID, _ new: ObjectID) throws -> PushedRef.Reason? {
        let objects = repository.objects
        if name.isTag { return .alreadyExists }
        guard objects.contains(old) else { return .fetchFirst }
        let (oldCommit, oldKind) = try objects.peelTags(old)
        let (newCommit, newKind) = try objects.peelTags(new)
        guard oldKind == .commit, newKind == .commit else { return .needsForce }
        var bases = MergeBases(repository)
        return try bases.isAncestor(oldCommit, of: newCommit) ? nil : .nonFastForward
    }

    private func matches(_ name: String, _ ref: RefName) -> Bool {
        FetchMap.expansions(name).contains(ref.string)
    }

    /// Whether what was last seen there is behind what is pushed, or was at some time behind the branch here.
    private func isIncluded(_ ref: PushedRef, _ expected: ObjectID?) throws -> Bool {
        guard let expected, let id = ref.item.id, repository.objects.contains(expected) else { return true }
        var bases = MergeBases(repository)
        if try bases.isAncestor(expected, of: id) { return true }
        guard let source = ref.item.source, let name = try? RefName(source), let log = try repository.refs.reflog(name)
        else { return false }
        for entry in log.entries where repository.objects.contains(entry.new) {
            if try bases.isAncestor(expected, of: entry.new) { return true }
        }
        return false
    }
}
