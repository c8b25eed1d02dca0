public import Bytes
public import GitObjects

/// What a client wants, has, and can take: `fetch` of version 2, and the requests of versions 0 and 1.
public struct FetchRequest: Sendable, Hashable {
    /// Objects wanted.
    public var wants: [ObjectID] = []
    /// Refs wanted by name (`want-ref`).
    public var wantRefs: [[UInt8]] = []
    /// Objects that the client has with everything behind them, shallow commits apart.
    public var haves: [ObjectID] = []
    /// Commits whose parents the client does not have.
    public var shallow: [ObjectID] = []
    /// How the history is to be cut.
    public var deepening = Deepening()
    /// Which objects to leave out.
    public var filter: FilterSpec?
    /// Whether the client has named all that it has, and waits for the pack.
    public var isDone = false
    /// Whether the pack may hold deltas to objects that the client has.
    public var thinPack = false
    /// Whether the server is to keep quiet.
    public var noProgress = false
    /// Whether annotated tags are to come with the objects that they name.
    public var includeTag = false
    /// Whether deltas may name their base by its offset.
    public var ofsDelta = false
    /// Whether the whole answer is to be in side-band packets.
    public var sidebandAll = false
    /// Whether the server must not send the pack before `done`, even when it knows enough.
    public var waitForDone = false

    /// How a history is cut.
    public struct Deepening: Sendable, Hashable {
        /// So many commits from each want; `infinite` takes all.
        public var depth: Int?
        /// Whether the depth counts from the client's present boundary.
        public var isRelative = false
        /// Only commits at or after this time.
        public var since: Int64?
        /// Only commits that these refs do not reach.
        public var not: [[UInt8]] = []

        /// Git's "all of it".
        public static let infinite = 0x7fff_ffff

        /// No cut.
        public init() {}

        /// Whether anything is asked for.
        public var isRequested: Bool { depth != nil || since != nil || !not.isEmpty }
    }

    /// An empty request.
    public init() {}

    /// The arguments of version 2's `fetch`, in Git's order.
    public var arguments: [[UInt8]] {
        var lines: [[UInt8]] = []
        func add(_ text: String) { lines.append(Array((text + "\n").utf8)) }
        if waitForDone { add("wait-for-done") }
        if thinPack { add("thin-pack") }
        if noProgress { add("no-progress") }
        if includeTag { add("include-tag") }
        if ofsDelta { add("ofs-delta") }
        if sidebandAll { add("sideband-all") }
        for id in shallow { add("shallow \(id.hex)") }
        if let depth = deepening.depth { add("deepen \(depth)") }
        if let since = deepening.since { add("deepen-since \(since)") }
        for ref in deepening.not { lines.append(Array("deepen-not ".utf8) + ref + [UInt8(ascii: "\n")]) }
        if deepening.isRelative { add("deepen-relative") }
        if let filter { add("filter \(filter.expanded)") }
        for id in wants { add("want \(id.hex)") }
        for ref in wantRefs { lines.append(Array("want-ref ".utf8) + ref + [UInt8(ascii: "\n")]) }
        for id in haves { add("have \(id.hex)") }
        if isDone { add("done") }
        return lines
    }

    /// Takes one argument of version 2's `fetch`; also `want`, `have`, `shallow`, `deepen…`, `filter` and `done` of
    /// versions 0 and 1, which mean the same.
    ///
    /// - Throws: ``ProtocolError/unexpected(line:expected:)``, ``ProtocolError/badFilter(_:)``.
    public mutating func take(_ line: some Collection<UInt8>, algorithm: HashAlgorithm) throws(ProtocolError) {
        let bytes = Array(line)
        let space = bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.endIndex
        let value = bytes[min(space + 1, bytes.endIndex)...]
        func id() throws(ProtocolError) -> ObjectID {
            guard let id = ObjectID(hex: value, algorithm: algorithm) else {
                throw .unexpectedLine(bytes, expected: "an object id")
            }
            return id
        }
        let word = String(decoding: bytes[..<space], as: UTF8.self)
        switch (word, space < bytes.endIndex) {
        case ("have", true): haves.append(try id())
        case ("want", true): wants.append(try id())
        case ("shallow", true): shallow.append(try id())
        case ("want-ref", true): wantRefs.append(Array(value))
        case ("deepen", true): deepening.depth = try FetchRequest.positive(value, in: bytes)
        case ("deepen-since", true): deepening.since = try FetchRequest.time(value, in: bytes)
        case ("deepen-not", true): deepening.not.append(Array(value))
        case ("filter", true): filter = try FilterSpec(parsing: String(decoding: value, as: UTF8.self))
        case ("deepen-relative", false): deepening.isRelative = true
        case ("done", false): isDone = true
        default: try takeFlag(word, bytes)
        }
    }

    private mutating func takeFlag(_ word: String, _ line: [UInt8]) throws(ProtocolError) {
        guard word.utf8.count == line.count else { throw .unexpectedLine(line, expected: "an argument of fetch") }
        switch word {
        case "thin-pack": thinPack = true
        case "no-progress": noProgress = true
        case "include-tag": includeTag = true
        case "ofs-delta": ofsDelta = true
        case "sideband-all": sidebandAll = true
        case "wait-for-done": waitForDone = true
        default: throw .unexpectedLine(line, expected: "an argument of fetch")
        }
    }

    private static func positive(_ value: ArraySlice<UInt8>, in line: [UInt8]) throws(ProtocolError) -> Int {
        guard let depth = Int32(String(decoding: value, as: UTF8.self)), depth > 0 else {
            throw .unexpectedLine(line, expected: "a positive depth")
        }
        return Int(depth)
    }

    private static func time(_ value: ArraySlice<UInt8>, in line: [UInt8]) throws(ProtocolError) -> Int64 {
        guard let time = Int64(String(decoding: value, as: UTF8.self)), time > 0 else {
            throw .unexpectedLine(line, expected: "a time in seconds")
        }
        return time
    }
}
