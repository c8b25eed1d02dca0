public import Bytes
public import GitObjects
public import GitProtocol

/// Fetches over a connection: in version 2 where the server speaks it, otherwise in version 0.
public final class FetchClient {
    /// The connection.
    public let connection: any RemoteConnection
    /// What the server said first.
    public let advertisement: RefAdvertisement
    /// How the server names objects.
    public let algorithm: HashAlgorithm
    private let agent: String
    /// Sent with each request of version 2 (`--server-option`).
    public var serverOptions: [String] = []

    /// Connects.
    ///
    /// - Throws: what the connection throws; ``ProtocolError/unsupported(_:)`` for an object format that is not known.
    public init(_ connection: any RemoteConnection, agent: String, version: ProtocolVersion = .v2) throws {
        self.connection = connection
        self.agent = agent
        advertisement = try connection.open(.uploadPack, version: version)
        algorithm = try advertisement.algorithm()
    }

    /// Whether the server can do what version 2 calls so: `fetch` has the feature, or version 0 the capability.
    public func supports(_ feature: String) -> Bool {
        advertisement.version == .v2
            ? advertisement.capabilities.value("fetch", has: feature) : advertisement.capabilities.contains(feature)
    }

    private var capabilities: CapabilityList {
        var words = ["agent=\(agent)"]
        if advertisement.capabilities.contains("object-format") { words.append("object-format=\(algorithm.name)") }
        if advertisement.capabilities.contains("server-option") { words += serverOptions.map { "server-option=\($0)" } }
        return CapabilityList(words)
    }

    /// The server's refs. `prefixes` are a hint that spares the server the rest; more may come.
    public func refs(prefixes: [[UInt8]] = []) throws -> [AdvertisedRef] {
        guard advertisement.version == .v2 else { return advertisement.refs }
        var request = LsRefsRequest(prefixes: prefixes)
        request.unborn = advertisement.capabilities.value("ls-refs", has: "unborn")
        let command = CommandRequest(command: "ls-refs", capabilities: capabilities, arguments: request.arguments)
        var refs: [AdvertisedRef] = []
        try connection.exchange(.bytes(command.encoded)) { packet in
            if packet == .flush { return true }
            guard let line = packet.line else { throw ProtocolError.hungUp }
            guard refs.count < RefAdvertisementReader.refLimit else {
                throw ProtocolError.tooLarge("number of refs", limit: RefAdvertisementReader.refLimit)
            }
            refs.append(try LsRefsResponse.decode(line, algorithm: algorithm))
            return false
        }
        return refs
    }

    /// The bundles that the server names for a clone to begin with; nil where it names none that are understood.
    public func bundles() throws -> BundleList? {
        guard advertisement.version == .v2, advertisement.capabilities.contains("bundle-uri") else { return nil }
        let command = CommandRequest(command: "bundle-uri", capabilities: capabilities, arguments: [])
        var list = BundleList()
        try connection.exchange(.bytes(command.encoded)) { packet in
            if packet == .flush { return true }
            guard let line = packet.line else { throw ProtocolError.hungUp }
            try list.take(line)
            return false
        }
        return list.isUsable ? list : nil
    }

    /// Agrees with the server on what is here and takes the pack.
    ///
    /// - Parameters:
    ///   - progress: is given what the server says to a person.
    ///   - sink: is given the pack.
    /// - Throws: ``ProtocolError``; what the connection and the closures throw.
    public func fetch(
        _ goal: FetchGoal, progress: (ArraySlice<UInt8>) throws -> Void, into sink: ByteSink
    ) throws -> FetchAnswer {
        var goal = goal
        if goal.filter != nil && !supports("filter") { goal.filter = nil }
        if goal.deepening.isRequested && !supports("shallow") { throw ProtocolError.unsupported("shallow requests") }
        return advertisement.version == .v2
            ? try fetchByCommand(&goal, progress, sink) : try fetchPlainly(&goal, progress, sink)
    }

