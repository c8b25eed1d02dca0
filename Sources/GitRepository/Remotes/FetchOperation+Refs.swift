internal import Bytes
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitStorage
internal import SystemPackage

extension FetchOperation {
    /// Moves the refs and writes `FETCH_HEAD`.
    func store(_ map: FetchMap, _ report: inout FetchReport) throws {
        var lines: [UInt8] = []
        var width = 0
        for item in map.items {
            width = max(width, repository.objects.abbreviate(item.id).utf8.count)
            if let destination = item.destination, let old = try repository.refs.resolve(destination) {
                width = max(width, repository.objects.abbreviate(old).utf8.count)
            }
        }
        report.summaryWidth = 2 * (width == 0 ? 7 : width) + 3
        var plan = repository.refs.beginTransaction()
        var planned: [(name: RefName, line: Int)] = []
        for item in map.ordered {
            let what = Self.short(item.name)
            if item.mark != .ignored {
                lines += try fetchHeadLine(item, report.url)
            }
            guard let destination = item.destination else {
                // Without a place of its own it stands in FETCH_HEAD alone.
                guard options.writesFetchHead || options.isDryRun else { continue }
                let kind = Self.kind(item.name)
                report.changes.append(
                    RefChange("*", kind.isEmpty ? "branch" : kind, from: what.isEmpty ? "HEAD" : what, to: "FETCH_HEAD")
                )
                continue
            }
            var update = try change(item, destination)
            measure(update, &report)
            if !update.change.isFailure, update.change.flag != "=", !options.isDryRun {
                if options.isAtomic {
                    plan.update(destination, to: item.id, expecting: update.expectation, message: update.message)
                    planned.append((destination, report.changes.count))
                } else {
                    do throws(RefError) {
                        var single = repository.refs.beginTransaction()
                        single.update(destination, to: item.id, expecting: update.expectation, message: update.message)
                        try single.commit(committer: access.committer)
                        report.updated.append(destination)
                    } catch {
                        if case .cannotLock(_, .conflict) = error { report.hasConflict = true }
                        update.change.flag = "!"
                        update.change.note = "unable to update local ref"
                    }
                }
            }
            report.changes.append(update.change)
        }
        if options.isAtomic, !planned.isEmpty {
            if report.hasFailures { return }
            try plan.commit(committer: access.committer)
            report.updated += planned.map(\.name)
        }
        guard options.writesFetchHead, !options.isDryRun else { return }
        let path = repository.gitDirectory.appending("FETCH_HEAD")
        let before = options.appends ? try Files.readIfPresent(path) ?? [] : []
        try TemporaryFile.replace(path, with: before + lines, synchronizing: false)
    }

    private struct Update {
        var change: RefChange
        var message: String
        var expectation: Expectation
        var isUnchanged = false
    }

    private func measure(_ update: Update, _ report: inout FetchReport) {
        guard update.change.flag != "=" else { return }
        let from = update.change.from.count
        // Lines that would not fit a terminal of 80 columns do not widen the others.
        guard 21 + from + 4 + update.change.to.count < 80 else { return }
        report.nameWidth = max(report.nameWidth, from)
    }

    private func change(_ item: FetchMap.Item, _ destination: RefName) throws -> Update {
        let objects = repository.objects
        let from = Self.short(item.name)
        let to = destination == .head ? "HEAD" : Self.short(destination)
        let isForced = options.isForced || item.isForced
        func result(
            _ flag: Character, _ summary: String, _ message: String, note: String? = nil, _ expectation: Expectation
        ) -> Update {
            Update(
                change: RefChange(flag, summary, from: from.isEmpty ? "HEAD" : from, to: to, note: note),
                message: "\(options.action): \(message)", expectation: expectation)
        }
        let old = try repository.refs.resolve(destination)
        if old == item.id { return result("=", "[up to date]", "", .any) }
        let expectation: Expectation = old.map { .exactly($0) } ?? .absent
        if let old, destination.isTag {
            _ = old
            return isForced
                ? result("t", "[tag update]", "updating tag", expectation)
                : result("!", "[rejected]", "", note: "would clobber existing tag", .any)
        }
        guard let old, try isCommit(old), options.isDryRun && !objects.contains(item.id) ? true : try isCommit(item.id)
        else {
            if item.name.isTag { return result("*", "[new tag]", "storing tag", expectation) }
            if item.name.isBranch { return result("*", "[new branch]", "storing head", expectation) }
            return result("*", "[new ref]", "storing ref", expectation)
        }
        let range = { (dots: String) in objects.abbreviate(old) + dots + objects.abbreviate(item.id) }
        var bases = MergeBases(repository)
        if try objects.contains(item.id) && bases.isAncestor(old, of: item.id) {
            return result(" ", range(".."), "fast-forward", expectation)
        }
        if isForced { return result("+", range("..."), "forced-update", note: "forced update", expectation) }
        return result("!", "[rejected]", "", note: "non-fast-forward", .any)
    }

    private func isCommit(_ id: ObjectID) throws -> Bool {
        guard repository.objects.contains(id) else { return false }
        return try repository.objects.peelTags(id).kind == .commit
    }

    /// The name as messages show it: nothing for `HEAD`.
    static func short(_ name: RefName) -> String {
        if name == .head { return "" }
        for prefix in ["refs/heads/", "refs/tags/", "refs/remotes/"] {
            if let rest = name.dropping(prefix) { return rest }
        }
        return name.string
    }

    static func kind(_ name: RefName) -> String {
        name.isBranch ? "branch" : name.isTag ? "tag" : name.isRemote ? "remote-tracking branch" : ""
    }

    private func fetchHeadLine(_ item: FetchMap.Item, _ url: String) throws -> [UInt8] {
        let what = Self.short(item.name)
        let kind = Self.kind(item.name)
        let isMerged = item.mark == .merge && (try? isCommit(item.id)) == true
        let note = what.isEmpty ? "" : (kind.isEmpty ? "" : "\(kind) ") + "'\(what)' of "
        return Array("\(item.id.hex)\t\(isMerged ? "" : "not-for-merge")\t\(note)\(url)\n".utf8)
    }

    /// Removes refs here whose refs there are gone.
    func prune(_ refs: [AdvertisedRef], _ tags: Remote.TagMode, _ report: inout FetchReport) throws {
        var specs = options.refspecs.isEmpty ? remote.fetchSpecs : options.refspecs
        if options.refspecs.isEmpty && remote.prunesTags {
            specs.append(try Refspec("refs/tags/*:refs/tags/*", forPush: false))
        }
        let names = Set(refs.map(\.name))
        for ref in try repository.refs.list() {
            if case .symbolic = ref.target { continue }
            let sources = specs.filter { !$0.isNegative }.compactMap { $0.source(for: ref.name) }
            guard !sources.isEmpty, !sources.contains(where: { names.contains($0.bytes) }) else { continue }
            report.changes.append(RefChange("-", "[deleted]", from: "(none)", to: Self.short(ref.name)))
            guard !options.isDryRun else { continue }
            var transaction = repository.refs.beginTransaction()
            transaction.delete(ref.name, expecting: ref.id.map { .exactly($0) } ?? .any, message: "fetch: prune")
            try transaction.commit(committer: access.committer)
        }
    }
}
