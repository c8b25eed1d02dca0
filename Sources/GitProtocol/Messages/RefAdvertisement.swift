public import Bytes
public import GitObjects

/// What a server says first: in version 2 its capabilities, in versions 0 and 1 also its refs.
public struct RefAdvertisement: Sendable, Hashable {
    /// The protocol's version.
    public var version: ProtocolVersion
    /// What the server can do.
    public var capabilities: CapabilityList
    /// The refs (versions 0 and 1).
    public var refs: [AdvertisedRef]
    /// Objects that the server has behind no name that it shows (`.have`, pushes only).
    public var extraHaves: [ObjectID]
    /// Commits whose parents the server does not have (versions 0 and 1).
    public var shallow: [ObjectID]

    /// Makes an advertisement.
    public init(
        version: ProtocolVersion, capabilities: CapabilityList, refs: [AdvertisedRef] = [],
        extraHaves: [ObjectID] = [], shallow: [ObjectID] = []
    ) {
        self.version = version
        self.capabilities = capabilities
        self.refs = refs
        self.extraHaves = extraHaves
        self.shallow = shallow
    }

    /// How objects are named on the server.
    ///
    /// - Throws: ``ProtocolError/unsupported(_:)`` for a name that is not known.
    public func algorithm() throws(ProtocolError) -> HashAlgorithm {
        guard let name = capabilities.value("object-format") else { return .sha1 }
        guard let algorithm = HashAlgorithm(name: name) else {
            throw .unsupported("a known object format: it says '\(ProtocolError.printable(Array(name.utf8)))'")
        }
        return algorithm
    }

    /// The advertisement as packets, `service` being the line that goes in front over HTTP.
    public func encoded(service: Service? = nil) -> [UInt8] {
        var writer = PktLineWriter()
        if let service {
            writer.write("# service=\(service.rawValue)\n")
            writer.writeFlush()
        }
        switch version {
        case .v2:
            writer.write("version 2\n")
            for word in capabilities.words { writer.write(word + "\n") }
        case .v0, .v1:
            if version == .v1 { writer.write("version 1\n") }
            encodeRefs(into: &writer)
        }
        writer.writeFlush()
        return writer.bytes
    }

    private func encodeRefs(into writer: inout PktLineWriter) {
        let tail = [0] + Array(capabilities.joined.utf8)
        var isFirst = true
        func line(_ id: ObjectID, _ name: [UInt8]) {
            writer.write(id.hexBytes + [UInt8(ascii: " ")] + name + (isFirst ? tail : []) + [UInt8(ascii: "\n")])
            isFirst = false
        }
        for ref in refs {
            guard let id = ref.id else { continue }
            line(id, ref.name)
            if let peeled = ref.peeled { line(peeled, ref.name + Array("^{}".utf8)) }
        }
        for id in extraHaves { line(id, Array(".have".utf8)) }
        if isFirst {
            let algorithm = HashAlgorithm(name: capabilities.value("object-format") ?? "sha1") ?? .sha1
            line(.zero(algorithm), Array("capabilities^{}".utf8))
        }
        for id in shallow { writer.write(Array("shallow ".utf8) + id.hexBytes + [UInt8(ascii: "\n")]) }
    }
}
