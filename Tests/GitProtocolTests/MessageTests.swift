import Bytes
import GitObjects
import GitProtocol
import Testing

@Suite("protocol messages") struct MessageTests {
    static let one = ObjectID.hash(.blob, Array("one".utf8), .sha1)
    static let two = ObjectID.hash(.blob, Array("two".utf8), .sha1)

    private func packets(_ bytes: [UInt8]) throws -> [PktLine] {
        var reader = PktLineReader()
        reader.append(bytes)
        var result: [PktLine] = []
        while let packet = try reader.next() { result.append(packet) }
        return result
    }

    private func input(_ bytes: [UInt8]) -> PktLineInput {
        var rest = bytes
        return PktLineInput {
            defer { rest = [] }
            return rest
        }
    }

    @Test(arguments: [ProtocolVersion.v0, .v1, .v2])
    func advertisementsComeBack(_ version: ProtocolVersion) throws {
        let isPlain = version != .v2
        let advertisement = RefAdvertisement(
            version: version, capabilities: CapabilityList(["agent=x/1", "object-format=sha1", "ls-refs=unborn"]),
            refs: isPlain
                ? [
                    AdvertisedRef(name: Array("HEAD".utf8), id: Self.one),
                    AdvertisedRef(name: Array("refs/tags/v1".utf8), id: Self.one, peeled: Self.two),
                ] : [],
            shallow: isPlain ? [Self.two] : [])
        var reader = RefAdvertisementReader(service: .uploadPack)
        for packet in try packets(advertisement.encoded(service: .uploadPack)) { try reader.take(packet) }
        #expect(reader.finished == advertisement)
    }

    @Test func anEmptyRepositoryIsAdvertised() throws {
        let advertisement = RefAdvertisement(version: .v0, capabilities: CapabilityList(["report-status"]))
        var reader = RefAdvertisementReader(service: .receivePack)
        for packet in try packets(advertisement.encoded()) { try reader.take(packet) }
        #expect(reader.finished?.refs == [])
        #expect(reader.finished?.capabilities.contains("report-status") == true)
    }

    @Test func symbolicRefsAreTakenFromTheCapabilities() throws {
        let bytes = Array("\(Self.one.hex) HEAD\0symref=HEAD:refs/heads/main agent=g\n".utf8)
        var writer = PktLineWriter()
        writer.write(bytes)
        writer.writeFlush()
        var reader = RefAdvertisementReader(service: .uploadPack)
        for packet in try packets(writer.bytes) { try reader.take(packet) }
        #expect(reader.finished?.refs.first?.symbolicTarget == Array("refs/heads/main".utf8))
    }

