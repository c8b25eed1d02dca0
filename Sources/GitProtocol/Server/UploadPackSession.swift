internal import GitObjects
internal import GitRefs
internal import GitStorage

/// One client of an ``UploadPackServer``. Used by one thread.
final class UploadPackSession {
    let server: UploadPackServer
    let output: AnswerWriter
    var repository: ServedRepository { server.repository }
    var objects: ObjectDatabase { server.repository.objects }

    init(_ server: UploadPackServer, _ sink: @escaping ByteSink) {
        self.server = server
        output = AnswerWriter(sink)
    }

    /// Tells the client why nothing more comes. A client that is gone is not told.
    func report(_ error: any Error) {
        let reason =
            switch error {
            case let error as ProtocolError: error.clientMessage
            case let error as StorageError where error.isMissing: "\(error)"
            // What else goes wrong here is none of a stranger's business: paths, system errors.
            case is StorageError, is RefError, is ShallowFileError: "the repository cannot be read"
            default: "internal error"
            }
        try? output.fail("upload-pack: \(reason)")
    }

    /// Answers one request of version 2.
    func answer(_ request: CommandRequest) throws {
        try request.check(repository.algorithm)
        switch request.command {
        case "ls-refs": try listRefs(LsRefsRequest(arguments: request.arguments))
        case "fetch":
            var fetch = FetchRequest()
            for line in request.arguments { try fetch.take(line, algorithm: repository.algorithm) }
            try check(fetch)
            try answer(fetch)
        case "object-info" where server.options.allowsObjectInfo: try objectInfo(request.arguments)
        case "bundle-uri" where !server.options.bundles.isEmpty:
            for line in server.options.bundles { try output.line(line) }
            try output.flush()
        default:
            throw ProtocolError.unsupported(
                "command '\(ProtocolError.printable(Array(request.command.utf8)))'")
        }
    }

    private func listRefs(_ request: LsRefsRequest) throws {
        let refs = try repository.advertisedRefs(
            peeled: request.peel, unborn: request.unborn, matching: request.matches)
        for var ref in refs {
            if !request.symrefs && ref.id != nil { ref.symbolicTarget = nil }
            try output.line(LsRefsResponse.encode(ref))
        }
        try output.flush()
    }

    private func objectInfo(_ arguments: [[UInt8]]) throws {
        var ids: [ObjectID] = []
        var wantsSize = false
        for line in arguments {
            if line.elementsEqual("size".utf8) {
                wantsSize = true
            } else if line.starts(with: Array("oid ".utf8)),
                let id = ObjectID(hex: line.dropFirst(4), algorithm: repository.algorithm)
            {
                ids.append(id)
            } else {
                throw ProtocolError.unexpectedLine(line, expected: "'size' or 'oid' and an object id")
            }
        }
        if wantsSize { try output.line("size") }
        for id in ids {
            let size = try objects.headerIfPresent(id)?.size
            try output.line(wantsSize ? "\(id.hex) \(size.map(String.init) ?? "")" : id.hex)
        }
        try output.flush()
    }

    /// Refuses what is not offered, and what is not there.
    func check(_ request: FetchRequest) throws {
        if request.filter != nil && !server.options.allowsFilter { throw ProtocolError.unsupported("filters") }
        if request.sidebandAll && !server.options.allowsSidebandAll { throw ProtocolError.unsupported("sideband-all") }
        if !request.wantRefs.isEmpty && !server.options.allowsRefInWant {
            throw ProtocolError.unsupported("ref-in-want")
        }
        if request.deepening.depth != nil && (request.deepening.since != nil || !request.deepening.not.isEmpty) {
            throw ProtocolError.unsupported("deepen and deepen-since (or deepen-not) together")
        }
        for want in request.wants where !objects.contains(want) { throw ProtocolError.notOurs(want.hex) }
    }

