internal import Bytes
internal import GitObjects
internal import GitProtocol

extension FetchClient {
    /// Versions 0 and 1: wants with capabilities, then rounds of haves.
    func fetchPlainly(
        _ goal: inout FetchGoal, _ progress: (ArraySlice<UInt8>) throws -> Void, _ sink: ByteSink
    ) throws -> FetchAnswer {
        guard supports("side-band-64k") else { throw ProtocolError.unsupported("side-band-64k") }
        guard supports("multi_ack_detailed") || goal.negotiator == nil else {
            throw ProtocolError.unsupported("multi_ack_detailed")
        }
        let request = request(goal)
        var head = PktLineWriter()
        writeWants(request, to: &head)
        var rounds = HaveRounds()
        var answer = FetchAnswer()
        var isFirst = true
        while true {
            var round = FetchRequest()
            round.haves = connection.isStateless ? rounds.common : []
            let isDone = try rounds.fill(&round, &goal.negotiator)
            var body = PktLineWriter()
            if isFirst || connection.isStateless { body.writeRaw(head.bytes) }
            for id in round.haves { body.write("have \(id.hex)\n") }
            if isDone { body.write("done\n") } else { body.writeFlush() }
            let expectsShallow = goal.deepening.isRequested && (isFirst || connection.isStateless)
            var reader = PlainFetchReader(algorithm: algorithm, expectsShallow: expectsShallow, isDone: isDone)
            // Each round of a stateless server says the cut anew.
            if expectsShallow { answer = FetchAnswer() }
            try connection.exchange(.bytes(body.bytes)) { packet in
                if let event = try reader.take(packet) {
                    try take(event, &answer, &rounds, &goal, progress, sink)
                }
                return reader.isFinished
            }
            if isDone { return answer }
            isFirst = false
        }
    }

    private func writeWants(_ request: FetchRequest, to writer: inout PktLineWriter) {
        let offered = advertisement.capabilities
        var words = ["multi_ack_detailed", "side-band-64k", "ofs-delta"].filter { offered.contains($0) }
        if request.thinPack && offered.contains("thin-pack") { words.append("thin-pack") }
        if request.noProgress && offered.contains("no-progress") { words.append("no-progress") }
        if request.includeTag && offered.contains("include-tag") { words.append("include-tag") }
        if request.filter != nil { words.append("filter") }
        if request.deepening.since != nil { words.append("deepen-since") }
        if !request.deepening.not.isEmpty { words.append("deepen-not") }
        if request.deepening.isRelative { words.append("deepen-relative") }
        if offered.contains("object-format") { words.append("object-format=\(algorithm.name)") }
        var tail = " " + words.joined(separator: " ")
        for id in request.wants {
            writer.write("want \(id.hex)\(tail)\n")
            tail = ""
        }
        for id in request.shallow { writer.write("shallow \(id.hex)\n") }
        if let depth = request.deepening.depth { writer.write("deepen \(depth)\n") }
        if let since = request.deepening.since { writer.write("deepen-since \(since)\n") }
        for ref in request.deepening.not { writer.write(Array("deepen-not ".utf8) + ref + [10]) }
        if let filter = request.filter { writer.write("filter \(filter.expanded)\n") }
        writer.writeFlush()
    }
}