    private func fetchByCommand(
        _ goal: inout FetchGoal, _ progress: (ArraySlice<UInt8>) throws -> Void, _ sink: ByteSink
    ) throws -> FetchAnswer {
        var request = request(goal)
        request.sidebandAll = supports("sideband-all")
        var rounds = HaveRounds()
        var answer = FetchAnswer()
        while true {
            if try rounds.fill(&request, &goal.negotiator) { request.isDone = true }
            var reader = FetchResponseReader(algorithm: algorithm, sidebandAll: request.sidebandAll)
            let command = CommandRequest(
                command: "fetch", capabilities: capabilities, arguments: request.arguments)
            try connection.exchange(.bytes(command.encoded)) { packet in
                if let event = try reader.take(packet) {
                    try take(event, &answer, &rounds, &goal, progress, sink)
                }
                return reader.isFinished
            }
            if reader.hasPack { return answer }
            guard !request.isDone else { throw ProtocolError.hungUp }
            request.haves = rounds.common
        }
    }

    /// Finds out what the server has of the history here, and takes no pack.
    ///
    /// - Returns: the commits that the server acknowledged.
    /// - Throws: ``ProtocolError``, also where the server cannot do it: version 2 with `wait-for-done` can.
    public func negotiate(_ negotiator: inout HaveNegotiator) throws -> [ObjectID] {
        guard advertisement.version == .v2, supports("wait-for-done") else {
            throw ProtocolError.unsupported("wait-for-done")
        }
        var request = FetchRequest()
        request.waitForDone = true
        var rounds = HaveRounds()
        var goal = FetchGoal(wants: [])
        goal.negotiator = negotiator
        var answer = FetchAnswer()
        while true {
            let isLast = try rounds.fill(&request, &goal.negotiator)
            guard !request.haves.isEmpty else { return rounds.common }
            var reader = FetchResponseReader(algorithm: algorithm, sidebandAll: false)
            let command = CommandRequest(command: "fetch", capabilities: capabilities, arguments: request.arguments)
            try connection.exchange(.bytes(command.encoded)) { packet in
                if let event = try reader.take(packet) {
                    try take(event, &answer, &rounds, &goal, { _ in }, { _ in })
                }
                return reader.isFinished
            }
            if isLast { return rounds.common }
            request.haves = rounds.common
        }
    }

    func request(_ goal: FetchGoal) -> FetchRequest {
        var request = FetchRequest()
        var seen: Set<ObjectID> = []
        request.wants = goal.wants.filter { seen.insert($0).inserted }
        request.shallow = goal.shallow.sorted()
        request.deepening = goal.deepening
        request.filter = goal.filter
        request.includeTag = goal.includesTags
        request.noProgress = goal.isQuiet
        request.thinPack = goal.negotiator != nil
        request.ofsDelta = true
        return request
    }

    func take(
        _ event: FetchEvent, _ answer: inout FetchAnswer, _ rounds: inout HaveRounds, _ goal: inout FetchGoal,
        _ progress: (ArraySlice<UInt8>) throws -> Void, _ sink: ByteSink
    ) throws {
        switch event {
        case .common(let id): try rounds.acknowledge(id, &goal.negotiator)
        case .ready: rounds.isReady = true
        case .shallow(let id): answer.shallow.append(id)
        case .unshallow(let id): answer.unshallow.append(id)
        case .wantedRef: break
        case .pack(let bytes): try sink(Array(bytes))
        case .progress(let bytes): try progress(bytes)
        }
    }
}

/// Which haves go into which round.
struct HaveRounds {
    /// What the server has acknowledged: a stateless one must be told again.
    private(set) var common: [ObjectID] = []
    private var known: Set<ObjectID> = []
    private var size = 16
    private var inVain = 0
    /// Whether the server has said that it knows enough.
    var isReady = false

    /// Git gives up after so many haves in a row that the server does not know.
    static let limitInVain = 256

    /// Adds the next haves; returns whether there are no more, so that `done` is to be said.
    mutating func fill(
        _ request: inout FetchRequest, _ negotiator: inout HaveNegotiator?
    ) throws -> Bool {
        var added = 0
        while added < size, let id = try negotiator?.next() {
            request.haves.append(id)
            added += 1
        }
        inVain += added
        size = size < 16_384 ? size * 2 : size * 11 / 10
        return added == 0 || isReady || (!common.isEmpty && inVain >= HaveRounds.limitInVain)
    }

    mutating func acknowledge(_ id: ObjectID, _ negotiator: inout HaveNegotiator?) throws {
        if known.insert(id).inserted {
            common.append(id)
            inVain = 0
        }
        try negotiator?.acknowledge(id)
    }
}