    /// Where refs that are wanted by name stand.
    func wantedRefs(_ request: FetchRequest) throws -> [(id: ObjectID, name: [UInt8])] {
        var result: [(ObjectID, [UInt8])] = []
        for bytes in request.wantRefs {
            guard let name = try? RefName(bytes), !repository.isHidden(name), let id = try repository.refs.resolve(name)
            else { throw ProtocolError.unknownRef(ProtocolError.printable(bytes)) }
            result.append((id, bytes))
        }
        return result
    }

    /// Answers version 2's `fetch`: acknowledgments alone, or all that was asked for.
    private func answer(_ request: FetchRequest) throws {
        var wants = request.wants
        let wantedRefs = try wantedRefs(request)
        wants += wantedRefs.map(\.id)
        guard !wants.isEmpty || request.waitForDone else { return }
        output.isSidebandAll = request.sidebandAll
        let common = request.haves.filter { objects.contains($0) }
        var needsDelimiter = false
        if !request.isDone && !request.haves.isEmpty {
            try output.line("acknowledgments\n")
            if common.isEmpty { try output.line("NAK\n") }
            for id in common { try output.line("ACK \(id.hex)\n") }
            let cut = Set(request.shallow).union(try repository.shallowCommits())
            guard !request.waitForDone, try History(objects, cut: cut).allReach(wants, Set(common)) else {
                try output.flush()
                return
            }
            try output.line("ready\n")
            needsDelimiter = true
        }
        if wants.isEmpty {
            try output.flush()
            return
        }
        let cut = try ShallowCut(request, wants: wants, repository: repository)
        if cut.isAnnounced {
            if needsDelimiter { try output.delimiter() }
            try output.line("shallow-info\n")
            for id in cut.shallow { try output.line("shallow \(id.hex)\n") }
            for id in cut.unshallow { try output.line("unshallow \(id.hex)\n") }
            needsDelimiter = true
        }
        if !wantedRefs.isEmpty {
            if needsDelimiter { try output.delimiter() }
            try output.line("wanted-refs\n")
            for (id, name) in wantedRefs { try output.line(id.hexBytes + [UInt8(ascii: " ")] + name + [10]) }
            needsDelimiter = true
        }
        if needsDelimiter { try output.delimiter() }
        try output.line("packfile\n")
        try sendPack(request, wants: wants + cut.additionalWants, common: common, cut: cut.grafts, width: .wide)
        try output.flush()
    }

    /// Sends the pack in side-band packets, or as it is where there is no side band.
    func sendPack(
        _ request: FetchRequest, wants: [ObjectID], common: [ObjectID], cut: Set<ObjectID>, width: Sideband.Width?
    ) throws {
        var selection = PackSelection(
            wants: wants, haves: common, cut: cut, filter: request.filter, isThin: request.thinPack,
            usesOffsets: request.ofsDelta,
            tags: request.includeTag ? try repository.tags() : [])
        output.beginPack(width)
        let isQuiet = request.noProgress || width == nil
        let output = output
        if let interval = server.options.keepAlive, width != nil {
            // Whether it could be sent shows when something is sent that counts.
            selection.onStep = { try? output.keepAlive(interval) }
            if server.options.workers == 1 {
                let step = SameThread(selection.onStep)
                selection.observer = { _ in step.call() }
            }
        }
        try selection.write(
            objects, workers: server.options.workers,
            progress: { text in if !isQuiet { try output.progress(text) } },
            to: { try output.pack($0) })
        try output.endPack()
    }
}

extension ServedRepository {
    /// The annotated tags that are shown, with what they lead to.
    func tags() throws -> [(tag: ObjectID, target: ObjectID)] {
        var result: [(ObjectID, ObjectID)] = []
        for ref in try refs.list(prefix: "refs/tags/") where !isHidden(ref.name) {
            guard let id = ref.id, let target = try ref.peeled ?? peel(id) else { continue }
            result.append((id, target))
        }
        return result
    }
}

/// A closure that is called by the thread that made it, through an interface that could call it from others.
private struct SameThread: @unchecked Sendable {
    // One worker is the calling thread itself: nothing is shared.
    let call: () -> Void

    init(_ call: @escaping () -> Void) { self.call = call }
}