    @Test(arguments: ["", "xyz", "0123 refs/heads/main", "ERR go away\n", "version 3\n"])
    func brokenAdvertisementsAreErrors(_ line: String) {
        #expect(throws: ProtocolError.self) {
            var reader = RefAdvertisementReader(service: .uploadPack)
            try reader.take(.data(Array(line.utf8)))
        }
    }

    @Test func fetchRequestsComeBack() throws {
        var request = FetchRequest()
        request.wants = [Self.one]
        request.wantRefs = [Array("refs/heads/main".utf8)]
        request.haves = [Self.two]
        request.shallow = [Self.two]
        request.deepening.depth = 3
        request.deepening.isRelative = true
        request.filter = .combined([.noBlobs, .treeDepth(2)])
        (request.isDone, request.thinPack, request.noProgress) = (true, true, true)
        (request.includeTag, request.ofsDelta, request.sidebandAll, request.waitForDone) = (true, true, true, true)
        let command = CommandRequest(
            command: "fetch", capabilities: CapabilityList(["agent=x"]), arguments: request.arguments)
        var source = input(command.encoded)
        let read = try #require(try CommandRequest.read(from: &source))
        #expect(read.command == "fetch")
        var result = FetchRequest()
        for line in read.arguments { try result.take(line, algorithm: .sha1) }
        #expect(result == request)
        #expect(try CommandRequest.read(from: &source) == nil)
    }

    @Test(arguments: [
        "want 12", "have zz", "deepen 0", "deepen -1", "deepen 99999999999", "deepen-since x", "filter sparse:oid=1",
        "filter blob:limit=99999999999999999999", "nonsense", "thin-pack x", "done done", "want",
    ])
    func badArgumentsAreErrors(_ line: String) {
        #expect(throws: ProtocolError.self) {
            var request = FetchRequest()
            try request.take(Array(line.utf8), algorithm: .sha1)
        }
    }

    @Test(arguments: [
        ("blob:none", "blob:none"), ("blob:limit=1k", "blob:limit=1024"), ("blob:limit=0", "blob:limit=0"),
        ("tree:3", "tree:3"), ("object:type=tag", "object:type=tag"),
        ("combine:blob:none+tree%3A1", "combine:blob:none+tree:1"),
    ])
    func filtersAreExpanded(_ text: String, _ expanded: String) throws {
        #expect(try FilterSpec(parsing: text).expanded == expanded)
    }

    @Test(arguments: [
        "blob:limit=16g16", "combine:combine:blob:none", "tree:-1", "blob:limit=", "object:type=x", "combine:%4",
    ])
    func badFiltersAreErrors(_ text: String) {
        #expect(throws: ProtocolError.self) { try FilterSpec(parsing: text) }
    }

    @Test func pushesComeBack() throws {
        let request = PushRequest(
            updates: [
                RefUpdate(name: Array("refs/heads/a".utf8), old: .zero(.sha1), new: Self.one),
                RefUpdate(name: Array("refs/heads/b".utf8), old: Self.two, new: .zero(.sha1)),
            ], capabilities: CapabilityList(["report-status-v2", "push-options", "atomic"]),
            options: ["ci.skip", "x=y"],
            shallow: [Self.two])
        var source = input(request.encoded + Array("PACK".utf8))
        #expect(try PushRequest.read(from: &source, algorithm: .sha1) == request)
        #expect(try source.rawBytes() == Array("PACK".utf8))
    }

    @Test func aProbeAsksForNothing() throws {
        var source = input(Array("0000".utf8))
        #expect(try PushRequest.read(from: &source, algorithm: .sha1) == nil)
        var nothing = input([])
        #expect(try PushRequest.read(from: &nothing, algorithm: .sha1) == nil)
    }

    @Test(arguments: ["refs/heads/main", "push-cert\0x", "shallow 12", "0 0 refs/heads/x"])
    func brokenPushesAreErrors(_ line: String) {
        var writer = PktLineWriter()
        writer.write(line)
        writer.writeFlush()
        let bytes = writer.bytes
        #expect(throws: ProtocolError.self) {
            var source = input(bytes)
            _ = try PushRequest.read(from: &source, algorithm: .sha1)
        }
    }

    @Test func reportsComeBack() throws {
        let report = PushReport(
            unpackFailure: nil,
            results: [
                .init(name: Array("refs/heads/a".utf8), options: [.old(Self.one), .new(Self.two), .forcedUpdate]),
                .init(name: Array("refs/heads/b".utf8), failure: "non-fast-forward"),
            ])
        #expect(try PushReport(parsing: report.encoded(version: 2), algorithm: .sha1) == report)
        #expect(try PushReport(parsing: report.encoded(version: 1), algorithm: .sha1).results[0].options == [])
        #expect(throws: ProtocolError.self) { try PushReport(parsing: [], algorithm: .sha1) }
        #expect(throws: ProtocolError.self) { try PushReport(parsing: Array("0007bad0000".utf8), algorithm: .sha1) }
    }

    @Test func answersAreReadSectionBySection() throws {
        var writer = PktLineWriter()
        writer.write("acknowledgments\n")
        writer.write("ACK \(Self.one.hex)\n")
        writer.write("ready\n")
        writer.writeDelimiter()
        writer.write("shallow-info\n")
        writer.write("shallow \(Self.two.hex)")
        writer.writeDelimiter()
        writer.write("packfile\n")
        writer.writeRaw(Sideband.encode(Array("Counting\n".utf8), band: .progress))
        writer.writeRaw(Sideband.encode(Array("PACK".utf8), band: .data))
        writer.writeFlush()
        var reader = FetchResponseReader(algorithm: .sha1, sidebandAll: false)
        var events: [FetchEvent] = []
        for packet in try packets(writer.bytes) {
            if let event = try reader.take(packet) { events.append(event) }
        }
        #expect(reader.isFinished && reader.hasPack)
        #expect(events.count == 5)
        #expect(events[0] == .common(Self.one))
        #expect(events[2] == .shallow(Self.two))
    }

    @Test func hostileAnswersAreErrors() throws {
        let lines: [[UInt8]] = [
            Array("nonsense\n".utf8), Array("ERR no\n".utf8), Array("packfile-uris-and-more\n".utf8),
        ]
        for line in lines {
            var reader = FetchResponseReader(algorithm: .sha1, sidebandAll: false)
            #expect(throws: ProtocolError.self) { try reader.take(.data(line)) }
        }
        var reader = FetchResponseReader(algorithm: .sha1, sidebandAll: false)
        _ = try reader.take(.data(Array("packfile\n".utf8)))
        #expect(throws: ProtocolError.self) { try reader.take(.data([7, 1])) }
        #expect(throws: ProtocolError.self) { try reader.take(.data([])) }
        #expect(throws: ProtocolError.remote("gone")) { try reader.take(.data([3] + Array("gone\n".utf8))) }
        #expect(throws: ProtocolError.self) { try reader.take(.delimiter) }
    }

    @Test func randomBytesNeverTrap() {
        var seed: UInt64 = 42
        func next() -> UInt8 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: seed >> 33)
        }
        for _ in 0..<2000 {
            let text = (0..<Int(next() % 60)).map { _ in "0123456789abcdef \0\nACKNAKshallow"[Int(next())] }
            var reader = PktLineReader()
            reader.append(text)
            while let packet = (try? reader.next()) ?? nil {
                var advertisement = RefAdvertisementReader(service: .uploadPack)
                _ = try? advertisement.take(packet)
                var answer = FetchResponseReader(algorithm: .sha1, sidebandAll: true)
                _ = try? answer.take(packet)
                var plain = PlainFetchReader(algorithm: .sha1, expectsShallow: false, isDone: true)
                _ = try? plain.take(packet)
                var request = FetchRequest()
                if let line = packet.line { _ = try? request.take(line, algorithm: .sha1) }
            }
            _ = try? PushReport(parsing: text, algorithm: .sha1)
        }
    }
}

extension String {
    fileprivate subscript(index: Int) -> UInt8 { Array(utf8)[index % utf8.count] }
}
