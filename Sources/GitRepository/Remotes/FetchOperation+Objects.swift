internal import Bytes
internal import GitConfig
internal import GitObjects
internal import GitProtocol
internal import GitRefs
internal import GitStorage
internal import GitTransport
internal import SystemPackage

extension FetchOperation {
    /// Brings objects with all behind them, unless they are here.
    func bring(_ client: FetchClient, _ wants: [ObjectID], _ refs: [AdvertisedRef]) throws {
        try repository.objects.withoutFetching { try bringMissing(client, wants, refs) }
    }

    private func bringMissing(_ client: FetchClient, _ wants: [ObjectID], _ refs: [AdvertisedRef]) throws {
        let objects = repository.objects
        if let bundle = client.connection as? BundleConnection {
            let missing = BundlePrerequisites.missing(bundle.bundle, repository)
            guard missing.isEmpty else { throw BundleError.missingPrerequisites(missing) }
        }
        let shallow = try ShallowFile.read(repository.commonDirectory, algorithm: repository.algorithm)
        // Nobody else has the operation log: its commits would only be named in vain.
        let refsHere = try repository.refs.list().filter { !$0.name.starts(with: OperationState.ownPrefix) }
        // Where a tag's target is known, the tag need not be read: what is behind it is complete as well.
        let local = refsHere.compactMap { $0.peeled ?? $0.id }
        guard !wants.isEmpty, !(options.hasAllObjects && wants.allSatisfy { objects.contains($0) }) else { return }
        let filter = try options.filter ?? remote.filter.map { try FilterSpec(parsing: $0) }
        if !options.deepening.isRequested, wants.allSatisfy({ objects.contains($0) }),
            try filter != nil || Connectivity.isComplete(wants, excluding: local, cut: shallow, objects)
        {
            return
        }
        var goal = FetchGoal(wants: wants)
        goal.shallow = shallow
        goal.deepening = options.deepening
        goal.filter = filter
        goal.includesTags = (options.tags ?? remote.tags) == .automatic
        goal.isQuiet = options.isQuiet
        goal.negotiator = try negotiator(refsHere, refs, shallow)
        let answer = try receive(client, goal, isPromised: filter != nil || remote.isPromisor)
        try update(shallow, with: answer, isDeepened: options.deepening.isRequested)
        guard filter == nil && !remote.isPromisor else { return }
        let now = try ShallowFile.read(repository.commonDirectory, algorithm: repository.algorithm)
        guard try Connectivity.isComplete(wants, excluding: local, cut: now, objects) else {
            throw TransportError.incomplete(client.connection.displayURL)
        }
    }

    private func negotiator(
        _ refsHere: [Ref], _ refs: [AdvertisedRef], _ shallow: Set<ObjectID>
    ) throws -> HaveNegotiator? {
        // The id that another side would name, and the commit behind it where that is known.
        var here: [ObjectID: ObjectID] = [:]
        if let chosen = options.negotiationTips {
            for id in chosen { here[id] = id }
        } else {
            for ref in refsHere { if let id = ref.id { here[id] = ref.peeled ?? id } }
            if let head = try repository.refs.resolve(.head) { here[head] = head }
        }
        guard !here.isEmpty else { return nil }
        var negotiator = HaveNegotiator(repository.objects, cut: shallow)
        // What stands at one of our refs, or is behind one, is complete; of other objects nobody knows.
        for ref in refs {
            guard let id = ref.id, let commit = here[id] else { continue }
            try negotiator.addKnownCommon(commit)
        }
        for tip in Set(here.values).sorted() { try negotiator.addTip(tip) }
        return negotiator
    }

    /// Takes a pack while it comes.
    func receive(_ client: FetchClient, _ goal: FetchGoal, isPromised: Bool) throws -> FetchAnswer {
        var settings = PackIndexer.Options()
        if try repository.config.bool("fetch.fsckobjects") ?? repository.config.bool("transfer.fsckobjects") ?? false {
            settings.checker = ModulesCheck.transferChecker()
        }
        if isPromised {
            settings.promisorMessage = goal.wants.flatMap { $0.hexBytes + [UInt8(ascii: "\n")] }
        }
        settings.keepMessage = options.keepMessage
        settings.progress = receiving
        let indexer = try PackIndexer(repository.objects, options: settings)
        let answer = try client.fetch(goal, progress: progress) { try indexer.receive($0) }
        _ = try indexer.finish()
        return answer
    }

    private func update(_ shallow: Set<ObjectID>, with answer: FetchAnswer, isDeepened: Bool) throws {
        let now = shallow.union(answer.shallow).subtracting(answer.unshallow)
        guard now != shallow else { return }
        try ShallowFile.write(now, repository.commonDirectory)
    }
}
