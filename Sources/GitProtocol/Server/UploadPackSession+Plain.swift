internal import Bytes
internal import GitObjects
internal import GitStorage

extension UploadPackSession {
    /// How a client of versions 0 and 1 wants to be told what is common.
    private enum Acknowledgment { case single, multiple, detailed }

    /// Serves versions 0 and 1, after the refs were shown: wants, then rounds of haves, then the pack.
    func servePlain(_ input: inout PktLineInput, isStateless: Bool) throws {
        var request = FetchRequest()
        var capabilities = CapabilityList()
        guard try readWants(&request, &capabilities, from: &input) else { return }
        try check(request)
        request.thinPack = capabilities.contains("thin-pack")
        request.ofsDelta = capabilities.contains("ofs-delta")
        request.includeTag = capabilities.contains("include-tag")
        request.noProgress = capabilities.contains("no-progress")
        request.deepening.isRelative = capabilities.contains("deepen-relative")
        let cut = try ShallowCut(request, wants: request.wants, repository: repository)
        if request.deepening.isRequested {
            for id in cut.shallow { try output.line("shallow \(id.hex)") }
            for id in cut.unshallow { try output.line("unshallow \(id.hex)") }
            try output.flush()
        }
        guard let common = try readHaves(&input, request, capabilities, cut.grafts, isStateless) else { return }
        let width: Sideband.Width? =
            capabilities.contains("side-band-64k") ? .wide : capabilities.contains("side-band") ? .narrow : nil
        try sendPack(request, wants: request.wants + cut.additionalWants, common: common, cut: cut.grafts, width: width)
        if width == nil { try output.push() } else { try output.flush() }
    }

    /// Reads the wants up to their flush; returns whether there are any.
    private func readWants(
        _ request: inout FetchRequest, _ capabilities: inout CapabilityList, from input: inout PktLineInput
    ) throws -> Bool {
        var isFirst = true
        guard let lines = try input.lines(limit: CommandRequest.lineLimit) else { return false }
        for line in lines {
            guard isFirst, line.starts(with: Array("want ".utf8)) else {
                try request.take(line, algorithm: repository.algorithm)
                continue
            }
            isFirst = false
            let end = 5 + repository.algorithm.hexCount
            capabilities = CapabilityList(parsing: line.dropFirst(end))
            try request.take(line.prefix(end), algorithm: repository.algorithm)
        }
        let name = capabilities.value("object-format") ?? "sha1"
        guard name == repository.algorithm.name else { throw ProtocolError.unsupported("object format '\(name)'") }
        return !request.wants.isEmpty
    }

    /// Reads rounds of haves and answers each, up to `done`.
    ///
    /// - Returns: what is common; nil where the client does not want the pack yet (it comes back with a new request) or
    ///   has gone away.
    private func readHaves(
        _ input: inout PktLineInput, _ request: FetchRequest, _ capabilities: CapabilityList, _ cut: Set<ObjectID>,
        _ isStateless: Bool
    ) throws -> [ObjectID]? {
        let mode: Acknowledgment =
            capabilities.contains("multi_ack_detailed")
            ? .detailed : capabilities.contains("multi_ack") ? .multiple : .single
        let history = History(objects, cut: cut)
        var common: [ObjectID] = []
        var known: Set<ObjectID> = []
        var hasCommon = false
        var hasOther = false
        var isReady = false
        func knowsEnough() throws -> Bool { try history.allReach(request.wants, known) }
        while true {
            // A stateless client that asked for the shallow list alone ends its request here, and wants no word more.
            guard let packet = try input.next() else {
                try output.push()
                return nil
            }
            guard case .data = packet else {
                // A flush ends the round; a stateless client ends its request.
                if mode == .detailed, hasCommon, !hasOther, let last = common.last, try knowsEnough() {
                    isReady = true
                    try output.line("ACK \(last.hex) ready\n")
                }
                if common.isEmpty || mode != .single { try output.line("NAK\n") }
                if capabilities.contains("no-done"), isReady, let last = common.last {
                    try output.line("ACK \(last.hex)\n")
                    return common
                }
                try output.push()
                if isStateless { return nil }
                (hasCommon, hasOther) = (false, false)
                if try input.isAtEnd() { return nil }
                continue
            }
            let line = Array(packet.line ?? [])
            if line.elementsEqual("done".utf8) {
                if let last = common.last {
                    if mode != .single { try output.line("ACK \(last.hex)\n") }
                } else {
                    try output.line("NAK\n")
                }
                return common
            }
            guard line.starts(with: Array("have ".utf8)),
                let id = ObjectID(hex: line.dropFirst(5), algorithm: repository.algorithm)
            else { throw ProtocolError.unexpectedLine(line, expected: "'have' and an object id, or 'done'") }
            if objects.contains(id) {
                hasCommon = true
                if known.insert(id).inserted { common.append(id) }
                switch mode {
                case .detailed: try output.line("ACK \(id.hex) common\n")
                case .multiple: try output.line("ACK \(id.hex) continue\n")
                case .single: if common.count == 1 { try output.line("ACK \(id.hex)\n") }
                }
            } else {
                hasOther = true
                guard mode != .single, try knowsEnough() else { continue }
                isReady = isReady || mode == .detailed
                try output.line("ACK \(id.hex) \(mode == .detailed ? "ready" : "continue")\n")
            }
        }
    }
}
