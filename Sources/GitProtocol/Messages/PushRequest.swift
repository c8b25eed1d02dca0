public import Bytes
public import GitObjects

/// What a push asks for; the pack follows it in the stream unless refs are only deleted.
///
/// <https://git-scm.com/docs/pack-protocol#_reference_update_request_and_packfile_transfer>
public struct PushRequest: Sendable, Hashable {
    /// The refs to move.
    public var updates: [RefUpdate]
    /// What the client can do, from the first update's line.
    public var capabilities: CapabilityList
    /// Push options (`--push-option`).
    public var options: [String]
    /// Commits whose parents the client does not have.
    public var shallow: [ObjectID]
    /// The updates once more, signed; nil for a push that is not signed.
    public var certificate: PushCertificate?

    /// The most updates that are taken in one push.
    public static let updateLimit = 1_000_000

    /// Makes a request.
    public init(
        updates: [RefUpdate], capabilities: CapabilityList, options: [String] = [], shallow: [ObjectID] = [],
        certificate: PushCertificate? = nil
    ) {
        self.certificate = certificate
        self.updates = updates
        self.capabilities = capabilities
        self.options = options
        self.shallow = shallow
    }

    /// Whether a pack follows.
    public var hasPack: Bool { updates.contains { !$0.isDeletion } }

    /// The request as packets, without the pack.
    public var encoded: [UInt8] {
        var writer = PktLineWriter()
        for id in shallow { writer.write("shallow \(id.hex)\n") }
        if let certificate {
            writer.write(Array("push-cert".utf8) + [0, UInt8(ascii: " ")] + Array(capabilities.joined.utf8))
            for line in certificate.lines { writer.write(line) }
            writer.write("push-cert-end\n")
        }
        for (index, update) in updates.enumerated() where certificate == nil {
            var line = Array("\(update.old.hex) \(update.new.hex) ".utf8) + update.name
            if index == 0 { line += [0, UInt8(ascii: " ")] + Array(capabilities.joined.utf8) }
            writer.write(line)
        }
        writer.writeFlush()
        if capabilities.contains("push-options") {
            for option in options { writer.write(option) }
            writer.writeFlush()
        }
        return writer.bytes
    }

    /// Reads a request; nil where the client asks for nothing (a flush, or it goes away).
    ///
    /// - Throws: ``ProtocolError`` where a line does not belong; what the source throws.
    public static func read(from input: inout PktLineInput, algorithm: HashAlgorithm) throws -> PushRequest? {
        var request = PushRequest(updates: [], capabilities: CapabilityList())
        while let packet = try input.next() {
            switch packet {
            case .data:
                if let line = packet.line, line.starts(with: Array("push-cert\0".utf8)) {
                    try request.takeCertificate(line, &input, algorithm: algorithm)
                } else {
                    try request.take(packet.line ?? [], algorithm: algorithm)
                }
            case .flush:
                guard !request.updates.isEmpty else { return nil }
                if request.capabilities.contains("push-options") {
                    guard let lines = try input.lines(limit: 1024) else { throw ProtocolError.hungUp }
                    request.options = lines.map { String(decoding: $0, as: UTF8.self) }
                }
                if let certificate = request.certificate, certificate.options != request.options {
                    throw ProtocolError.unexpected(line: "push options", expected: "those of the push certificate")
                }
                return request
            case .delimiter, .responseEnd:
                throw ProtocolError.unexpectedPacket(packet.name, expected: "a ref update")
            }
        }
        guard request.updates.isEmpty && request.shallow.isEmpty else { throw ProtocolError.hungUp }
        return nil
    }

    private mutating func take(_ line: ArraySlice<UInt8>, algorithm: HashAlgorithm) throws(ProtocolError) {
        var line = line
        if line.starts(with: Array("shallow ".utf8)) {
            guard let id = ObjectID(hex: line.dropFirst(8), algorithm: algorithm) else {
                throw .unexpectedLine(line, expected: "'shallow' and an object id")
            }
            shallow.append(id)
            return
        }
        guard certificate == nil else { throw .unexpectedLine(line, expected: "the push certificate's updates alone") }
        if updates.isEmpty, let end = line.firstIndex(of: 0) {
            try takeCapabilities(line[(end + 1)...], algorithm: algorithm)
            line = line[..<end]
        }
        guard updates.count < PushRequest.updateLimit else {
            throw .tooLarge("number of ref updates", limit: PushRequest.updateLimit)
        }
        updates.append(try PushRequest.update(line, algorithm: algorithm))
    }

    private mutating func takeCapabilities(
        _ words: ArraySlice<UInt8>, algorithm: HashAlgorithm
    ) throws(ProtocolError) {
        capabilities = CapabilityList(parsing: words)
        let name = capabilities.value("object-format") ?? "sha1"
        guard name == algorithm.name else {
            throw .unsupported("object format '\(ProtocolError.printable(Array(name.utf8)))'")
        }
    }

    /// Reads a push certificate up to its end.
    private mutating func takeCertificate(
        _ line: ArraySlice<UInt8>, _ input: inout PktLineInput, algorithm: HashAlgorithm
    ) throws {
        guard certificate == nil, updates.isEmpty else {
            throw ProtocolError.unexpectedLine(line, expected: "one push certificate and no other updates")
        }
        try takeCapabilities(line.dropFirst(10), algorithm: algorithm)
        var content: [UInt8] = []
        while true {
            guard let packet = try input.next() else { throw ProtocolError.hungUp }
            guard case .data(let bytes) = packet else {
                throw ProtocolError.unexpectedPacket(packet.name, expected: "a line of the push certificate")
            }
            if packet.line?.elementsEqual("push-cert-end".utf8) == true { break }
            guard content.count + bytes.count <= PushCertificate.sizeLimit else {
                throw ProtocolError.tooLarge("push certificate in bytes", limit: PushCertificate.sizeLimit)
            }
            content += bytes
        }
        let certificate = try PushCertificate(parsing: content, algorithm: algorithm)
        updates = certificate.updates
        self.certificate = certificate
    }

    static func update(
        _ line: ArraySlice<UInt8>, algorithm: HashAlgorithm
    ) throws(ProtocolError) -> RefUpdate {
        let digits = algorithm.hexCount
        let space = UInt8(ascii: " ")
        let rest = line.dropFirst(digits + 1)
        guard line.count > 2 * digits + 2, line[line.startIndex + digits] == space,
            rest[rest.startIndex + digits] == space,
            let old = ObjectID(hex: line.prefix(digits), algorithm: algorithm),
            let new = ObjectID(hex: rest.prefix(digits), algorithm: algorithm)
        else { throw .unexpectedLine(line, expected: "two object ids and a ref") }
        return RefUpdate(name: Array(rest.dropFirst(digits + 1)), old: old, new: new)
    }
}
